"""The steps of a worker, one after the other and without waiting: relay, then run what is due."""

from collections.abc import Sequence

from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.worker import build_message_sender
from fullhouse.jobs.events import Subscriber
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.metrics import RelayMetrics
from fullhouse.jobs.notifications import NotificationListener
from fullhouse.jobs.relay import Relay
from fullhouse.jobs.store import EffectStore
from fullhouse.messages.reactions import messages_subscriber
from fullhouse.messages.upkeep import message_kinds


async def relay_all(app: Application, subscribers: Sequence[Subscriber]) -> None:
    """Give every event to the subscribers."""
    relay = Relay(
        app.database,
        subscribers,
        NotificationListener(app.connect),
        LoadMonitor(app.clock),
        app.metrics.get(RelayMetrics),
    )
    await relay.catch_up()


async def send_emails(app: Application) -> None:
    """Relay the events to messages, and send every e-mail that is due; without a mail server."""
    await relay_all(app, (messages_subscriber(),))
    (kind,) = message_kinds(build_message_sender(app))
    store = EffectStore(app.database)
    for effect in sorted(await store.lease([kind], room=1_000), key=lambda each: each.key):
        await kind.run(effect)
        assert await store.complete(effect)
