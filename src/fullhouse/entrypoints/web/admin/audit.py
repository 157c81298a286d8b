"""The resource of the audit: every event of the organisation in words."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec

from fullhouse.booking.history_texts import actor_name
from fullhouse.booking.model.event_texts import AUDIT_TEXTS
from fullhouse.booking.reads.audit import AuditEvent, AuditSearch, audit_actors, audit_events
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice
from fullhouse.kernel.context import Permission
from fullhouse.kernel.timespan import midnight
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.people.events import AccountSignedIn
from fullhouse.people.model import Venue
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database, Session


class AuditRow(msgspec.Struct, frozen=True):
    """An event of the list, and the venue whose time the list has."""

    event: AuditEvent
    venue: Venue | None


def _what(row: AuditRow, text: LocaleFormatter) -> str:
    name = AUDIT_TEXTS.get(row.event.kind)
    return text.translations.gettext(name) if name else row.event.kind


def _who(row: AuditRow, text: LocaleFormatter) -> str:
    event = row.event
    if event.kind == AccountSignedIn.kind():
        return event.about  # whom nobody knew before
    return actor_name(event.actor, text.translations, known=event.actor_name)


_Column = blocks.Column[AuditRow]
_WHO: Final = _Column("who", _("Who"), _who)
_COLUMNS: Final = (
    _Column("what", _("What"), _what),
    _Column("about", _("About"), lambda row, _text: row.event.about),
    _WHO,
    _Column("when", _("Time"), lambda row, text: text.listed_time(row.event.at)),
)
_CSV_COLUMNS: Final = (
    _Column("when", _("Time"), lambda row, _text: row.event.at.isoformat()),
    _Column("what", _("What"), _what),
    _Column("about", _("About"), lambda row, _text: row.event.about),
    _WHO,
    _Column("actor", _("Account or key"), lambda row, _text: row.event.actor),
)


async def _kind_choices(_session: Session, page: PageContext) -> Sequence[Choice]:
    gettext = page.translations.gettext
    found = [Choice(kind, gettext(text)) for kind, text in AUDIT_TEXTS.items()]
    return sorted(found, key=lambda choice: choice.text)


async def _actor_choices(session: Session, page: PageContext) -> Sequence[Choice]:
    people = [Choice(one.actor, one.name) for one in await audit_actors(session, page.org_id)]
    return [*people, Choice("guest", actor_name("guest", page.translations))]


class AuditResource(msgspec.Struct, frozen=True):
    """Builds the resource: a list without pages of its rows."""

    database: Database

    def resource(self) -> blocks.AdminResource[AuditRow, msgspec.Struct]:
        return blocks.AdminResource(
            "audit",
            _("Audit"),
            "history",
            Permission.VIEW_AUDIT,
            list=blocks.Table(
                columns=_COLUMNS,
                csv_columns=_CSV_COLUMNS,
                fetch=self.fetch,
                key=lambda _row: "",
                formatter=lambda row, page: (
                    page.formatter(row.venue) if row.venue else page.utc_formatter
                ),
                position=lambda row: row.event.position,
                filters=(
                    blocks.Filter("day", _("Day")),
                    blocks.Filter("person", _("Person"), _actor_choices),
                    blocks.Filter("kind", _("Kind"), _kind_choices),
                ),
                empty=_("Nothing was done. Who does what will be here, the latest first."),
            ),
        )

    async def fetch(self, page: PageContext, query: blocks.ListQuery) -> Sequence[AuditRow]:
        async with self.database.session() as session:
            places = await venues(session, page.org_id)
            venue = next(iter(places), None)
            search = AuditSearch(
                kind=query.choice("kind", tuple(AUDIT_TEXTS)),
                actor=query.filters.get("person") or None,
                after=query.after,
                limit=query.limit,
            )
            day = query.day("day")
            if day is not None and day < day.max:
                zone = venue.zone if venue else "UTC"
                search = msgspec.structs.replace(
                    search,
                    first=midnight(day, zone),
                    last=midnight(day + timedelta(days=1), zone),
                )
            found = await audit_events(session, page.org_id, search)
        return [AuditRow(event, venue) for event in found]
