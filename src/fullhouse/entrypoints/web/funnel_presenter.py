"""Presenter of the way of guests to a booking: a sentence, by offering, by source. Pure."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from fullhouse.booking.funnel_texts import (
    funnel_sentence,
    source_text,
    step_counts,
    step_titles,
)
from fullhouse.booking.model.funnel import Funnel, by_offering, by_source
from fullhouse.booking.model.urls import admin_path
from fullhouse.entrypoints.web.limits import FUNNEL_SPANS
from fullhouse.entrypoints.web.views import Link
from fullhouse.localisation.formatter import LocaleFormatter


class FunnelRow(msgspec.Struct, frozen=True):
    """An offering or a source: the counts, and of a hundred who looked how many booked."""

    name: str
    counts: tuple[str, ...]
    percent: int
    percent_text: str


class FunnelView(msgspec.Struct, frozen=True):
    """The page."""

    title: str
    sentence: str
    spans: tuple[Link, ...]
    heads: tuple[str, ...]
    offerings: tuple[FunnelRow, ...]
    sources: tuple[FunnelRow, ...]
    csv_href: str


class FunnelPresenter(msgspec.Struct, frozen=True):
    """Presents counts of so many days; `names` are those of the offerings by id."""

    org: str
    text: LocaleFormatter
    names: Mapping[str, str]
    days: int

    def view(self, found: Sequence[Funnel]) -> FunnelView:
        translations = self.text.translations
        return FunnelView(
            title=translations.gettext("From visit to booking"),
            sentence=funnel_sentence(found, self.text),
            spans=tuple(
                Link(
                    translations.ngettext("%(n)s day", "%(n)s days", days),
                    admin_path(self.org, "funnel", days=days),
                    current=days == self.days,
                )
                for days in FUNNEL_SPANS
            ),
            heads=tuple(step_titles(translations)),
            offerings=self._rows(by_offering(found), lambda one: self.names[one.offering_id]),
            sources=self._rows(by_source(found), lambda one: source_text(one.source, translations)),
            csv_href=admin_path(self.org, "funnel.csv", days=self.days),
        )

    def _rows(
        self, found: Sequence[Funnel], name: Callable[[Funnel], str]
    ) -> tuple[FunnelRow, ...]:
        text = self.text
        return tuple(
            FunnelRow(
                name(one),
                tuple(map(text.figure, step_counts(one))),
                one.confirmed_percent,
                text.percent(one.confirmed_percent),
            )
            for one in found
        )
