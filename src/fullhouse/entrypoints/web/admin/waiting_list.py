"""The resource of the waiting list: who waits for what, offer places now, remove."""

from collections.abc import Sequence
from typing import Final, get_args
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking.actions.leave_waiting_list import LeaveWaitingList
from fullhouse.booking.actions.offer_freed_places import OfferFreedPlaces
from fullhouse.booking.errors import UnknownWaiting
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.reads.bookings import waiting_entry
from fullhouse.booking.reads.waiting import (
    EntrySearch,
    OpenEntry,
    OpenStatus,
    open_entries,
    open_entry,
)
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.choices import offering_choices
from fullhouse.entrypoints.web.admin.history import HistorySubject
from fullhouse.entrypoints.web.admin_actions import Action
from fullhouse.entrypoints.web.forms import read_uuid, uuid_key
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop
from fullhouse.people.model.contact import phone_text
from fullhouse.storage.database import Database, Session

_STATUS_NAMES: Final[dict[OpenStatus, str]] = {"waiting": _("waiting"), "offered": _("offered")}


def _time_cell(row: OpenEntry, text: LocaleFormatter) -> str:
    if row.day_starts_at is None:
        return text.listed_time(row.starts_at)
    day = text.short_date(text.local(row.starts_at).date())
    return text.translations.gettext("%(day)s, any time", day=day)


def _status_cell(row: OpenEntry, text: LocaleFormatter) -> str:
    gettext = text.translations.gettext
    if row.status == "waiting":
        return gettext("place %(n)s in line", n=row.place)
    until = text.listed_time(row.expires_at) if row.expires_at else ""
    return gettext("offered until %(until)s", until=until)


_Column = blocks.Column[OpenEntry]
_COLUMNS: Final = (
    _Column("name", _("Name"), lambda row, _text: row.customer_name),
    _Column("time", _("Time"), _time_cell),
    _Column("party", _("Guests"), lambda row, _text: str(row.party), "wide", is_number=True),
    _Column("offering", _("Offering"), lambda row, _text: row.offering_name, "wide"),
    _Column("since", _("Since"), lambda row, text: text.listed_time(row.created_at), "wide"),
    _Column(
        "status",
        _("Status"),
        _status_cell,
        tone=lambda row: "good" if row.status == "offered" else "muted",
    ),
    _Column("email", _("E-mail"), lambda row, _text: row.customer_email, "csv"),
    _Column("phone", _("Phone"), lambda row, _text: phone_text(row.customer_phone), "csv"),
)
_OFFERED: Final = ngettext_noop(
    "Places were offered to %(n)s party.", "Places were offered to %(n)s parties."
)
_REMOVED: Final = ngettext_noop(
    "%(n)s party is no longer on the waiting list.",
    "%(n)s parties are no longer on the waiting list.",
)


async def _status_choices(_session: Session, page: PageContext) -> Sequence[Choice]:
    return [Choice(one, page.translations.gettext(name)) for one, name in _STATUS_NAMES.items()]


class WaitingListResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    database: Database
    offer_freed_places: OfferFreedPlaces
    leave_waiting_list: LeaveWaitingList
    clock: Clock

    def resource(self) -> blocks.AdminResource[OpenEntry, msgspec.Struct]:
        allow = Permission.CHANGE_BOOKINGS
        return blocks.AdminResource(
            "waiting-list",
            _("Waiting list"),
            "queue",
            Permission.VIEW_BOOKINGS,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self.fetch,
                key=lambda row: str(row.entry_id),
                formatter=_formatter,
                position=lambda row: str(row.entry_id),
                search_label=_("Name or e-mail"),
                filters=(
                    blocks.Filter("offering", _("Offering"), offering_choices),
                    blocks.Filter("status", _("Status"), _status_choices),
                ),
                is_adjustable=True,
                empty=_(
                    "No one waits. Guests who join the waiting list of a full time will be here, "
                    "in order of arrival."
                ),
            ),
            subject=lambda row: HistorySubject(row.entry_id, ""),
            detail=blocks.Detail(load=self.load),
            actions=(
                Action(
                    "offer",
                    _("Offer places now"),
                    self.offer,
                    allow,
                    _OFFERED,
                    lambda row: row.status == "waiting",
                ),
                Action(
                    "remove",
                    _("Remove"),
                    self.remove,
                    allow,
                    _REMOVED,
                    lambda _row: True,
                    ends=True,
                ),
            ),
        )

    async def fetch(self, page: PageContext, query: blocks.ListQuery) -> Sequence[OpenEntry]:
        status, offering = query.choice("status", get_args(OpenStatus)), query.uuid("offering")
        search = EntrySearch(
            now=self.clock.now(),
            text=query.search,
            statuses=get_args(OpenStatus) if status is None else (status,),
            offering_id=None if offering is None else OfferingId(offering),
            after=read_uuid(query.after),
            limit=query.limit,
        )
        async with self.database.scans.lease(self.database.session(), page.org_id) as session:
            return await open_entries(session, page.org_id, search)

    async def load(self, org_id: OrgId, key: str) -> OpenEntry:
        """Raises `UnknownWaiting`."""
        async with self.database.session() as session:
            return await open_entry(session, org_id, _entry_id(key), now=self.clock.now())

    async def offer(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        """Offer the free places of their times in order of arrival; a reason for who got none."""
        refused = []
        for key in keys:
            entry = await self.load(page.org_id, key)
            if entry.status == "waiting":
                await self.offer_freed_places(page.org_id, entry.slot_id, context=page.context)
            async with self.database.session() as session:
                now = await waiting_entry(session, page.org_id, entry.entry_id)
            if now is not None and now.status == "waiting":
                refused.append(
                    page.translations.gettext(
                        "%(name)s: there are not enough free places, or others are before in line.",
                        name=entry.customer_name,
                    )
                )
        return refused

    async def remove(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        """Take them off the list; offered places go to the next. Raises `UnknownWaiting`."""
        for key in keys:
            await self.leave_waiting_list(page.org_id, _entry_id(key), context=page.context)
        return ()


def _entry_id(key: str) -> UUID:
    return uuid_key(key, UnknownWaiting)


def _formatter(row: OpenEntry, page: PageContext) -> LocaleFormatter:
    return formatter_for(page.language, ZoneInfo(row.zone), country=row.country, now=page.now)
