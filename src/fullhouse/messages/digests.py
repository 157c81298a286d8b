"""The overview of the day that people of a business get each morning, by the clock of its venue.

A sweep asks for each once a day: a row has the last day, and the effect a key with day and person.
The job reads what there is to tell when it is sent. On a day without any it sends nothing.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from jinja2 import Environment
from msgspec import Struct

from fullhouse.booking.model.sales import Share
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.jobs.effects import Effect, EffectRequest, enqueue
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId, derived_id
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.messages.digest_rendering import (
    BookingsOfDay,
    DigestFacts,
    DigestReader,
    render_digest,
)
from fullhouse.messages.limits import DIGEST_ATTEMPTS_MAX, DIGEST_BEGINS, DIGEST_ENDS
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import Email
from fullhouse.messages.needs import need_facts, needs
from fullhouse.messages.ports import Mailer, outcome_of_sending
from fullhouse.messages.ratings import rating_summary
from fullhouse.people.model import Organisation
from fullhouse.people.model.roles import ROLES, Role
from fullhouse.people.reads.organisations import organisation_by_id, venues
from fullhouse.storage.database import Session
from fullhouse.storage.sweeps import for_each_organisation
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory
from fullhouse.telemetry.log import get_logger

SEND_DIGEST: Final = "digest"
"""Kind of the effect that sends one; its subject is the account."""
_LOG: Final = get_logger("messages")
_DAY: Final = timedelta(days=1)


class DigestPayload(Struct, frozen=True):
    """Of which day of the venue."""

    day: date


class _TakenReader(Struct, frozen=True):
    account_id: UUID


class _Readers(Struct, frozen=True):
    """Of an organisation, by the clock of its first venue."""

    org_id: OrgId
    zone: str
    sent_on: date | None

    def day(self, now: datetime) -> date | None:
        """Of which day they get the overview now."""
        wall = now.astimezone(ZoneInfo(self.zone))
        if not DIGEST_BEGINS <= wall.time() <= DIGEST_ENDS:
            return None
        return wall.date() if self.sent_on is None or self.sent_on < wall.date() else None


class _Recipient(Struct, frozen=True):
    name: str
    email: str
    locale: str | None
    role: Role


@dataclass(frozen=True, slots=True)
class AskForDigests:
    """Enqueues what is due, for all organisations."""

    unit_of_work: UnitOfWorkFactory

    async def __call__(self) -> int:
        """How many are asked for."""
        async with self.unit_of_work.database.unrestricted.session() as session:
            found = await session.fetch("messages.organisations_with_digests", _Readers)
        return sum(await for_each_organisation(found, self._of_organisation))

    async def _of_organisation(self, readers: _Readers) -> int:
        day = readers.day(self.unit_of_work.clock.now())
        if day is None:
            return 0
        async with self.unit_of_work.by_system(readers.org_id) as uow:
            return await _ask(uow, day)


async def _ask(uow: UnitOfWork, day: date) -> int:
    readers = await uow.session.fetch(
        "messages.take_digests", _TakenReader, org_id=uow.org_id, day=day
    )
    requests = [
        EffectRequest(
            uow.org_id,
            f"{SEND_DIGEST}/{reader.account_id}/{day.isoformat()}",
            SEND_DIGEST,
            reader.account_id,
            correlation_id=uow.context.correlation_id,
            payload=DigestPayload(day),
        )
        for reader in readers
    ]
    await enqueue(uow.session, requests)
    return len(requests)


@dataclass(frozen=True, slots=True)
class SendDigest:
    """The job. Who does not get it any more gets none, and nobody one of another day."""

    unit_of_work: UnitOfWorkFactory
    mailer: Mailer
    templates: Environment
    urls: SignedUrls
    clock: Clock
    metrics: MessageMetrics

    async def __call__(self, effect: Effect) -> None:
        """Raises what concerns the mail server."""
        day = effect.payload_as(DigestPayload).day
        email = await self._email(effect, day)
        if email is None:
            self.metrics.outcomes.labels(SEND_DIGEST, "superseded").inc()
            return
        is_last = effect.tries >= DIGEST_ATTEMPTS_MAX
        outcome = await outcome_of_sending(self.mailer, email, is_last=is_last)
        self.metrics.outcomes.labels(SEND_DIGEST, outcome).inc()
        _LOG.info("messages.digest_sent", outcome=outcome)

    async def _email(self, effect: Effect, day: date) -> Email | None:
        now = self.clock.now()
        async with self.unit_of_work.database.session() as session:
            organisation = await organisation_by_id(session, effect.org_id)
            recipient = await session.fetch_one(
                "messages.digest_member",
                _Recipient,
                org_id=effect.org_id,
                account_id=effect.subject,
            )
            if organisation is None or recipient is None:
                return None
            formatter = await _formatter(session, organisation, recipient.locale, now=now)
            if formatter.today(now) != day:
                return None
            facts = await _facts(session, effect.org_id, formatter, role=recipient.role, now=now)
        if not facts.has_news:
            return None
        stop = self.urls.digest(organisation.slug, org_id=effect.org_id, account_id=effect.subject)
        reader = DigestReader(organisation, recipient.name, self.urls.base_url, stop)
        rendered = render_digest(self.templates, facts, reader, formatter=formatter)
        return Email(
            message_id=derived_id("digest", str(effect.org_id), effect.key),
            recipient=recipient.email,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            calendar=None,
            sender_name=organisation.name,
            reply_to="",
            unsubscribe_url=stop,
        )


async def _formatter(
    session: Session, organisation: Organisation, locale: str | None, *, now: datetime
) -> LocaleFormatter:
    """The person's language, and the time of the first venue."""
    found = await venues(session, organisation.org_id)
    zone, country = (found[0].zone, found[0].country) if found else ("UTC", "")
    return formatter_for(locale or organisation.locale, ZoneInfo(zone), country=country, now=now)


async def _facts(
    session: Session, org_id: OrgId, formatter: LocaleFormatter, *, role: Role, now: datetime
) -> DigestFacts:
    today = formatter.today(now)
    begin, end = (
        datetime.combine(day, time(), formatter.zone).astimezone(UTC)
        for day in (today, today + _DAY)
    )
    span = {"org_id": org_id, "since": begin, "until": end}
    bookings = await session.fetch_one("messages.bookings_of_day", BookingsOfDay, **span)
    share = await session.fetch_one("messages.places_of_day", Share, **span)
    assert bookings is not None, "an aggregate has one row"
    assert share is not None, "an aggregate has one row"
    rated = await rating_summary(session, org_id, now - _DAY)
    permissions = ROLES[role]
    found = await need_facts(session, org_id, now=now, may=lambda one: one in permissions)
    return DigestFacts(
        day=today,
        bookings=bookings,
        places=share.capacity,
        left=max(0, share.capacity - share.sold),
        ratings=rated.ratings,
        average=rated.average,
        needs=tuple(needs(found, formatter)),
    )
