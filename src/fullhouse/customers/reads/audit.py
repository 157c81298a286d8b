"""The audit of an organisation: what was done, or who looked at whom."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from msgspec import Struct

from fullhouse.booking.history_texts import actor_name
from fullhouse.booking.model.event_texts import AUDIT_TEXTS
from fullhouse.booking.reads.audit import AuditEvent, AuditSearch, audit_events
from fullhouse.customers.reads.access_log import (
    ACCESS_TEXTS,
    AccessSearch,
    NamedAccess,
    accesses,
)
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.timespan import EARLIEST, LATEST, midnight
from fullhouse.localisation.translations import Translations, gettext_noop
from fullhouse.people.events import AccountSignedIn
from fullhouse.storage.database import Session

ACCESSES: Final = "access"
"""Chooses the access log among the kinds of events."""

AUDIT_KINDS: Final[Mapping[str, str]] = {
    ACCESSES: gettext_noop("Who looked at whom"),
    **AUDIT_TEXTS,
}
"""What can be chosen, and what it is called; ids of the catalogues."""

_TEXTS: Final[Mapping[str, str]] = {**AUDIT_TEXTS, **ACCESS_TEXTS}


class AuditLine(Struct, frozen=True):
    """An event, or a look at personal data."""

    entry: AuditEvent | NamedAccess

    @property
    def position(self) -> str:
        entry = self.entry
        return entry.position if isinstance(entry, AuditEvent) else str(entry.access_id)

    def what(self, translations: Translations) -> str:
        name = _TEXTS.get(self.entry.kind)
        return translations.gettext(name) if name else self.entry.kind

    def who(self, translations: Translations) -> str:
        entry = self.entry
        if entry.kind == AccountSignedIn.kind():
            return entry.about  # whom nobody knew before
        return actor_name(entry.actor, translations, known=entry.actor_name)


class AuditQuery(Struct, frozen=True, kw_only=True):
    """What to list: of `AUDIT_KINDS`, of a principal, on a day at the venue, from a position on."""

    kind: str | None
    actor: str | None
    day: date | None
    zone: str
    after: str
    limit: int


async def audit_lines(session: Session, org_id: OrgId, query: AuditQuery) -> Sequence[AuditLine]:
    """The latest first."""
    first, last = _day(query)
    if query.kind == ACCESSES:
        looks = AccessSearch(
            actor=query.actor, first=first, last=last, after=_id(query.after), limit=query.limit
        )
        return [AuditLine(one) for one in await accesses(session, org_id, looks)]
    search = AuditSearch(
        kind=query.kind,
        actor=query.actor,
        first=first,
        last=last,
        after=query.after,
        limit=query.limit,
    )
    return [AuditLine(one) for one in await audit_events(session, org_id, search)]


def _day(query: AuditQuery) -> tuple[datetime, datetime]:
    """From when on, and until when."""
    if query.day is None or query.day == date.max:
        return EARLIEST, LATEST
    return midnight(query.day, query.zone), midnight(query.day + timedelta(days=1), query.zone)


def _id(after: str) -> UUID | None:
    try:
        return UUID(after)
    except ValueError:
        return None
