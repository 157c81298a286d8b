"""Rendering of an e-mail in the customer's language, as text, as HTML and with a calendar file."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from msgspec import Struct, structs

from fullhouse.booking.events import Cancelled, GuestWrittenTo, Rescheduled, TimeClosed
from fullhouse.booking.model.urls import SignedUrls, organisation_path
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.kernel.events import Event
from fullhouse.kernel.text import one_line
from fullhouse.kernel.timespan import Timespan
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.translations import Translations
from fullhouse.messages.calendar_file import InvitationDetails, calendar_file, method_of
from fullhouse.messages.composing import ComposedEmail, Composition, compose
from fullhouse.messages.email_forms import EmailForms
from fullhouse.messages.facts import (
    BookingFacts,
    booking_facts,
    fee_text,
    guests_text,
    place_of,
    price_text,
    who_and_where_of,
)
from fullhouse.messages.model import OPTIONAL_KINDS, EmailKind, qr_content_id
from fullhouse.messages.model.channels import sms_text
from fullhouse.messages.model.email_texts import EmailTexts
from fullhouse.messages.model.wording import WORDING
from fullhouse.messages.qr import qr_target
from fullhouse.messages.suppressions import address_id_of
from fullhouse.people.model import Organisation, Venue
from fullhouse.people.model.contact import phone_text, readable_address

DEFAULT_ACCENT: Final = "#b45309"


class RenderedMessage(Struct, frozen=True):
    """The texts of an e-mail; `calendar` is the attached file, `qr` what its QR code says.

    `failed_text` is the language of a text of the business that could not be used. `sms` is what an
    SMS about the same says.
    """

    subject: str
    text: str
    html: str
    calendar: str | None
    qr: str
    failed_text: str = ""
    sms: str = ""


class RenderContext(Struct, frozen=True):
    """What an e-mail is about, in the state of now; `event` is what caused it."""

    kind: EmailKind
    organisation: Organisation
    view: BookingView
    now: datetime
    event: Event | None = None
    by_staff: bool = False
    texts: EmailTexts = {}


class MessageRenderer(Struct, frozen=True):
    """Renders e-mails. `address` is the organiser's for a business without one of its own."""

    urls: SignedUrls
    address: str
    forms: EmailForms

    def __call__(self, context: RenderContext) -> RenderedMessage:
        view, organisation = context.view, context.organisation
        formatter = formatter_for(
            view.booking.locale or organisation.locale,
            ZoneInfo(view.venue.zone),
            country=view.venue.country,
            now=context.now,
        )
        language = organisation.text_language(formatter.translations.language)
        context = structs.replace(context, view=view.in_language(language))
        facts = _facts(context, formatter)
        email = self._composition(context, formatter, facts)
        composed = compose(self.forms, email, context.texts)
        target = qr_target(self.urls, organisation.slug, view.booking)
        return RenderedMessage(
            subject=composed.subject,
            text=composed.text,
            html=composed.html,
            calendar=self._calendar(context, facts),
            qr=target if composed.has_ticket else "",
            failed_text=composed.failed_text,
            sms=self._sms(context, composed),
        )

    def _sms(self, context: RenderContext, composed: ComposedEmail) -> str:
        """The text of the business, else the subject with what it has to say; and the link."""
        subject = (f"{composed.subject}.", sentence_of(context.event))
        sentences = (composed.sms,) if composed.sms else subject
        return sms_text(context.organisation.name, sentences, self.url_of(context))

    def url_of(self, context: RenderContext) -> str:
        """Where the message leads."""
        org, booking = context.organisation.slug, context.view.booking
        signed = self.urls.of(context.organisation)
        if context.kind == "offer" and booking.entry_id is not None:
            return signed.waiting_list(org, org_id=booking.org_id, entry_id=booking.entry_id).entry
        if context.kind == "address_change":  # without a token: another may read it
            return signed.base_url + organisation_path(org)
        if context.kind == "thanks":
            return signed.booking(org, booking, purpose="rate").rating
        urls = signed.booking(org, booking)
        return urls.change if context.kind == "closing" else urls.ticket

    def unsubscribe_url(self, organisation: Organisation, kind: EmailKind, recipient: str) -> str:
        """Where a recipient unsubscribes; empty for what every guest has to know."""
        if kind not in OPTIONAL_KINDS:
            return ""
        org_id = organisation.org_id
        return self.urls.of(organisation).unsubscribe(
            organisation.slug, org_id=org_id, address_id=address_id_of(org_id, recipient)
        )

    def _composition(
        self, context: RenderContext, formatter: LocaleFormatter, facts: BookingFacts
    ) -> Composition:
        organisation, booking = context.organisation, context.view.booking
        translations, people = formatter.translations, formatter.people(booking.party)
        layout = {
            **layout_of(context.kind, organisation, translations),
            "preview": f"{_when(context.view, formatter)} · {people} · {booking.ref}",
            "facts": facts,
            "qr": qr_content_id(booking.ref),
            "qr_text": translations.gettext("QR code of booking %(ref)s", ref=booking.ref),
            "reason": _reason(context, translations),
            "unsubscribe_url": self.unsubscribe_url(
                organisation, context.kind, booking.customer_email
            ),
        }
        fields = _fields(context, formatter, url=self.url_of(context))
        return Composition(context.kind, translations, fields, layout)

    def _calendar(self, context: RenderContext, facts: BookingFacts) -> str | None:
        """The file with a link that only shows the booking: calendars are shared."""
        method = method_of(context.kind)
        if method is None:
            return None
        organisation = context.organisation
        signed = self.urls.of(organisation)
        details = InvitationDetails(
            business=one_line(organisation.name),
            address=organisation.email or self.address,
            url=signed.booking(organisation.slug, context.view.booking, purpose="show").ticket,
            created_at=context.now,
            facts=facts,
            sent_by=self.address,
        )
        return calendar_file(context.view, details, method=method)


def _fields(context: RenderContext, formatter: LocaleFormatter, *, url: str) -> dict[str, str]:
    """The values that the text can have."""
    organisation, view = context.organisation, context.view
    booking, words = view.booking, sentence_of(context.event)
    return {
        **guest_fields(organisation, view.offering.name, view.venue),
        "name": booking.customer_name,
        "date_time": formatter.date_time(booking.starts_at),
        "when": local_time(_when(view, formatter), formatter),
        "guests": guests_text(booking, formatter),
        "link": url,
        "reference": booking.ref,
        "price": price_text(booking, formatter),
        "old_time": _old_time(context.event, formatter),
        "fee": fee_text(view, formatter),
        "reason": words,
        "message": words,
        "by_business": organisation.name if context.by_staff else "",
        "until": formatter.date_time(booking.expires_at or booking.starts_at),
    }


def _facts(context: RenderContext, formatter: LocaleFormatter) -> BookingFacts:
    view = context.view
    if context.kind != "thanks":
        return booking_facts(view, context.organisation, formatter, now=context.now)
    # What to bring and what cancelling costs is over
    people, name = formatter.people(view.booking.party), view.booking.customer_name
    return BookingFacts(who_and_where_of(name, people, view.venue, formatter=formatter), ())


def _reason(context: RenderContext, translations: Translations) -> str:
    """Why the guest gets the e-mail."""
    org = context.organisation.name
    if context.kind == "offer":
        return translations.gettext(
            "You are receiving this e-mail because you joined the waiting list at %(org)s.", org=org
        )
    return translations.gettext(
        "You are receiving this e-mail because you booked with %(org)s.", org=org
    )


def _when(view: BookingView, formatter: LocaleFormatter) -> str:
    return formatter.timespans(Timespan(slot.starts_at, slot.ends_at) for slot in view.slots)


def guest_fields(organisation: Organisation, offering: str, venue: Venue) -> dict[str, str]:
    """The fields of texts that are the same for every guest of an offering."""
    return {
        "business": organisation.name,
        "offering": offering,
        "place": place_of(venue),
        "phone": phone_text(organisation.phone),
        "email": readable_address(organisation.email),
    }


def layout_of(
    kind: EmailKind, organisation: Organisation, translations: Translations
) -> dict[str, object]:
    """What the layout shows of every e-mail of the business."""
    return {
        "accent": organisation.accent or DEFAULT_ACCENT,
        "org": organisation.name,
        "labels": labels_of(translations),
        "button": translations.gettext(WORDING[kind].button),
        "questions": questions_of(organisation, translations),
    }


def local_time(when: str, formatter: LocaleFormatter) -> str:
    return formatter.translations.gettext(
        "%(when)s (local time in %(city)s)", when=when, city=formatter.zone_city()
    )


def sentence_of(event: Event | None) -> str:
    """What the business says to the guest in its own words."""
    if isinstance(event, TimeClosed):
        return event.reason
    if isinstance(event, GuestWrittenTo):
        return event.text
    return event.reason if isinstance(event, Cancelled) and event.tells_guest else ""


class EmailLabels(Struct, frozen=True):
    """The labels that the templates set."""

    when: str
    old_time: str
    reference: str
    show: str
    unsubscribe: str


def labels_of(translations: Translations) -> EmailLabels:
    _ = translations.gettext
    return EmailLabels(
        when=_("When"),
        old_time=_("Old time"),
        reference=_("Reference"),
        show=_("Show this at the entrance, on your phone or on paper."),
        unsubscribe=_("Unsubscribe from e-mails like this one"),
    )


def _old_time(event: Event | None, formatter: LocaleFormatter) -> str:
    """The time that a booking was moved from; empty for any other event."""
    return formatter.date_time(event.from_starts_at) if isinstance(event, Rescheduled) else ""


def questions_of(organisation: Organisation, translations: Translations) -> str:
    """Whom to ask; empty for a business without address and phone."""
    _, phone = translations.gettext, phone_text(organisation.phone)
    if organisation.answers_to and phone:
        return _("Questions? Reply to this e-mail, or call %(phone)s.", phone=phone)
    if organisation.answers_to:
        return _("Questions? Reply to this e-mail.")
    return _("Questions? Call %(phone)s.", phone=phone) if phone else ""
