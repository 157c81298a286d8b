"""The resource of bookings: search, check in several at once, and the history of one."""

from datetime import timedelta
from functools import partial
from typing import Final, get_args

import msgspec

from fullhouse.booking.availability.availability import midnight
from fullhouse.booking.catalogue import offerings_of
from fullhouse.booking.model.booking import Status
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.reads import search as reads
from fullhouse.entrypoints.inputs.times import read_date
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin_views import DetailView
from fullhouse.entrypoints.web.forms import read_choice, read_uuid
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.arrivals import Arrivals, ArrivalVerb
from fullhouse.entrypoints.web.staff_presenter import booking_detail
from fullhouse.entrypoints.web.statuses import status_name, status_tone
from fullhouse.entrypoints.web.views import Choice
from fullhouse.kernel.context import Permission
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop

_STATUSES: Final[tuple[Status, ...]] = (*reads.OF_CUSTOMERS, "held")
_Column = blocks.Column[reads.BookingMatch]
_COLUMNS: Final = (
    _Column("name", _("Name"), lambda row, _page: row.booking.customer_name or row.booking.ref),
    _Column("time", _("Time"), lambda row, page: page.date_time(row.booking.starts_at, row.venue)),
    _Column("party", _("Party"), lambda row, _page: str(row.booking.party), "wide", is_number=True),
    _Column("offering", _("Offering"), lambda row, _page: row.offering.name, "wide"),
    _Column(
        "status",
        _("Status"),
        lambda row, page: status_name(row.booking.status, page.translations),
        tone=lambda row: status_tone(row.booking.status),
    ),
    _Column("ref", _("Reference"), lambda row, _page: row.booking.ref, "wide"),
    _Column(
        "created",
        _("Booked"),
        lambda row, page: page.date_time(row.booking.created_at, row.venue),
        "wide",
    ),
    _Column("email", _("E-mail"), lambda row, _page: row.booking.customer_email, "csv"),
    _Column("phone", _("Phone"), lambda row, _page: row.booking.customer_phone, "csv"),
)


class BookingResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    searches: reads.BookingSearches
    arrivals: Arrivals

    def resource(self) -> blocks.AdminResource[reads.BookingMatch, msgspec.Struct]:
        arrived = ngettext_noop("%(n)s booking is checked in.", "%(n)s bookings are checked in.")
        absent = ngettext_noop("%(n)s booking is a no-show.", "%(n)s bookings are no-shows.")
        change = Permission.CHANGE_BOOKINGS
        many = self.arrivals.record_many
        return blocks.AdminResource(
            "bookings",
            _("Bookings"),
            "list",
            Permission.VIEW_BOOKINGS,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self.fetch,
                key=lambda row: row.booking.ref,
                position=lambda row: reads.BookingPosition.of(row.booking).text,
                sorts=get_args(reads.BookingOrder),
                search_label=_("Name, e-mail, phone or reference"),
                filters=self.filters,
                bulk_actions=(
                    blocks.BulkAction(
                        "check-in", _("Check in"), arrived, partial(many, verb="check-in"), change
                    ),
                    blocks.BulkAction(
                        "no-show", _("No-show"), absent, partial(many, verb="no-show"), change
                    ),
                ),
                empty=_("No bookings match. New ones are listed here as they are made."),
            ),
            detail=blocks.Detail(
                show=self.show,
                actions=tuple(
                    blocks.RowAction(verb, partial(self.arrivals.record, verb=verb), change)
                    for verb in get_args(ArrivalVerb)
                ),
            ),
        )

    async def filters(self, page: PageContext) -> tuple[blocks.Filter, ...]:
        async with self.searches.database.session() as session:
            offerings = await offerings_of(session, page.org_id)
        statuses = [Choice(one, status_name(one, page.translations)) for one in _STATUSES]
        choices = [Choice(str(one.offering_id), one.name) for one in offerings]
        return (
            blocks.Filter("day", _("Day")),
            blocks.Filter("status", _("Status"), tuple(statuses)),
            blocks.Filter("offering", _("Offering"), tuple(choices)),
        )

    async def fetch(self, page: PageContext, query: blocks.ListQuery) -> list[reads.BookingMatch]:
        day = read_date(query.filters.get("day"))
        status = read_choice(query.filters.get("status"), _STATUSES)
        offering = read_uuid(query.filters.get("offering"))
        search = reads.BookingSearch(
            text=query.search,
            statuses=reads.OF_CUSTOMERS if status is None else (status,),
            offering_id=None if offering is None else OfferingId(offering),
            order=read_choice(query.sort, get_args(reads.BookingOrder)) or "-created",
            after=reads.BookingPosition.parse(query.after),
            limit=query.limit,
        )
        if day is not None:
            zone = await self.searches.zone(page.org_id)
            first, last = midnight(day, zone), midnight(day + timedelta(days=1), zone)
            search = msgspec.structs.replace(search, first=first, last=last)
        return await self.searches.search(page.org_id, search)

    async def show(self, page: PageContext, key: str) -> DetailView:
        view = await self.arrivals.view(page, key)
        history = await self.arrivals.history(view)
        return booking_detail(page, view, history, undoable=self.arrivals.undoable(history))
