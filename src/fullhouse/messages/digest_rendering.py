"""Rendering of the overview of the day, in the language of its reader."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from jinja2 import Environment
from msgspec import Struct

from fullhouse.booking.model.urls import admin_path
from fullhouse.kernel.text import one_line
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.messages.account_rendering import RenderedAccountMessage
from fullhouse.messages.composing import html_of
from fullhouse.messages.needs import Need
from fullhouse.messages.rendering import DEFAULT_ACCENT
from fullhouse.people.model import Organisation


class BookingsOfDay(Struct, frozen=True):
    """Who comes; the first and the last start at these times, if somebody comes."""

    bookings: int
    people: int
    first_at: datetime | None
    last_at: datetime | None


class DigestFacts(Struct, frozen=True):
    """What a morning's overview says; ratings are those since the morning before."""

    day: date
    bookings: BookingsOfDay
    places: int
    left: int
    ratings: int
    average: float | None
    needs: Sequence[Need]

    @property
    def has_news(self) -> bool:
        return bool(self.bookings.bookings or self.ratings or self.needs)


class DigestReader(Struct, frozen=True):
    """For whom it is, and at `stop_url` is it no more."""

    organisation: Organisation
    name: str
    base_url: str
    stop_url: str

    def url(self, need: Need) -> str:
        return self.base_url + admin_path(self.organisation.slug, need.page, **need.query)


def render_digest(
    templates: Environment, facts: DigestFacts, reader: DigestReader, *, formatter: LocaleFormatter
) -> RenderedAccountMessage:
    """Subject, text and HTML; texts of people are escaped in it."""
    _, org = formatter.translations.gettext, reader.organisation
    day = formatter.long_date(facts.day)
    subject = f"{day}: {_bookings(facts, formatter)}"
    values = {
        "language": formatter.translations.language,
        "accent": org.accent or DEFAULT_ACCENT,
        "org": org.name,
        "heading": day,
        "lines": tuple(_lines(facts, formatter)),
        "needs_heading": _("Needs a look"),
        "needs": [(need.text, reader.url(need)) for need in facts.needs],
        "button": _("Open the overview"),
        "url": reader.url(Need("", "overview")),
        "reason": _(
            "You are receiving this e-mail because you work for %(org)s and it was set up for "
            "you. On a day without bookings and news there is none.",
            org=org.name,
        ),
        "stop": _("Stop sending me this e-mail"),
        "stop_url": reader.stop_url,
        "greeting": _("Hello %(name)s,", name=reader.name) if reader.name else "",
    }
    return RenderedAccountMessage(
        one_line(subject),
        templates.get_template("digest.txt").render(values),
        html_of(templates, "digest.html", values),
    )


def _bookings(facts: DigestFacts, formatter: LocaleFormatter) -> str:
    _, ngettext = formatter.translations.gettext, formatter.translations.ngettext
    bookings = facts.bookings
    if not bookings.bookings:
        return _("no bookings")
    count = ngettext("%(n)s booking", "%(n)s bookings", bookings.bookings)
    return f"{count}, {formatter.people(bookings.people)}"


def _lines(facts: DigestFacts, formatter: LocaleFormatter) -> Iterator[str]:
    _, ngettext = formatter.translations.gettext, formatter.translations.ngettext
    bookings = facts.bookings
    if bookings.first_at is None or bookings.last_at is None:
        yield _("No one is expected today.")
    else:
        yield _(
            "Today: %(bookings)s, the first at %(first)s and the last at %(last)s.",
            bookings=_bookings(facts, formatter),
            first=formatter.time(bookings.first_at),
            last=formatter.time(bookings.last_at),
        )
    if facts.places:
        yield ngettext(
            "%(left)s of %(n)s place is left.",
            "%(left)s of %(n)s places are left.",
            facts.places,
            left=formatter.figure(facts.left),
        )
    if facts.average is not None:
        yield ngettext(
            "%(n)s new rating: %(average)s of 5 stars.",
            "%(n)s new ratings: %(average)s of 5 stars.",
            facts.ratings,
            average=formatter.figure(round(facts.average, 1)),
        )
