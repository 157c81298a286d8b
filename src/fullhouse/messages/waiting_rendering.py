"""Rendering of the e-mail that says that a guest is on a waiting list, and how to leave it."""

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct

from fullhouse.booking.reads.bookings import WaitingView
from fullhouse.kernel.text import one_line
from fullhouse.kernel.timespan import Timespan
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.messages.facts import BookingFacts, who_and_where_of
from fullhouse.messages.model.wording import WORDING
from fullhouse.messages.rendering import (
    DEFAULT_ACCENT,
    MessageRenderer,
    RenderedMessage,
    labels_of,
    questions_of,
)
from fullhouse.people.model import Organisation


class WaitingRenderer(Struct, frozen=True):
    """Renders it with the templates and links of all other e-mails."""

    renderer: MessageRenderer

    def __call__(
        self, organisation: Organisation, view: WaitingView, *, now: datetime
    ) -> RenderedMessage:
        formatter = formatter_for(
            view.entry.locale or organisation.locale,
            ZoneInfo(view.venue.zone),
            country=view.venue.country,
            now=now,
        )
        view = view.in_language(organisation.text_language(formatter.translations.language))
        values, templates = self._values(organisation, view, formatter), self.renderer.templates
        wording = WORDING["waiting"]
        subject = formatter.translations.gettext(
            wording.subject,
            offering=view.offering.name,
            date_time=_short_time(view, formatter),
        )
        return RenderedMessage(
            subject=one_line(subject),
            text=templates.get_template("email.txt").render(values),
            html=templates.get_template("email.html").render(values),
            calendar=None,
            qr="",
        )

    def _values(
        self, organisation: Organisation, view: WaitingView, formatter: LocaleFormatter
    ) -> dict[str, object]:
        entry, wording, translations = view.entry, WORDING["waiting"], formatter.translations
        _ = translations.gettext
        when = _time(view, formatter)
        people = formatter.people(entry.party)
        table = who_and_where_of(entry.customer_name, people, view.venue, formatter=formatter)
        urls = self.renderer.urls.of(organisation).waiting_list(
            organisation.slug, org_id=entry.org_id, entry_id=entry.entry_id
        )
        return {
            "language": translations.language,
            "accent": organisation.accent or DEFAULT_ACCENT,
            "org": organisation.name,
            "heading": _(wording.heading),
            "preview": f"{when} · {people}",
            "greeting": _("Hello %(name)s,", name=entry.customer_name),
            "lead": _(wording.lead),
            "offering": view.offering.name,
            "when": _("%(when)s (local time in %(city)s)", when=when, city=formatter.zone_city()),
            "sentence": "",
            "old_time": "",
            "facts": BookingFacts(table, ()),
            "reference": "",
            "qr": "",
            "qr_text": "",
            "labels": labels_of(translations),
            "button": _(wording.button),
            "url": urls.entry,
            "unsubscribe_url": "",
            "questions": questions_of(organisation, translations),
            "reason": _(
                "You are receiving this e-mail because you joined the waiting list at %(org)s.",
                org=organisation.name,
            ),
        }


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
