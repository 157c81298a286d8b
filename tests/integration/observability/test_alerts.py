"""People are told of what is wrong once, again while nobody looks, and when it is over."""

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.builders.mail_server import a_mail_server, an_smtp_mailer
from tests.builders.watched_installation import Watched
from tests.builders.webhook_receiver import a_receiver

from fullhouse.integrations.alert_channels import (
    AlertNotDelivered,
    EmailAlerts,
    WebhookAlerts,
)
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.kernel.ids import RandomIds
from fullhouse.messages.model.webhooks import sign
from fullhouse.observability import alerts
from fullhouse.observability.alert_settings import alert_secret
from fullhouse.observability.alert_texts import subject_of
from fullhouse.observability.alert_watch import (
    AlertNotice,
    EscalationStep,
)
from fullhouse.observability.alerts import Alert
from fullhouse.observability.signals import Signals
from fullhouse.storage.database import Database

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
BASE = "https://farm.example"
AN_ALERT = Alert(
    alert_id=UUID(int=1),
    rule="jobs-failed",
    subject="",
    severity="warning",
    summary="Jobs that failed for good and wait for you: 2.",
    fired_at=datetime(2027, 6, 12, 8, 0, tzinfo=UTC),
)


@pytest.fixture
async def watched(database: Database, clock: ManualClock, ids: RandomIds) -> AsyncIterator[Watched]:
    watched = Watched(database, clock, ids)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(watched.http)
        await stack.enter_async_context(a_receiver(watched.receiver))
        watched.channels = (
            WebhookAlerts(watched.http, watched.receiver.url, BASE, alert_secret(SECRET)),
        )
        yield watched


async def test_an_alert_is_told_once_and_again_when_it_is_over(watched: Watched) -> None:
    watch = watched.watch()
    await watch.look()
    watched.signals = Signals(dead_letters=2, open_circuits={"mail-server": 60})
    await watch.look()
    (request,) = watched.receiver.received
    signed = sign(
        request.body,
        message_id=request.headers["webhook-id"],
        at=watched.clock.now(),
        secrets=[alert_secret(SECRET)],
    )
    assert signed.items() <= request.headers.items()
    assert watched.told() == [
        "Critical: Mail server does not work: calls to it are paused. (and 1 more)"
    ], "all that there is to tell is one message"
    await watched.pass_time(watch, 5)
    watched.signals = Signals(dead_letters=3)
    await watched.pass_time(watch, 0.5)
    assert watched.told() == [], "a sentence that changes is no news"
    await watched.pass_time(watch, 0.5)
    assert watched.told() == ["Resolved: Mail server does not work: calls to it are paused."]
    await watched.pass_time(watch, 60)
    assert watched.told() == [], "of a warning nobody is told twice"
    states = {alert.rule: (alert.state, alert.summary) for alert in await watched.stored()}
    assert [alert.rule for alert in watched.published] == ["jobs-failed"]
    assert states["service-failing"][0] == "resolved"
    assert states["jobs-failed"] == ("firing", "3 jobs failed for good.")


async def test_people_are_told_again_until_somebody_looks_and_of_what_becomes_worse(
    watched: Watched,
) -> None:
    watch = watched.watch()
    watched.signals = Signals(oldest_due_seconds=300)
    await watch.look()
    await watched.pass_time(watch, 0.5)
    assert [text[:8] for text in watched.told()] == ["Warning:"]
    watched.signals = Signals(oldest_due_seconds=1_000)
    await watched.pass_time(watch, 1)
    assert watched.told() == [
        "Critical: A job has been due for 17 minutes: e-mails and offers may wait."
    ]
    await watched.pass_time(watch, 29)
    await watched.pass_time(watch, 1)
    assert len(watched.told()) == 1
    async with watched.database.session() as session:
        seen = await alerts.acknowledge(
            session, "queue-standing", by="Ida", now=watched.clock.now()
        )
    assert seen == 1
    await watched.pass_time(watch, 31)
    assert watched.told() == []
    assert [(one.state, one.acknowledged_by) for one in await watched.stored()] == [
        ("acknowledged", "Ida")
    ]


async def test_a_silenced_rule_is_kept_and_told_afterwards(watched: Watched) -> None:
    watch, now = watched.watch(), watched.clock.now()
    async with watched.database.session() as session:
        made = await alerts.silence(
            session, "jobs-failed", hours=2, reason="Known.", by="Ida", now=now
        )
        assert list(await alerts.silences(session, now=now)) == [made]
        for rule, hours, reason in (("x", 1, "a"), ("errors", 0, "a"), ("errors", 1, " ")):
            with pytest.raises(InvalidInput):
                await alerts.silence(session, rule, hours=hours, reason=reason, by="Ida", now=now)
    watched.signals = Signals(dead_letters=1)
    await watch.look()
    assert watched.told() == []
    assert len(await watched.stored()) == 1
    await watched.pass_time(watch, 121)
    assert len(watched.told()) == 1
    async with watched.database.session() as session:
        await alerts.silence(
            session, "jobs-failed", hours=2, reason="Again.", by="Ida", now=watched.clock.now()
        )
        await alerts.end_silence(session, "jobs-failed")
        assert list(await alerts.silences(session, now=watched.clock.now())) == []


async def test_what_nobody_took_is_told_half_a_minute_later(watched: Watched) -> None:
    watch = watched.watch()
    watched.receiver.answer = lambda _: 500
    watched.signals = Signals(inconsistencies=1)
    await watch.look()
    await watched.pass_time(watch, 0.4)
    assert len(watched.told()) == 1
    watched.receiver.answer = lambda _: 204
    await watched.pass_time(watch, 0.1)
    assert watched.told() == ["Critical: 1 inconsistent record found."]
    await watch.look()
    assert watched.told() == []


async def test_one_of_several_processes_tells_and_another_goes_on_for_it(
    watched: Watched,
) -> None:
    first, second = watched.watch(), watched.watch()
    watched.signals = Signals(dead_letters=1)
    for _ in range(2):
        await first.look()
        await second.look()
    assert len(watched.told()) == 1
    watched.signals = Signals(dead_letters=1, inconsistencies=1)
    await watched.end_lease()
    await second.look()
    assert len(watched.published) == 2
    await first.look()
    assert watched.published == (), "who watches no more exports nothing"
    assert len(watched.told()) == 1
    second.stop()
    await second.run()
    watched.signals = Signals(dead_letters=1, inconsistencies=1, requests_failed=20)
    await first.look()
    assert len(watched.told()) == 1, "who stops lets another watch at once"


async def test_a_database_that_is_away_is_told_without_it(watched: Watched) -> None:
    watch, other = watched.watch(), watched.watch()
    await watch.look()
    await other.look()
    watched.is_away = True
    for each in (watch, other, watch):
        await each.look()
    assert watched.told() == [
        "Critical: The database does not answer. Nobody can book; pages show what was known last."
    ]
    await watched.pass_time(watch, 31)
    assert len(watched.told()) == 1, "people are told again"
    watched.is_away = False
    watched.signals = Signals(requests_failed=50)
    await watch.look()
    assert watched.told() == [], "what follows from it is not told"
    await watched.pass_time(watch, 1)
    (text,) = watched.told()
    assert text.startswith("Resolved: The database does not answer.")
    watched.signals = Signals()
    await watched.pass_time(watch, 5)
    assert watched.told() == [], "it is stored once"
    assert [one.rule for one in await watched.stored()] == ["database-down"]


async def test_who_watches_after_an_outage_tells_of_its_end_and_not_of_what_it_left(
    watched: Watched,
) -> None:
    first, other = watched.watch(), watched.watch()
    await first.look()
    watched.is_away = True
    await first.look()
    await other.look()
    assert [text[:21] for text in watched.told()] == ["Critical: The databas"]
    await watched.end_lease()
    watched.is_away, watched.signals = False, Signals(requests_failed=50)
    await other.look()
    await first.look()
    await watched.pass_time(other, 0.1)
    assert watched.told() == []
    watched.signals = Signals()
    await watched.pass_time(other, 1)
    (text,) = watched.told()
    assert text.startswith("Resolved: The database does not answer.")
    await first.look()
    assert [(one.rule, one.state) for one in await watched.stored()] == [
        ("database-down", "resolved")
    ]


async def test_operators_get_an_email_whoever_elses_is_refused_and_one_way_that_works_is_enough(
    watched: Watched, database: Database, clock: ManualClock
) -> None:
    async with database.session() as session:
        await session.connection.execute(
            "INSERT INTO account (account_id, name, email, email_verified_at, is_operator,"
            " created_at) VALUES (gen_random_uuid(), 'Abe', 'abe@example.org', now(), true, now()),"
            " (gen_random_uuid(), 'Zoe', 'zoe@example.org', now(), true, now()),"
            " (gen_random_uuid(), 'Ida', 'ida@example.org', now(), true, now()),"
            " (gen_random_uuid(), 'Rosa', 'rosa@example.org', now(), false, now())"
        )
    watched.post.answers_to["abe@example.org"] = "550 5.1.1 no such user"
    watched.post.answers_to["zoe@example.org"] = "452 4.2.2 mailbox full"
    async with a_mail_server(watched.post):
        mailer = an_smtp_mailer(watched.post.url, clock)
        watched.channels = (EmailAlerts(mailer, BASE), *watched.channels)
        watched.receiver.answer = lambda _: 500
        watched.signals = Signals(inconsistencies=1)
        watch = watched.watch()
        await watch.look()
        (mail,) = watched.post.taken
        assert watched.post.recipients == ["ida@example.org"]
        assert mail["Subject"] == "Critical: 1 inconsistent record found."
        body = mail.get_body(("plain",))
        assert body is not None
        assert "/docs/runbooks/invariants-violated" in body.get_content()
        await watch.look()
        assert len(watched.post.taken) == 1, "one channel that works is enough"


def test_slack_gets_its_own_form(watched: Watched, clock: ManualClock) -> None:
    channel = WebhookAlerts(watched.http, "https://hooks.slack.com/services/T/B/x", BASE)
    notice = AlertNotice(watched.ids.uuid(), clock.now(), [AN_ALERT], [])
    body = json.loads(channel.request(notice).body)
    assert set(body) == {"text"}
    assert body["text"].startswith("*Warning: Jobs that failed for good and wait for you: 2.*")


async def test_a_heartbeat_is_sent_every_minute_also_without_the_database(
    watched: Watched,
) -> None:
    watch = watched.watch(heartbeat=watched.receiver.url)
    for is_away in (False, False, True, True):
        watched.is_away = is_away
        await watched.pass_time(watch, 0.5)
    beats = [one for one in watched.receiver.received if one.body == b"{}"]
    assert len(beats) == 2


class Told:
    """A channel that remembers the subjects it was given, or takes none."""

    def __init__(self, name: str) -> None:
        self.name, self.subjects, self.fails = name, list[str](), False

    async def prepare(self, database: Database) -> None:
        """Nothing is read."""

    async def send(self, notice: AlertNotice) -> None:
        if self.fails:
            raise AlertNotDelivered("It is away.")
        self.subjects.append(subject_of(notice))

    def since(self) -> int:
        """How many since the last call."""
        count = len(self.subjects)
        self.subjects.clear()
        return count


@pytest.fixture
def people(watched: Watched) -> tuple[Told, Told, Told]:
    """Who is told first, after 15 minutes, and after an hour."""
    people = Told("first"), Told("deputy"), Told("owner")
    watched.channels = people[:1]
    watched.steps = (
        EscalationStep(timedelta(minutes=15), people[1]),
        EscalationStep(timedelta(hours=1), people[2]),
    )
    return people


async def test_others_are_told_while_nobody_acknowledges_and_all_of_the_end(
    watched: Watched, people: tuple[Told, Told, Told]
) -> None:
    watch = watched.watch()
    watched.signals = Signals(inconsistencies=1, dead_letters=1)
    await watch.look()
    counts = []
    for minutes in (14, 1, 1, 14, 29, 1, 30):
        await watched.pass_time(watch, minutes)
        counts.append([one.since() for one in people])
    assert counts == [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 0],
        [1, 1, 0],
        [0, 0, 0],
        [1, 1, 1],
        [1, 1, 1],
    ], "each step at its time, and with the others from then on"
    async with watched.database.session() as session:
        await alerts.acknowledge(session, "inconsistent", by="Ida", now=watched.clock.now())
    await watched.pass_time(watch, 90)
    assert [one.since() for one in people] == [0, 0, 0]
    watched.signals = Signals(dead_letters=1)
    await watched.pass_time(watch, 1)
    assert [one.subjects for one in people] == [["Resolved: 1 inconsistent record found."]] * 3


async def test_nobody_else_is_told_of_what_is_acknowledged_silenced_or_no_reason_to_wake(
    watched: Watched, people: tuple[Told, Told, Told]
) -> None:
    watch, now = watched.watch(), watched.clock.now()
    watched.signals = Signals(dead_letters=1, inconsistencies=1, open_circuits={"mail-server": 60})
    await watch.look()
    async with watched.database.session() as session:
        await alerts.acknowledge(session, "inconsistent", by="Ida", now=now)
        await alerts.silence(
            session, "service-failing", hours=2, reason="Known.", by="Ida", now=now
        )
    await watched.pass_time(watch, 100)
    assert [one.since() for one in people] == [1, 0, 0]
    await watched.pass_time(watch, 25)
    assert [one.since() for one in people] == [1, 1, 1], "a silence ends"


async def test_a_step_is_told_when_the_first_ones_cannot_be_and_without_the_database(
    watched: Watched, people: tuple[Told, Told, Told]
) -> None:
    watch, (first, deputy, owner) = watched.watch(), people
    first.fails = True
    await watch.look()
    watched.is_away = True
    for minutes in (0, 14, 1, 1, 40):
        await watched.pass_time(watch, minutes)
    assert deputy.since() == 1
    first.fails = False
    await watched.pass_time(watch, 4)
    assert [first.since(), deputy.since(), owner.since()] == [1, 0, 1]
    watched.is_away = False
    await watched.pass_time(watch, 1)
    assert [one.escalated for one in await watched.stored()] == [2]
    await watched.pass_time(watch, 2)
    assert [one.since() for one in people] == [1, 1, 1], "all are told that it is over"
