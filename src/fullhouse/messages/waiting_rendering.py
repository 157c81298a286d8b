"""Rendering of the e-mail that says that a guest is on a waiting list, and how to leave it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from fullhouse.booking.reads.bookings import WaitingView
from fullhouse.kernel.timespan import Timespan
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.messages.composing import Composition, compose
from fullhouse.messages.facts import BookingFacts, who_and_where_of
from fullhouse.messages.model.email_texts import EmailTexts
from fullhouse.messages.rendering import (
    MessageRenderer,
    RenderedMessage,
    guest_fields,
    layout_of,
    local_time,
)
from fullhouse.people.model import Organisation


class WaitingRenderer(Struct, frozen=True):
    """Renders it with the templates and links of all other e-mails."""

    renderer: MessageRenderer

    def __call__(
        self,
        organisation: Organisation,
        view: WaitingView,
        *,
        now: datetime,
        texts: EmailTexts,
    ) -> RenderedMessage:
        formatter = formatter_for(
            view.entry.locale or organisation.locale,
            ZoneInfo(view.venue.zone),
            country=view.venue.country,
            now=now,
        )
        view = view.in_language(organisation.text_language(formatter.translations.language))
        email = self._composition(organisation, view, formatter)
        composed = compose(self.renderer.forms, email, texts)
        return RenderedMessage(
            subject=composed.subject,
            text=composed.text,
            html=composed.html,
            calendar=None,
            qr="",
            failed_text=composed.failed_text,
        )

    def _composition(
        self, organisation: Organisation, view: WaitingView, formatter: LocaleFormatter
    ) -> Composition:
        entry, translations = view.entry, formatter.translations
        when, people = _time(view, formatter), formatter.people(entry.party)
        urls = self.renderer.urls.of(organisation).waiting_list(
            organisation.slug, org_id=entry.org_id, entry_id=entry.entry_id
        )
        table = who_and_where_of(entry.customer_name, people, view.venue, formatter=formatter)
        fields = {
            **guest_fields(organisation, view.offering.name, view.venue),
            "name": entry.customer_name,
            "date_time": _short_time(view, formatter),
            "when": local_time(when, formatter),
            "guests": people,
            "link": urls.entry,
        }
        layout = {
            **layout_of("waiting", organisation, translations),
            "preview": f"{when} · {people}",
            "facts": BookingFacts(table, ()),
            "unsubscribe_url": "",
            "reason": translations.gettext(
                "You are receiving this e-mail because you joined the waiting list at %(org)s.",
                org=organisation.name,
            ),
        }
        return Composition("waiting", translations, fields, layout)


def _time(view: WaitingView, formatter: LocaleFormatter) -> str:
    """The time that the guest waits for, or the day when any time of it will do."""
    if view.entry.day_starts_at is None:
        return formatter.timespans([Timespan(view.slot.starts_at, view.slot.ends_at)])
    day = formatter.full_date(formatter.local(view.slot.starts_at).date())
    return formatter.translations.gettext("%(day)s, any time", day=day)


def _short_time(view: WaitingView, formatter: LocaleFormatter) -> str:
    if view.entry.day_starts_at is None:
        return formatter.date_time(view.slot.starts_at)
    return formatter.long_date(formatter.local(view.slot.starts_at).date())
