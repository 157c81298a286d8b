"""The sections of a customer's page: engagement, notes, bookings, consent, and the parts. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from fullhouse.booking.history_texts import history_lines
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.status_names import status_name, status_tone
from fullhouse.booking.model.urls import admin_path
from fullhouse.booking.reads.bookings import HistoryEntry
from fullhouse.customers.events import ConsentGiven, ConsentWithdrawn
from fullhouse.customers.model import CustomerRecord, engagement
from fullhouse.customers.reads.customers import CustomerBooking
from fullhouse.entrypoints.web.admin_views import Cell, DetailSection, Header, RowView
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.messages.facts import Fact
from fullhouse.messages.model import SuppressionReason
from fullhouse.messages.model.names import REFUSAL_NAMES
from fullhouse.people.model import Venue
from fullhouse.people.model.contact import phone_text


class CustomerRow(msgspec.Struct, frozen=True):
    """A customer of the list or the page; `parts` were merged into it."""

    customer: CustomerRecord
    venue: Venue | None
    now: datetime
    parts: tuple[CustomerRecord, ...] = ()


def formatter_of(row: CustomerRow, page: PageContext) -> LocaleFormatter:
    return page.utc_formatter if row.venue is None else page.formatter(row.venue)


def engagement_section(row: CustomerRow, formatter: LocaleFormatter) -> DetailSection:
    gettext = formatter.translations.gettext
    return DetailSection(
        title=gettext("Engagement"),
        text=gettext(
            "%(score)s of 100: 12 for each booking up to 5; 40 when the last one is at most 90 "
            "days ago or yet to come, 20 within a year; 15 less for each no-show.",
            score=formatter.number(engagement(row.customer, now=row.now)),
        ),
    )


def note_sections(row: CustomerRow, page: PageContext) -> Sequence[DetailSection]:
    """The notes of the customer and of those that were merged into it."""
    title = page.translations.gettext("Note")
    texts = [one.note for one in (row.customer, *row.parts) if one.note]
    return [DetailSection(title=title, text="\n\n".join(texts))] if texts else []


def consent_section(
    history: Sequence[HistoryEntry], formatter: LocaleFormatter
) -> DetailSection | None:
    """Each consent and withdrawal, with when and by whom it was recorded."""
    kinds = {ConsentGiven.kind(), ConsentWithdrawn.kind()}
    lines = history_lines([one for one in history if one.kind in kinds], formatter, "")
    facts = tuple(Fact(line.text, f"{line.when}, {line.who}") for line in lines)
    title = formatter.translations.gettext("Consent to news")
    return DetailSection(title=title, facts=facts) if facts else None


def emails_section(
    refused: Mapping[SuppressionReason, datetime], formatter: LocaleFormatter
) -> DetailSection | None:
    """Why the address gets only what belongs to a booking, and since when."""
    gettext = formatter.translations.gettext
    facts = tuple(
        Fact(gettext(REFUSAL_NAMES[reason]), formatter.date_time(at))
        for reason, at in refused.items()
    )
    return DetailSection(title=gettext("No thanks by e-mail"), facts=facts) if facts else None


def part_section(row: CustomerRow, page: PageContext) -> DetailSection | None:
    if not row.parts:
        return None
    facts = tuple(
        Fact(one.name or one.email, " · ".join(filter(None, (one.email, phone_text(one.phone)))))
        for one in row.parts
    )
    return DetailSection(title=page.translations.gettext("Merged of"), facts=facts)


def bookings_section(
    page: PageContext,
    formatter: LocaleFormatter,
    *,
    bookings: Sequence[CustomerBooking],
    offerings: Mapping[OfferingId, Offering],
) -> DetailSection | None:
    """The bookings as a table, each with a link to its page."""
    if not bookings:
        return None
    gettext = page.translations.gettext
    headers = (
        Header(gettext("Time"), "always", is_number=False),
        Header(gettext("Offering"), "wide", is_number=False),
        Header(gettext("Guests"), "wide", is_number=True),
        Header(gettext("Status"), "always", is_number=False),
    )
    rows = [
        RowView(
            one.ref,
            admin_path(page.organisation.slug, f"bookings/{one.ref}"),
            (
                Cell(formatter.listed_time(one.starts_at), "always", is_number=False),
                Cell(offerings[one.offering_id].name, "wide", is_number=False),
                Cell(str(one.party), "wide", is_number=True),
                Cell(
                    status_name(one.status, page.translations),
                    "always",
                    is_number=False,
                    tone=status_tone(one.status),
                ),
            ),
        )
        for one in bookings
    ]
    return DetailSection(title=gettext("Bookings"), headers=headers, rows=tuple(rows))
