"""Rendering of an e-mail in the customer's language, as text, as HTML and with a calendar file."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
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
from fullhouse.messages.facts import BookingFacts, booking_facts, who_and_where_of
from fullhouse.messages.model import OPTIONAL_KINDS, EmailKind, has_ticket, qr_content_id
from fullhouse.messages.model.wording import WORDING
from fullhouse.messages.qr import qr_target
from fullhouse.messages.suppressions import address_id_of
from fullhouse.people.model import Organisation
from fullhouse.people.model.contact import phone_text

DEFAULT_ACCENT: Final = "#b45309"


class RenderedMessage(Struct, frozen=True):
    """The texts of an e-mail; `calendar` is the attached file, `qr` what its QR code says."""

    subject: str
    text: str
    html: str
    calendar: str | None
    qr: str


class RenderContext(Struct, frozen=True):
    """What an e-mail is about, in the state of now; `event` is what caused it."""

    kind: EmailKind
    organisation: Organisation
    view: BookingView
    now: datetime
    event: Event | None = None
    by_staff: bool = False


class MessageRenderer(Struct, frozen=True):
    """Renders e-mails. `address` is the organiser's for a business without one of its own."""

    urls: SignedUrls
    address: str
    templates: Environment

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
        has_qr = has_ticket(context.kind)
        values = {
            **_values(context, formatter),
            "url": self.url_of(context),
            "qr": qr_content_id(view.booking.ref) if has_qr else "",
            "unsubscribe_url": self.unsubscribe_url(
                organisation, context.kind, view.booking.customer_email
            ),
        }
        return RenderedMessage(
            subject=_subject(context, formatter),
            text=self.templates.get_template("email.txt").render(values),
            html=self.templates.get_template("email.html").render(values),
            calendar=self._calendar(context, formatter),
            qr=qr_target(self.urls, organisation.slug, view.booking) if has_qr else "",
        )

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

    def _calendar(self, context: RenderContext, formatter: LocaleFormatter) -> str | None:
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
            facts=booking_facts(context.view, organisation, formatter, now=context.now),
        )
        return calendar_file(context.view, details, method=method)


def email_templates() -> Environment:
    """The templates of e-mails. HTML is escaped; an undefined name is an error."""
    return Environment(
        loader=PackageLoader("fullhouse.messages"),
        autoescape=select_autoescape(("html",)),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _subject(context: RenderContext, formatter: LocaleFormatter) -> str:
    subject = formatter.translations.gettext(
        WORDING[context.kind].subject,
        offering=context.view.offering.name,
        date_time=formatter.date_time(context.view.booking.starts_at),
    )
    return one_line(subject)


def _values(context: RenderContext, formatter: LocaleFormatter) -> dict[str, object]:
    organisation, view = context.organisation, context.view
    booking, wording, org = view.booking, WORDING[context.kind], organisation.name
    _ = formatter.translations.gettext
    lead = (wording.lead_by_staff if context.by_staff else "") or wording.lead
    facts = booking_facts(view, organisation, formatter, now=context.now)
    if context.kind == "thanks":  # what to bring and what cancelling costs is over
        people = formatter.people(booking.party)
        table = who_and_where_of(booking.customer_name, people, view.venue, formatter=formatter)
        facts = BookingFacts(table, ())
    when = formatter.timespans(Timespan(slot.starts_at, slot.ends_at) for slot in view.slots)
    return {
        "language": formatter.translations.language,
        "accent": organisation.accent or DEFAULT_ACCENT,
        "org": org,
        "heading": _(wording.heading),
        "preview": f"{when} · {formatter.people(booking.party)} · {booking.ref}",
        "greeting": _("Hello %(name)s,", name=booking.customer_name),
        "lead": _(lead, until=formatter.date_time(booking.expires_at or booking.starts_at)),
        "sentence": sentence_of(context.event),
        "offering": view.offering.name,
        "when": _("%(when)s (local time in %(city)s)", when=when, city=formatter.zone_city()),
        "old_time": _old_time(context.event, formatter),
        "facts": facts,
        "reference": booking.ref,
        "qr_text": _("QR code of booking %(ref)s", ref=booking.ref),
        "labels": labels_of(formatter.translations),
        "button": _(wording.button),
        "questions": questions_of(organisation, formatter.translations),
        "reason": _(
            "You are receiving this e-mail because you joined the waiting list at %(org)s.", org=org
        )
        if context.kind == "offer"
        else _("You are receiving this e-mail because you booked with %(org)s.", org=org),
    }


def sentence_of(event: Event | None) -> str:
    """What the business says to the guest in its own words."""
    if isinstance(event, TimeClosed):
        return event.reason
    if isinstance(event, GuestWrittenTo):
        return event.text
    return event.reason if isinstance(event, Cancelled) and event.tells_guest else ""


def labels_of(translations: Translations) -> dict[str, str]:
    """The labels that the templates set."""
    _ = translations.gettext
    return {
        "when": _("When"),
        "old_time": _("Old time"),
        "reference": _("Reference"),
        "show": _("Show this at the entrance, on your phone or on paper."),
        "unsubscribe": _("Unsubscribe from e-mails like this one"),
    }


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
