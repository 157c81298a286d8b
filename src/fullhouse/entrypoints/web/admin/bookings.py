"""The resource of bookings: search, check in several at once, and the history of one."""

from collections.abc import Mapping, Sequence
from typing import Final, get_args

import msgspec

from fullhouse.booking.model.answer_texts import answer_texts, answers_line
from fullhouse.booking.model.booking import OF_CUSTOMERS
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.price_categories import guests_line, guests_of
from fullhouse.booking.model.questions import answers_of
from fullhouse.booking.model.status_names import status_name, status_tone
from fullhouse.booking.model.urls import run_sheet_path
from fullhouse.booking.price_texts import booking_price_lines
from fullhouse.booking.reads import search as reads
from fullhouse.booking.reads.notes import booking_note
from fullhouse.booking.reads.search import BookingMatch
from fullhouse.customers.access_log import AccessLog
from fullhouse.customers.reads.booking_search import find_bookings
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.booking_acts import BookingActs
from fullhouse.entrypoints.web.admin.choices import offering_choices, status_choices
from fullhouse.entrypoints.web.admin.history import HistorySubject
from fullhouse.entrypoints.web.admin_views import DetailSection
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.arrivals import Arrivals
from fullhouse.entrypoints.web.pages.booking_links import BookingLinks
from fullhouse.entrypoints.web.pages.booking_messages import BookingMessages
from fullhouse.entrypoints.web.views import Link
from fullhouse.kernel.context import Permission
from fullhouse.kernel.position import TimePosition
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.messages.facts import Fact, rating_facts
from fullhouse.messages.ratings import rating_of
from fullhouse.people.model.contact import email_url, phone_text, phone_url, readable_address


def status_cell(row: BookingMatch, formatter: LocaleFormatter) -> str:
    return status_name(row.booking.status, formatter.translations)


def answers_cell(row: BookingMatch, formatter: LocaleFormatter) -> str:
    return answers_line(answers_of(row.booking.answers), formatter.translations)


def guests_cell(row: BookingMatch, _formatter: LocaleFormatter) -> str:
    return guests_line(guests_of(row.booking.guests))


_Column = blocks.Column[BookingMatch]
_COLUMNS: Final = (
    _Column("name", _("Name"), lambda row, _text: row.booking.customer_name or row.booking.ref),
    _Column("time", _("Time"), lambda row, text: text.listed_time(row.booking.starts_at)),
    _Column(
        "party", _("Guests"), lambda row, _text: str(row.booking.party), "wide", is_number=True
    ),
    _Column("offering", _("Offering"), lambda row, _text: row.offering.name, "wide"),
    _Column(
        "status",
        _("Status"),
        status_cell,
        tone=lambda row: status_tone(row.booking.status),
    ),
    _Column("ref", _("Reference"), lambda row, _text: row.booking.ref, "wide"),
    _Column(
        "created", _("Booked"), lambda row, text: text.listed_time(row.booking.created_at), "wide"
    ),
    _Column(
        "email",
        _("E-mail"),
        lambda row, _text: readable_address(row.booking.customer_email),
        "csv",
        href=lambda row: email_url(row.booking.customer_email),
    ),
    _Column(
        "phone",
        _("Phone"),
        lambda row, _text: phone_text(row.booking.customer_phone),
        "csv",
        href=lambda row: phone_url(row.booking.customer_phone),
    ),
    _Column("source", _("Source"), lambda row, _text: source_text(row.booking.source), "csv"),
)
_CSV_COLUMNS: Final = (
    _Column("name", _("Name"), lambda row, _text: row.booking.customer_name),
    _Column("email", _("E-mail"), lambda row, _text: row.booking.customer_email),
    _Column("phone", _("Phone"), lambda row, _text: phone_text(row.booking.customer_phone)),
    _Column("ref", _("Reference"), lambda row, _text: row.booking.ref),
    _Column("status", _("Status"), status_cell),
    _Column("offering", _("Offering"), lambda row, _text: row.offering.name),
    _Column("party", _("Guests"), lambda row, _text: str(row.booking.party)),
    _Column("starts", _("Start"), lambda row, text: text.sheet_time(row.booking.starts_at)),
    _Column("ends", _("End"), lambda row, text: text.sheet_time(row.booking.ends_at)),
    _Column("zone", _("Time zone"), lambda row, text: text.sheet_zone(row.booking.starts_at)),
    _Column("price", _("Price"), lambda row, text: text.sheet_amount(row.booking.price)),
    _Column("fee", _("Fee"), lambda row, text: text.sheet_amount(row.booking.fee)),
    _Column("currency", _("Currency"), lambda row, _text: row.booking.currency),
    _Column("created", _("Booked"), lambda row, text: text.sheet_time(row.booking.created_at)),
    _Column("source", _("Source"), lambda row, _text: source_text(row.booking.source)),
    _Column("answers", _("Answers"), answers_cell),
    _Column("guests", _("Guests by price"), guests_cell),
)
_FILTERS: Final = (
    blocks.Filter("day", _("Day, or from")),
    blocks.Filter("until", _("Until")),
    blocks.Filter("status", _("Status"), status_choices),
    blocks.Filter("offering", _("Offering"), offering_choices),
    blocks.Filter("party", _("Guests"), kind="number"),
    blocks.Filter("source", _("Source"), kind="text"),
)


class BookingResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    searches: reads.BookingSearches
    arrivals: Arrivals
    messages: BookingMessages
    links: BookingLinks
    acts: BookingActs
    access_log: AccessLog

    def resource(self) -> blocks.AdminResource[BookingMatch, msgspec.Struct]:
        return blocks.AdminResource(
            "bookings",
            _("Bookings"),
            "list",
            Permission.VIEW_BOOKINGS,
            list=blocks.Table(
                columns=_COLUMNS,
                csv_columns=_CSV_COLUMNS,
                fetch=self.fetch,
                key=lambda row: row.booking.ref,
                formatter=lambda row, page: page.formatter(row.venue),
                position=lambda row: reads.position_of(row.booking).text,
                sorts=get_args(reads.BookingOrder),
                search_label=_("Name, e-mail, phone or reference"),
                filters=_FILTERS,
                is_adjustable=True,
                empty=_("No bookings match. New ones are listed here as they are made."),
            ),
            subject=lambda row: HistorySubject(row.booking.booking_id, row.booking.currency),
            detail=blocks.Detail(
                load=self.searches.by_ref,
                shows_key=True,
                emails=self.messages.list,
                back=run_sheet_link,
                warning=lambda row, text: self.arrivals.warning(row.booking, text),
                undo=self.acts.undo_bar,
                sections=self.sections,
                viewed=self._viewed,
            ),
            actions=(
                *self.arrivals.actions(),
                *self.acts.actions(),
                self.messages.action(),
                self.links.action(),
            ),
        )

    def _viewed(self, page: PageContext, row: BookingMatch) -> None:
        subject = row.booking.booking_id
        self.access_log.note(page.org_id, page.context.actor, subject=subject, kind="booking")

    async def sections(self, page: PageContext, row: BookingMatch) -> tuple[DetailSection, ...]:
        """How it was, the price line by line, what was answered, and what staff noted."""
        gettext, formatter = page.translations.gettext, page.formatter(row.venue)
        price = DetailSection(
            title=gettext("Price"), lines=booking_price_lines(row.booking, row.offering, formatter)
        )
        async with self.searches.database.session() as session:
            note = await booking_note(session, page.org_id, row.booking.booking_id)
            rating = await rating_of(session, page.org_id, row.booking.booking_id)
        answers = tuple(
            Fact(*one) for one in answer_texts(answers_of(row.booking.answers), page.translations)
        )
        how_it_was = rating_facts(rating.stars, rating.words, formatter) if rating else ()
        sections = (
            DetailSection(title=gettext("How it was"), facts=how_it_was),
            price,
            DetailSection(title=gettext("Answers"), facts=answers),
            DetailSection(title=gettext("Note"), text=note.note),
        )
        return tuple(one for one in sections if one.lines or one.facts or one.text)

    async def fetch(self, page: PageContext, query: blocks.ListQuery) -> Sequence[BookingMatch]:
        status, offering = query.choice("status", reads.LISTED), query.uuid("offering")
        search = reads.BookingSearch(
            text=query.search,
            day=query.day("day"),
            last_day=query.day("until"),
            party=query.number("party"),
            source=query.filters.get("source") or None,
            statuses=OF_CUSTOMERS if status is None else (status,),
            offering_id=None if offering is None else OfferingId(offering),
            order=query.order(get_args(reads.BookingOrder)),
            after=TimePosition.parse(query.after),
            limit=query.limit,
        )
        return await find_bookings(self.searches, page.org_id, search)


def run_sheet_link(page: PageContext, row: BookingMatch) -> Link:
    """Back to where the booking is listed by time."""
    formatter, _ = page.formatter(row.venue), page.translations.gettext
    day = formatter.local(row.booking.starts_at).date()
    path = run_sheet_path(page.organisation.slug, day, row.booking.ref)
    if day == formatter.today(page.now):
        return Link(_("Back to today's list"), path)
    return Link(_("Back to the list of %(day)s", day=formatter.full_date(day)), path)


def source_text(source: Mapping[str, str] | None) -> str:
    return ", ".join(f"{name} {value}" for name, value in (source or {}).items())
