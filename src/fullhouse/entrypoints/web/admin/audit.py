"""The resource of the audit: every event of the organisation in words, and who looked at whom."""

from collections.abc import Sequence
from typing import Final

import msgspec

from fullhouse.booking.history_texts import actor_name
from fullhouse.booking.reads.audit import audit_actors
from fullhouse.customers.reads.audit import AUDIT_KINDS, AuditLine, AuditQuery, audit_lines
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.dead_letters import failed_jobs_link
from fullhouse.entrypoints.web.admin.inconsistencies import consistency_link
from fullhouse.entrypoints.web.admin.received_webhooks import received_webhooks_link
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice
from fullhouse.kernel.context import Permission
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.people.model import Venue
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database, Session


class AuditRow(msgspec.Struct, frozen=True):
    """A line of the list, and the venue whose time the list has."""

    line: AuditLine
    venue: Venue | None


_Column = blocks.Column[AuditRow]
_WHAT: Final = _Column("what", _("What"), lambda row, text: row.line.what(text.translations))
_ABOUT: Final = _Column("about", _("About"), lambda row, _text: row.line.entry.about)
_WHO: Final = _Column("who", _("Who"), lambda row, text: row.line.who(text.translations))
_COLUMNS: Final = (
    _WHAT,
    _ABOUT,
    _WHO,
    _Column("when", _("Time"), lambda row, text: text.listed_time(row.line.entry.at)),
)
_CSV_COLUMNS: Final = (
    _Column("when", _("Time"), lambda row, _text: row.line.entry.at.isoformat()),
    _WHAT,
    _ABOUT,
    _WHO,
    _Column("actor", _("Account or key"), lambda row, _text: row.line.entry.actor),
)


async def _kind_choices(_session: Session, page: PageContext) -> Sequence[Choice]:
    """The access log first, then the events by name."""
    gettext = page.translations.gettext
    looks, *events = (Choice(kind, gettext(text)) for kind, text in AUDIT_KINDS.items())
    return [looks, *sorted(events, key=lambda choice: choice.text)]


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
                position=lambda row: row.line.position,
                filters=(
                    blocks.Filter("day", _("Day")),
                    blocks.Filter("person", _("Person"), _actor_choices),
                    blocks.Filter("kind", _("Kind"), _kind_choices),
                ),
                empty=_("Nothing was done. Who does what will be here, the latest first."),
            ),
            links=lambda page: (
                *failed_jobs_link(page),
                *received_webhooks_link(page),
                *consistency_link(page),
            ),
        )

    async def fetch(self, page: PageContext, query: blocks.ListQuery) -> Sequence[AuditRow]:
        async with self.database.session() as session:
            venue = next(iter(await venues(session, page.org_id)), None)
            wanted = AuditQuery(
                kind=query.choice("kind", tuple(AUDIT_KINDS)),
                actor=query.filters.get("person") or None,
                day=query.day("day"),
                zone=venue.zone if venue else "UTC",
                after=query.after,
                limit=query.limit,
            )
            found = await audit_lines(session, page.org_id, wanted)
        return [AuditRow(line, venue) for line in found]
