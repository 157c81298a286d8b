"""Sending what is due, as a worker does, but at once."""

from fullhouse.booking.model.urls import SignedUrls
from fullhouse.bootstrap.application import Application
from fullhouse.jobs.kinds import JobKind
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.metrics import RelayMetrics
from fullhouse.jobs.notifications import NotificationListener
from fullhouse.jobs.relay import Relay
from fullhouse.jobs.store import EffectStore
from fullhouse.messages.actions.prepare_message import PrepareMessage
from fullhouse.messages.actions.send_message import SendMessage
from fullhouse.messages.composing import email_forms
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import SEND_MESSAGE
from fullhouse.messages.ports import Mailer
from fullhouse.messages.reactions import messages_subscriber
from fullhouse.messages.rendering import MessageRenderer
from fullhouse.messages.store import MessageStore


def a_sender(app: Application, mailer: Mailer) -> SendMessage:
    """Sends the e-mails of a business whose pages are at https://farm.example."""
    urls = SignedUrls(app.tokens, "https://farm.example")
    prepare = PrepareMessage(
        MessageStore(app.database, app.bookings),
        MessageRenderer(urls, mailer.address, email_forms()),
        app.unit_of_work,
        app.metrics.get(MessageMetrics),
    )
    return SendMessage(prepare, mailer)


async def deliver(app: Application, send_message: SendMessage) -> None:
    """Relay the events, and execute every effect that sends an e-mail."""
    relay = Relay(
        app.database,
        (messages_subscriber(),),
        NotificationListener(app.connect),
        LoadMonitor(app.clock),
        app.metrics.get(RelayMetrics),
    )
    await relay.catch_up()
    store, kind = EffectStore(app.database), JobKind(SEND_MESSAGE, send_message)
    for effect in sorted(await store.lease([kind], room=100), key=lambda each: each.key):
        await send_message(effect)
        assert await store.complete(effect)
