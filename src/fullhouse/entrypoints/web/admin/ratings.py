"""The resource of ratings: how guests liked their visits, and the average of the year."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from fullhouse.booking.errors import UnknownBooking
from fullhouse.booking.model.offering import OfferingId
from fullhouse.booking.model.urls import admin_path
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.choices import offering_choices
from fullhouse.entrypoints.web.forms import read_uuid
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice, Link
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.position import TimePosition
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.messages.limits import RATINGS_SUMMED_DAYS
from fullhouse.messages.model.rating_texts import average_text, rating_text, star_choices
from fullhouse.messages.ratings import (
    ListedRating,
    RatingSearch,
    find_ratings,
    listed_rating,
    rating_summary,
)
from fullhouse.storage.database import Database, Session

_Column = blocks.Column[ListedRating]
_COLUMNS: Final = (
    _Column("name", _("Name"), lambda row, _text: row.customer_name or row.ref),
    _Column(
        "stars",
        _("Rating"),
        lambda row, text: rating_text(row.stars, text),
        tone=lambda row: "good" if row.is_good else "warn",
    ),
    _Column("words", _("In their words"), lambda row, _text: row.words, "wide"),
    _Column("visit", _("Visit"), lambda row, text: text.listed_time(row.starts_at)),
    _Column("offering", _("Offering"), lambda row, _text: row.offering_name, "wide"),
    _Column("ref", _("Reference"), lambda row, _text: row.ref, "csv"),
    _Column("changed", _("Answered"), lambda row, text: text.listed_time(row.changed_at), "csv"),
)


async def _star_choices(_session: Session, page: PageContext) -> Sequence[Choice]:
    return [Choice(*one) for one in star_choices(page.translations)]


async def _load(session: Session, org_id: OrgId, key: str) -> ListedRating | None:
    booking_id = read_uuid(key)
    return None if booking_id is None else await listed_rating(session, org_id, booking_id)


class RatingResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    database: Database

    def resource(self) -> blocks.AdminResource[ListedRating, msgspec.Struct]:
        return blocks.AdminResource(
            "ratings",
            _("Ratings"),
            "email",
            Permission.VIEW_BOOKINGS,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self.fetch,
                key=lambda row: str(row.booking_id),
                formatter=_formatter,
                position=lambda row: row.position.text,
                summary=self.summary,
                filters=(
                    blocks.Filter("stars", _("Rating"), _star_choices),
                    blocks.Filter("offering", _("Offering"), offering_choices),
                ),
                empty=_(
                    "No ratings yet. Guests are asked after their visit once you set that under "
                    "Messages, Reminders and thanks."
                ),
            ),
            detail=blocks.Detail(
                load=blocks.one_row(self.database, _load, UnknownBooking), links=_links
            ),
            section="messages",
        )

    async def fetch(self, page: PageContext, query: blocks.ListQuery) -> Sequence[ListedRating]:
        offering = query.uuid("offering")
        search = RatingSearch(
            stars=query.number("stars"),
            offering_id=None if offering is None else OfferingId(offering),
            after=TimePosition.parse(query.after),
            limit=query.limit,
        )
        async with self.database.session() as session:
            return await find_ratings(session, page.org_id, search)

    async def summary(self, page: PageContext) -> str:
        since = page.now - timedelta(days=RATINGS_SUMMED_DAYS)
        async with self.database.session() as session:
            summary = await rating_summary(session, page.org_id, since)
        return average_text(summary.ratings, summary.average, page.utc_formatter)


def _links(page: PageContext, row: ListedRating) -> tuple[Link, ...]:
    path = admin_path(page.organisation.slug, f"bookings/{row.ref}")
    return (Link(page.translations.gettext("Open the booking"), path),)


def _formatter(row: ListedRating, page: PageContext) -> LocaleFormatter:
    return formatter_for(page.language, ZoneInfo(row.zone), country=row.country, now=page.now)
