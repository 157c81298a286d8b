"""A rollout is rows that every process follows, and it goes back by itself."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from msgspec.structs import replace
from tests.builders.account_emails import Mailbox
from tests.builders.business import a_booking_of, a_business, a_guest
from tests.builders.delivery import a_sender
from tests.builders.loop import until
from typing_extensions import override

from fullhouse.bootstrap.application import Application, open_application
from fullhouse.bootstrap.flags import FLAG_DEFINITIONS, RETURN_ADDRESSES
from fullhouse.entrypoints.cli import flags as command
from fullhouse.jobs.kinds import JobKind
from fullhouse.jobs.load_monitor import LoadMonitor
from fullhouse.jobs.metrics import RelayMetrics
from fullhouse.jobs.notifications import NotificationListener
from fullhouse.jobs.relay import Relay
from fullhouse.jobs.store import EffectStore
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.kernel.errors import InvalidInput, VersionConflict
from fullhouse.kernel.ids import INSTALLATION, OrgId
from fullhouse.messages.actions.send_message import SendMessage
from fullhouse.messages.errors import MailServerUnavailable
from fullhouse.messages.model import SEND_MESSAGE, Delivery, Email
from fullhouse.messages.reactions import messages_subscriber
from fullhouse.resilience.flag_acts import FlagOrder
from fullhouse.resilience.flag_rollout import WatchFlags, change_flag, first_step, held_at
from fullhouse.resilience.flags import Flags, FlagState, share_of
from fullhouse.settings import Settings

pytestmark = pytest.mark.timeout(90)
NAME = RETURN_ADDRESSES.name
ORG = OrgId(UUID(int=1))
WITHIN, BEYOND = (
    next(UUID(int=n) for n in range(10_000) if (share_of(NAME, ORG, UUID(int=n)) < 0.1) is chosen)
    for chosen in (True, False)
)


@pytest.fixture
async def app(database_url: str) -> AsyncIterator[Application]:
    settings = Settings(database_url=database_url)
    async with open_application(settings, database_url, name="flags") as app:
        yield app


def watching(app: Application) -> WatchFlags:
    return WatchFlags(app.unit_of_work, FLAG_DEFINITIONS, app.ids)


async def start(app: Application) -> None:
    context = RequestContext(OPERATOR, app.ids.uuid())
    async with app.unit_of_work(context, INSTALLATION) as uow:
        await change_flag(uow, first_step(RETURN_ADDRESSES, app.flags.state(NAME), "Try it"))
    await app.flags.refresh()


async def events(app: Application) -> list[tuple[str, str]]:
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT kind, actor FROM event WHERE kind LIKE 'Flag%' ORDER BY seq"
        )
    return [(row["kind"], row["actor"]) for row in rows]


async def hours_pass(app: Application) -> None:
    async with app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE feature_flag SET step_since = step_since - interval '2 hours'"
        )


def use(flags: Flags, subject: UUID, *, count: int, succeeded: bool = True) -> None:
    for _ in range(count):
        flags.observe(NAME, ORG, subject, succeeded=succeeded)


async def test_a_rollout_goes_on_by_what_all_processes_see(
    app: Application, database_url: str
) -> None:
    async with open_application(Settings(), database_url, name="other") as other:
        assert app.flags.is_on(NAME, ORG, BEYOND), "without a row it is as this version has it"
        await start(app)
        await until(lambda: other.flags.state(NAME).percent == 10)
        assert [other.flags.is_on(NAME, ORG, subject) for subject in (WITHIN, BEYOND)] == [
            True,
            False,
        ]
        use(app.flags, WITHIN, count=20)
        use(other.flags, WITHIN, count=30)
        use(other.flags, BEYOND, count=400)
        await app.flags.refresh()
        await hours_pass(app)
        await watching(app)()
        assert (await command.change(app.settings))[0].state.percent == 10
        await other.flags.refresh()
        await watching(app)()
        await until(lambda: other.flags.state(NAME).percent == 50)
        (shown,) = await command.change(app.settings)
        text = command.format_flags([shown])
        assert "0 of 50 failed with it (0.0 %), 0 of 400 failed without (0.0 %)" in text
    assert await events(app) == [("FlagChanged", "operator"), ("FlagChanged", "system")]


async def test_a_feature_that_fails_is_taken_back_everywhere_and_can_be_tried_again(
    app: Application,
) -> None:
    await start(app)
    use(app.flags, BEYOND, count=100)
    use(app.flags, WITHIN, count=8, succeeded=False)
    await app.flags.refresh()
    async with asyncio.TaskGroup() as group:  # two workers at the same moment
        group.create_task(watching(app)())
        group.create_task(watching(app)())
    await app.flags.refresh()
    assert app.flags.state(NAME).percent == 0
    assert not app.flags.is_on(NAME, ORG, WITHIN)
    assert (await events(app))[1:] == [("FlagRolledBack", "system")]
    registry = app.metrics.registry
    labels = {"flag": NAME, "way": "with", "outcome": "failed"}
    assert registry.get_sample_value("fullhouse_flag_outcomes_total", labels) == 8
    assert registry.get_sample_value("fullhouse_flag_percent", {"flag": NAME}) == 0
    await command.change(app.settings, FlagOrder(NAME, "Mended"))
    await app.flags.refresh()
    await watching(app)()
    (shown,) = await command.change(app.settings)
    assert (shown.state.percent, shown.state.rollout, shown.seen.words) == (
        10,
        2,
        "0 of 0 failed with it (0.0 %), 0 of 0 failed without (0.0 %)",
    )


async def test_a_flag_that_cannot_be_changed_keeps_no_other_from_being_taken_back(
    app: Application,
) -> None:
    last_generation = 2**63 - 1
    await start(app)
    use(app.flags, BEYOND, count=100)
    use(app.flags, WITHIN, count=8, succeeded=False)
    await app.flags.refresh()
    async with app.database.unrestricted.transaction() as session:
        await session.connection.execute(
            "INSERT INTO feature_flag_outcome SELECT 'lasting', rollout, has_feature, succeeded,"
            " failed FROM feature_flag_outcome"
        )
        await session.connection.execute(
            "INSERT INTO feature_flag (name, generation, rollout, percent, is_rolling, step_tried,"
            " reason) SELECT 'lasting', $1, rollout, percent, is_rolling, step_tried, reason"
            " FROM feature_flag",
            last_generation,
        )
    lasting = replace(RETURN_ADDRESSES, name="lasting")
    watch = WatchFlags(app.unit_of_work, {**FLAG_DEFINITIONS, lasting.name: lasting}, app.ids)
    with pytest.RaisesGroup(asyncpg.NumericValueOutOfRangeError):
        await watch()
    await app.flags.refresh()
    assert app.flags.state(NAME).percent == 0


async def test_what_the_operator_sets_stays_and_two_who_change_it_are_told(
    app: Application,
) -> None:
    await command.change(app.settings, FlagOrder(NAME, "Off for now", 0))
    await app.flags.refresh()
    assert not app.flags.is_on(NAME, ORG, WITHIN)
    stale = held_at(FlagState(NAME, 100), 30, "Too late")
    context = RequestContext(OPERATOR, app.ids.uuid())
    with pytest.raises(VersionConflict):
        async with app.unit_of_work(context, INSTALLATION) as uow:
            await change_flag(uow, stale)
    with pytest.raises(InvalidInput):
        await command.change(app.settings, FlagOrder("new-way", "What is it?"))


async def relayed(app: Application) -> None:
    listener, load = NotificationListener(app.connect), LoadMonitor(app.clock)
    metrics = app.metrics.get(RelayMetrics)
    await Relay(app.database, (messages_subscriber(),), listener, load, metrics).catch_up()


class _SuspiciousMailer(Mailbox):
    """Takes no e-mail that comes back to another domain than that of its sender."""

    @override
    async def send(self, email: Email) -> Delivery:
        if email.return_path.endswith("@bounces.example"):
            raise MailServerUnavailable(reply="550 5.7.1 not your domain")
        return await super().send(email)


async def attempt_all(app: Application, send: SendMessage) -> None:
    """Attempt each e-mail that is due; what failed is due again."""
    store = EffectStore(app.database)
    for effect in await store.lease([JobKind(SEND_MESSAGE, send)], room=100):
        try:
            await send(effect)
        except MailServerUnavailable:
            assert await store.reschedule(effect, delay=timedelta(0), error="refused")
        else:
            assert await store.complete(effect)


async def test_return_addresses_that_a_mail_server_refuses_are_taken_back_and_all_arrive(
    app: Application,
) -> None:
    """Each e-mail counts once, however often it is attempted."""
    await start(app)
    half = replace(app.flags.state(NAME), percent=50)
    async with app.unit_of_work(RequestContext(OPERATOR, app.ids.uuid()), INSTALLATION) as uow:
        await change_flag(uow, half)
    await app.flags.refresh()
    mailbox = _SuspiciousMailer()
    sender = a_sender(app, mailbox)
    prepare = replace(
        sender.prepare,
        bounce_domain="bounces.example",
        return_addresses=app.flags.switch(RETURN_ADDRESSES),
    )
    business = await a_business(app.database, app.clock, app.ids)
    slot = await business.a_slot(capacity=200)
    for number in range(40):
        request = a_booking_of(slot, name=f"Guest {number}")
        await app.booking.place_booking(business.org_id, request, context=a_guest())
    send = SendMessage(prepare, mailbox)
    await relayed(app)
    for _ in range(3):
        await attempt_all(app, send)
    await app.flags.refresh()
    (shown,) = await command.change(app.settings)
    tallies = shown.seen
    assert tallies.with_feature.tried + tallies.without.tried == 40
    assert tallies.with_feature.succeeded == tallies.without.failed == 0
    assert len(mailbox.emails) == tallies.without.tried < 40
    await watching(app)()
    await app.flags.refresh()
    await attempt_all(app, send)
    assert len(mailbox.emails) == 40
    assert not any(email.return_path for email in mailbox.emails)
