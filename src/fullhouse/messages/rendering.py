"""Rendering of an e-mail in the customer's language, as text, as HTML and with a calendar file."""

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from msgspec import Struct

from fullhouse.booking.model.urls import SignedUrls
from fullhouse.booking.reads.bookings import BookingView
from fullhouse.kernel.money import Money
from fullhouse.kernel.timespan import Timespan
from fullhouse.localisation.formatter import LocaleFormatter, formatter_for
from fullhouse.localisation.translations import Translations
from fullhouse.messages.calendar_file import InvitationDetails, calendar_file, method_of
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model.wording import WORDING
from fullhouse.people.model import Organisation
from fullhouse.people.model.contact import phone_text

_DEFAULT_ACCENT: Final = "#b45309"


class RenderedMessage(Struct, frozen=True):
    """The texts of an e-mail; `calendar` is the attached file."""

    subject: str
    text: str
    html: str
    calendar: str | None


class RenderContext(Struct, frozen=True):
    """What an e-mail is about, in the state of now."""

    kind: EmailKind
    organisation: Organisation
    view: BookingView
    now: datetime


class MessageRenderer(Struct, frozen=True):
    """Renders e-mails. `address` is the organiser's for a business without one of its own."""

    urls: SignedUrls
    address: str
    templates: Environment

    def __call__(self, context: RenderContext) -> RenderedMessage:
        view = context.view
        url = self._url(context)
        formatter = formatter_for(
            view.booking.locale or context.organisation.locale,
            ZoneInfo(view.venue.zone),
            country=view.venue.country,
        )
        values = _values(context, formatter, url)
        subject = formatter.translations.gettext(
            WORDING[context.kind].subject,
            offering=view.offering.name,
            date_time=formatter.date_time(view.booking.starts_at),
        )
        return RenderedMessage(
            subject=_one_line(subject),
            text=self.templates.get_template("email.txt").render(values),
            html=self.templates.get_template("email.html").render(values),
            calendar=self._calendar(context),
        )

    def _url(self, context: RenderContext) -> str:
        org, booking = context.organisation.slug, context.view.booking
        if context.kind == "offer" and booking.entry_id is not None:
            return self.urls.waiting_list(
                org, org_id=booking.org_id, entry_id=booking.entry_id
            ).entry
        return self.urls.booking(org, booking).ticket

    def _calendar(self, context: RenderContext) -> str | None:
        """The file with a link that only shows the booking: calendars are shared."""
        method = method_of(context.kind)
        if method is None:
            return None
        organisation = context.organisation
        details = InvitationDetails(
            business=_one_line(organisation.name),
            address=organisation.email or self.address,
            url=self.urls.booking(organisation.slug, context.view.booking, purpose="show").ticket,
            created_at=context.now,
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


def _values(context: RenderContext, formatter: LocaleFormatter, url: str) -> dict[str, object]:
    organisation, view = context.organisation, context.view
    booking, wording, org = view.booking, WORDING[context.kind], organisation.name
    _ = formatter.translations.gettext
    return {
        "language": formatter.translations.language,
        "accent": organisation.accent or _DEFAULT_ACCENT,
        "org": org,
        "heading": _(wording.heading),
        "greeting": _("Hello %(name)s,", name=booking.customer_name),
        "lead": _(wording.lead, until=formatter.date_time(booking.expires_at or booking.starts_at)),
        "offering": view.offering.name,
        "details": _details(context, formatter),
        "directions": "" if context.kind == "cancellation" else view.venue.directions,
        "button": _(wording.button),
        "url": url,
        "questions": _questions(organisation, formatter.translations),
        "reason": _("You get this mail because you are on the waiting list of %(org)s.", org=org)
        if context.kind == "offer"
        else _("You get this mail because you booked with %(org)s.", org=org),
    }


def _details(context: RenderContext, formatter: LocaleFormatter) -> list[tuple[str, str]]:
    """Labels and values of the booking."""
    pgettext = formatter.translations.pgettext
    view = context.view
    booking, venue = view.booking, view.venue
    if context.kind == "cancellation":
        fee = Money(booking.fee_amount, booking.currency)
        amount = (pgettext("email", "Fee"), formatter.money(fee))
    else:
        amount = (pgettext("email", "Price"), formatter.money(booking.price))
    spans = (Timespan(slot.starts_at, slot.ends_at) for slot in view.slots)
    place = ", ".join(part for part in (venue.name, venue.address) if part)
    return [
        (pgettext("email", "When"), formatter.timespans(spans)),
        (pgettext("email", "Party"), formatter.people(booking.party)),
        (pgettext("email", "Where"), place),
        amount,
        (pgettext("email", "Reference"), booking.ref),
    ]


def _questions(organisation: Organisation, translations: Translations) -> str:
    """Whom to ask; empty for a business without address and phone."""
    _, phone = translations.gettext, phone_text(organisation.phone)
    if organisation.email and phone:
        return _("Questions? Just answer this mail, or call %(phone)s.", phone=phone)
    if organisation.email:
        return _("Questions? Just answer this mail.")
    return _("Questions? Call %(phone)s.", phone=phone) if phone else ""


def _one_line(text: str) -> str:
    """Without line breaks, which would end a header."""
    return " ".join(text.split())
