"""For each alert what causes it, for real, and what mends it."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Final, NamedTuple, TypeVar
from urllib.parse import urlencode
from uuid import UUID

import pytest
from tests.builders.api_client import Answer, token_of
from tests.builders.certificates import a_tls_server
from tests.builders.watched_site import WatchedSite
from tests.builders.worker_steps import relay_all, send_emails

from fullhouse.bootstrap.consistency import RULES, build_consistency_watch, tell_owners
from fullhouse.bootstrap.worker import build_mailer
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.messages.model import Email
from fullhouse.messages.reactions import messages_subscriber
from fullhouse.observability import system_health
from fullhouse.observability.memory_watch import MemoryWatch
from fullhouse.observability.objectives import Severity
from fullhouse.observability.system_health import read_system
from fullhouse.people.model.account_messages import SEND_ACCOUNT_MESSAGE
from fullhouse.telemetry.metrics import TAKES_KEPT, MetricRegistry

T = TypeVar("T")
Act = Callable[[WatchedSite], Awaitable[None]]
_MEGABYTE: Final = 1024 * 1024
_ASKED: Final = 11
_WAITING: Final = (
    "FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
)


async def nothing(_: WatchedSite) -> None:
    """What is over by itself, or happens once."""


class AlertCause(NamedTuple):
    """What happens, which alert it is, how it ends; and what goes on until people are told."""

    name: str
    rule: str
    severity: Severity
    happen: Act
    end: Act
    goes_on: Act = nothing


async def breaks_a_rule(site: WatchedSite) -> None:
    """Places of a booking expire, as after somebody's UPDATE; the worker's check finds it."""
    await site.api.book(await site.business.a_slot(capacity=10))
    await site.sql("UPDATE slot_allocation SET expires_at = '2099-01-01'")
    await site.sql("UPDATE slot SET held = booked, booked = 0")
    await _check(site)


async def _repair(site: WatchedSite) -> None:
    await site.sql("UPDATE slot_allocation SET expires_at = NULL")
    await site.sql("UPDATE slot SET booked = held, held = 0")
    await _check(site)


async def _check(site: WatchedSite) -> None:
    async def at_once(_: float) -> None:
        return

    watch = build_consistency_watch(
        site.app.unit_of_work, MetricRegistry(), tell_of=tell_owners, sleep=at_once
    )
    await watch.check(RULES)


async def a_table_is_locked(site: WatchedSite) -> None:
    """Somebody's console holds the bookings, and everybody waits until they give up."""
    async with _locked_bookings(site) as asked:
        assert {(await each).status for each in asked} == {503}


async def sessions_are_ended(site: WatchedSite) -> None:
    """The server ends what works for guests, as one that is out of memory does."""
    async with _locked_bookings(site) as asked:
        await site.until(f"SELECT count(*) >= {_ASKED} {_WAITING}")
        await site.sql(f"SELECT pg_terminate_backend(pid) {_WAITING}")
        assert {(await each).status for each in asked} == {503}


@asynccontextmanager
async def _locked_bookings(site: WatchedSite) -> AsyncIterator[Sequence[asyncio.Task[Answer]]]:
    """Guests look at a booking, and wait for a lock on all of them."""
    booking = await site.api.book(await site.business.a_slot())
    path = f"/bookings/{booking.json['ref']}?token={token_of(booking)}"
    other = await site.app.connect()
    async with asyncio.TaskGroup() as group, other.transaction():
        await other.execute("LOCK TABLE booking IN ACCESS EXCLUSIVE MODE")
        yield [group.create_task(site.api.get(path)) for _ in range(_ASKED)]
    await other.close()


async def statements_are_slow(site: WatchedSite) -> None:
    """The lock is given back before anybody gives up, but not soon."""
    async with _locked_bookings(site) as asked:
        await site.until(f"SELECT count(*) >= {_ASKED} {_WAITING}")
        site.clock.advance(timedelta(seconds=1.5))
    assert {(await each).status for each in asked} == {200}


async def a_minute_passes(site: WatchedSite) -> None:
    """What was measured is taken every ten seconds, and forgotten after a minute."""
    for _ in range(TAKES_KEPT + 1):
        await site.pass_time(10)


async def bookings_fail(site: WatchedSite) -> None:
    """Of 20 attempts 4 end in an error of ours: too few for the database's own alert."""
    slot = await site.business.a_slot(capacity=100)
    for number in range(16):
        assert (await site.book(slot, number)).status == 201
    await _fail_to_book(site, 4)


async def bookings_burn_the_budget(site: WatchedSite) -> None:
    """3 % fail: for one or two months of that there is no budget."""
    slot = await site.business.a_slot(capacity=1_000)
    for first in range(0, 320, 40):
        await _all([site.book(slot, number) for number in range(first, first + 40)])
    await _fail_to_book(site, 10)


async def _fail_to_book(site: WatchedSite, count: int) -> None:
    slot = await site.business.a_slot(capacity=100, starts_in=timedelta(days=8))
    await site.sql("ALTER TABLE slot_allocation RENAME TO slot_allocation_before")
    answers = [await site.book(slot, 1_000 + number) for number in range(count)]
    await site.sql("ALTER TABLE slot_allocation_before RENAME TO slot_allocation")
    assert all(answer.status >= 500 for answer in answers), answers[0].body


async def bookings_are_slow(site: WatchedSite) -> None:
    """Somebody's transaction holds the slot that all want."""
    slot = await site.business.a_slot(capacity=100)
    other = await site.app.connect()
    async with other.transaction():
        await other.execute("SELECT FROM slot WHERE slot_id = $1 FOR UPDATE", slot)
        waiting = [asyncio.ensure_future(site.book(slot, number)) for number in range(25)]
        await site.until(f"SELECT count(*) > 0 {_WAITING}")
        site.clock.advance(timedelta(seconds=2.5))
    await other.close()
    assert {(await each).status for each in waiting} == {201}


async def connections_are_lost(site: WatchedSite) -> None:
    """A part of the program takes all connections to the database and gives none back."""
    statistics = site.app.database.statistics
    async with AsyncExitStack() as leak:
        for _ in range(statistics.permits - statistics.busy):
            await leak.enter_async_context(site.app.database.unrestricted.session())
        asked = [site.api.get("/bookings/K7QF2M9D", key=site.api.key) for _ in range(12)]
        assert {answer.status for answer in await _all(asked)} == {503}


async def the_mail_server_is_down(site: WatchedSite) -> None:
    """It takes no connection; each e-mail of a guest tries, and so does each probe."""
    await site.end_mail_server()
    slot = await site.business.a_slot(capacity=100)
    for number in range(8):
        await site.book(slot, number)
    await site.work("SELECT is_open FROM circuit WHERE name = 'mail-server'")


async def _send_in_vain(site: WatchedSite) -> None:
    with pytest.raises(FullhouseError):
        await _send(site)


async def mail_works_again(site: WatchedSite) -> None:
    await site.start_mail_server()
    await site.pass_time(31)
    await _send(site)


async def _send(site: WatchedSite) -> None:
    await build_mailer(site.app).send(
        Email(
            message_id=UUID(int=site.clock.now().microsecond + 1),
            recipient="guest@example.org",
            subject="Your booking",
            text="See you.",
            html="<p>See you.</p>",
            calendar=None,
            sender_name="Meadow Farm",
            reply_to="",
        )
    )


async def mailboxes_defer(site: WatchedSite) -> None:
    """The server of most guests takes nothing for the moment; ours works."""
    site.post.answer_to_recipient = "451 4.7.1 try again later"
    slot = await site.business.a_slot(capacity=100)
    for number in range(12):
        await site.book(slot, number)
    await site.work("SELECT count(*) >= 12 FROM effect WHERE kind = 'message' AND attempts > 0")


async def mailboxes_take(site: WatchedSite) -> None:
    site.post.answer_to_recipient = "250 known"


async def the_worker_has_stopped(site: WatchedSite) -> None:
    """It worked, it ended, and left nothing undone."""
    await _work(site)
    await site.pass_time(120)


async def _work(site: WatchedSite) -> None:
    await site.sql("UPDATE recurring_job SET due_at = now()")
    await site.work(
        "SELECT coalesce(max(ended_at), '-infinity') > now() - interval '5 s' FROM recurring_job"
    )


async def mail_is_not_sent(site: WatchedSite) -> None:
    """E-mails are due, and nobody takes them."""
    await site.api.book(await site.business.a_slot())
    await relay_all(site.app, (messages_subscriber(),))
    await site.pass_time(120)


async def send_all(site: WatchedSite) -> None:
    await send_emails(site.app)


async def a_job_fails_for_good(site: WatchedSite) -> None:
    """An older version has written what this one cannot read, and it was tried for long."""
    await site.sql(
        "INSERT INTO effect (org_id, key, kind, subject, payload, status, due_at, attempts,"
        " correlation_id, created_at) VALUES ($1, 'poison', $2, $1, '{\"kind\": 7}', 'due', now(),"
        " 1000, $1, now())",
        site.business.org_id,
        SEND_ACCOUNT_MESSAGE,
    )
    await site.work("SELECT count(*) > 0 FROM effect WHERE status = 'dead'")


async def _discard(site: WatchedSite) -> None:
    await site.sql("DELETE FROM effect WHERE status = 'dead'")


async def a_cache_misses(site: WatchedSite) -> None:
    """A program reads through all numbers of a telephone book, for longer than ten minutes."""
    ask, org_id = site.app.customers_by_phone, site.business.org_id
    for first in range(0, 3 * 250, 250):
        await _all([ask(org_id, f"+44113496{number:04}") for number in range(first, first + 250)])
        for _ in range(800):
            await ask(org_id, "+441134960000")
        await site.pass_time(200)


async def passwords_are_guessed(site: WatchedSite) -> None:
    """A hundred and more from one address; after a few they are refused unread."""
    form = urlencode({"login": "owner@example.org", "password": "correct horse battery"}).encode()
    for number in range(105):
        answer = await site.api.ask("POST", "//admin/sign-in", content=form, headers=_FORM)
        assert answer.status != 200, number


_FORM: Final = {"content-type": "application/x-www-form-urlencoded"}


async def a_process_has_too_much(site: WatchedSite) -> None:
    """It has more memory than the operator allows it, and is old enough to be replaced."""
    memory = MemoryWatch(site.app.database, site.clock, "web 7 on barn", lambda: 0, _MEGABYTE)
    for _ in range(5):
        site.clock.advance(timedelta(seconds=300))
        await memory.look()


async def the_disk_is_nearly_full(site: WatchedSite) -> None:
    """A real file on the disk; how much must be free is set to what is free before it."""
    free = read_system(site.folder).disk_free
    bound = free - 256 * _MEGABYTE
    site.patch.setattr(system_health, "DISK_FREE_BYTES_MIN", bound)
    with (site.folder / "large").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 512 * _MEGABYTE)


async def delete_it(site: WatchedSite) -> None:
    (site.folder / "large").unlink()


async def jobs_pile_up(site: WatchedSite) -> None:
    """75 an hour more than the worker does, for four days."""
    for _ in range(49):
        await site.sql(
            "INSERT INTO effect (org_id, key, kind, subject, status, due_at, correlation_id,"
            " created_at) SELECT $1, gen_random_uuid(), 'message', $1, 'due', now(), $1, now()"
            " FROM generate_series(1, 150)",
            site.business.org_id,
        )
        site.clock.advance(timedelta(hours=2))
        await site.watch.look()


async def _do_all(site: WatchedSite) -> None:
    await site.sql("DELETE FROM effect")


async def nobody_comes_and_then_everybody(site: WatchedSite) -> None:
    """Three weeks of one or two requests a minute, and then thirty."""
    await site.sql(
        "INSERT INTO gauge (name, subject, period_seconds, starts_at, observed, total, least, most)"
        " SELECT 'requests_per_minute', '', 600, at, 10, 15 + extract(minute FROM at) / 20, 1, 2"
        " FROM generate_series(date_bin('10 min', $1::timestamptz, 'epoch') - interval '21 days',"
        " $1::timestamptz - interval '10 min', '10 min') AS at"
        " ON CONFLICT DO NOTHING",  # one that ended since the watch began
        site.clock.now(),
    )
    await site.watch_with()  # one that has not yet learnt what was before
    for _ in range(12):
        for _ in range(30):
            await site.api.get("/offerings")
        await site.pass_time(10)
        await site.pass_time(50)


async def the_certificate_ends(site: WatchedSite) -> None:
    await _certify(site, days=10)


async def the_certificate_has_ended(site: WatchedSite) -> None:
    await _certify(site, days=-1)


async def _renew(site: WatchedSite) -> None:
    await _certify(site, days=80)


async def _certify(site: WatchedSite, *, days: float) -> None:
    port = await site.stack.enter_async_context(a_tls_server(site.folder, days=days))
    site.patch.setenv("SSL_CERT_FILE", str(site.folder / "certificate.pem"))
    await site.watch_with(public_url=f"https://localhost:{port}")


async def the_clock_is_wrong(site: WatchedSite) -> None:
    site.clock.advance(timedelta(hours=1))
    site.clock.instant = SystemClock().now() + timedelta(seconds=70)


async def _set_right(site: WatchedSite) -> None:
    await site.hours_pass()


async def _all(asked: Sequence[Awaitable[T]]) -> Sequence[T]:
    """Side by side."""
    return [await each for each in [asyncio.ensure_future(one) for one in asked]]


CAUSES: Final = (
    AlertCause("a rule is broken", "inconsistent", "critical", breaks_a_rule, _repair),
    AlertCause("a lock", "database-failing", "warning", a_table_is_locked, nothing),
    AlertCause("sessions end", "database-failing", "critical", sessions_are_ended, nothing),
    AlertCause("bookings fail", "bookings-failing", "critical", bookings_fail, nothing),
    AlertCause("the budget", "error-budget", "critical", bookings_burn_the_budget, nothing),
    AlertCause("a hot slot", "bookings-slow", "critical", bookings_are_slow, nothing),
    AlertCause("no connections", "errors", "warning", connections_are_lost, nothing),
    AlertCause(
        "the mail server",
        "service-failing",
        "critical",
        the_mail_server_is_down,
        mail_works_again,
        _send_in_vain,
    ),
    AlertCause("mailboxes", "deliveries-failing", "warning", mailboxes_defer, mailboxes_take),
    AlertCause("no worker", "queue-standing", "warning", the_worker_has_stopped, _work),
    AlertCause("the queue", "queue-standing", "warning", mail_is_not_sent, send_all),
    AlertCause("a poison job", "jobs-failed", "warning", a_job_fails_for_good, _discard),
    AlertCause("a cold cache", "cache-missing", "warning", a_cache_misses, nothing),
    AlertCause("guessing", "sign-ins-refused", "warning", passwords_are_guessed, nothing),
    AlertCause("memory", "memory-grows", "warning", a_process_has_too_much, nothing),
    AlertCause("the disk", "machine-short", "critical", the_disk_is_nearly_full, delete_it),
    AlertCause("piling up", "running-out", "warning", jobs_pile_up, _do_all),
    AlertCause("a crowd", "unusual", "warning", nobody_comes_and_then_everybody, nothing),
    AlertCause("ending", "certificate-ending", "warning", the_certificate_ends, _renew),
    AlertCause("ended", "certificate-ending", "critical", the_certificate_has_ended, _renew),
    AlertCause("the clock", "clock-wrong", "critical", the_clock_is_wrong, _set_right),
)
