"""The resource of messages: what was sent to whom about which booking, and whether it arrived."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Final, get_args
from uuid import UUID

import msgspec

from fullhouse.booking.model.urls import admin_path
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.choices import message_kind_choices, message_status_choices
from fullhouse.entrypoints.web.admin_actions import Action
from fullhouse.entrypoints.web.admin_views import EmailPreview
from fullhouse.entrypoints.web.forms import uuid_key
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.booking_messages import can_send_again, send_again
from fullhouse.entrypoints.web.views import Link
from fullhouse.http.response import NO_STORE, IsolatedDocument, Response
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.position import TimePosition
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop
from fullhouse.messages.errors import UnknownMessage
from fullhouse.messages.model import EmailKind, Message, UnsentStatus
from fullhouse.messages.model.names import (
    KIND_NAMES,
    ROUTE_NAMES,
    delivery_name,
    delivery_tone,
    recipient_text,
)
from fullhouse.messages.qr import with_qr_shown
from fullhouse.messages.reads import (
    MessageSearch,
    MessageSummary,
    find_messages,
    message_by_id,
    message_summary,
)
from fullhouse.people.model import Venue
from fullhouse.people.reads.organisations import venues
from fullhouse.storage.database import Database


class MessageRow(msgspec.Struct, frozen=True):
    """An e-mail of the list, and the venue whose time the list has."""

    message: MessageSummary
    venue: Venue | None


def _status_cell(row: MessageRow, formatter: LocaleFormatter) -> str:
    message, gettext = row.message, formatter.translations.gettext
    has_arrived = message.acknowledged_at is not None
    return gettext(delivery_name(message.status, message.recipient, has_arrived=has_arrived))


def _route_cell(row: MessageRow, formatter: LocaleFormatter) -> str:
    return formatter.translations.gettext(ROUTE_NAMES[row.message.route])


def _kind_cell(row: MessageRow, formatter: LocaleFormatter) -> str:
    return formatter.translations.gettext(KIND_NAMES[row.message.kind])


def _about_cell(row: MessageRow, formatter: LocaleFormatter) -> str:
    return row.message.ref or formatter.translations.gettext("Waiting list")


def _recipient_cell(row: MessageRow, _formatter: LocaleFormatter) -> str:
    return recipient_text(row.message.channel, row.message.recipient)


_Column = blocks.Column[MessageRow]
_COLUMNS: Final = (
    _Column("recipient", _("To"), _recipient_cell),
    _Column("kind", _("Kind"), _kind_cell, "wide"),
    _Column("route", _("Sent by"), _route_cell, "csv"),
    _Column("about", _("Booking"), _about_cell, "wide"),
    _Column(
        "when",
        _("Time"),
        lambda row, text: text.listed_time(row.message.sent_at or row.message.created_at),
        "wide",
    ),
    _Column(
        "status", _("Status"), _status_cell, tone=lambda row: delivery_tone(row.message.status)
    ),
    _Column("subject", _("Subject"), lambda row, _text: row.message.subject, "csv"),
    _Column("reason", _("Reason"), lambda row, _text: row.message.last_error, "csv"),
)
_FILTERS: Final = (
    blocks.Filter("status", _("Status"), message_status_choices),
    blocks.Filter("kind", _("Kind"), message_kind_choices),
)
_SENT_AGAIN: Final = ngettext_noop(
    "%(n)s e-mail is about to be sent again.", "%(n)s e-mails are about to be sent again."
)
_POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "sandbox; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
"""Nothing in an e-mail is run, fetched, followed or sent from its preview."""


class MessageResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    database: Database
    sends_email: bool

    def resource(self) -> blocks.AdminResource[MessageRow, msgspec.Struct]:
        return blocks.AdminResource(
            "messages",
            _("Messages"),
            "email",
            Permission.VIEW_MESSAGES,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self.fetch,
                key=lambda row: str(row.message.message_id),
                formatter=_formatter,
                position=lambda row: row.message.position.text,
                lead=_lead,
                filters=_FILTERS,
                empty=_(
                    "No e-mails here. Confirmations, changes and offers from the waiting list are "
                    "listed as they are sent."
                ),
            ),
            detail=blocks.Detail(
                load=self.load,
                title=lambda row, _text: row.message.subject,
                links=_links,
                preview=self.preview,
            ),
            links=list_links,
            actions=(
                Action(
                    "send-again",
                    _("Send again"),
                    self.send_again,
                    Permission.CHANGE_BOOKINGS,
                    _SENT_AGAIN,
                    self.fits_send_again,
                ),
            ),
        )

    def fits_send_again(self, row: MessageRow) -> bool:
        status, recipient = row.message.status, row.message.recipient
        return can_send_again(status, recipient, sends_email=self.sends_email)

    async def fetch(self, page: PageContext, query: blocks.ListQuery) -> Sequence[MessageRow]:
        search = MessageSearch(
            kind=query.choice("kind", get_args(EmailKind)),
            status=query.choice("status", get_args(UnsentStatus)),
            after=TimePosition.parse(query.after),
            limit=query.limit,
        )
        async with self.database.session() as session:
            found = await find_messages(session, page.org_id, search)
            places = await venues(session, page.org_id)
        venue = places[0] if places else None
        return [MessageRow(one, venue) for one in found]

    async def load(self, org_id: OrgId, key: str) -> MessageRow:
        """Raises `UnknownMessage`."""
        async with self.database.session() as session:
            found = await message_summary(session, org_id, _message_id(key))
            places = await venues(session, org_id)
        if found is None:
            raise UnknownMessage
        return MessageRow(found, places[0] if places else None)

    async def send_again(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        """Send the e-mails again that were not sent; a reason for each that needs no sending."""
        refused = [await send_again(self.database, page, _message_id(key)) for key in keys]
        return [reason for reason in refused if reason]

    async def preview(self, page: PageContext, row: MessageRow) -> EmailPreview:
        """The e-mail as it is sent: the HTML is a document of its own."""
        message = await self._message(page, row.message.message_id)
        return EmailPreview(
            text=message.body_text,
            html_href=admin_path(page.organisation.slug, f"messages/{message.message_id}/html"),
        )

    async def html(self, page: PageContext) -> Response:
        """The HTML of an e-mail for its preview, with the picture that mail programs are sent."""
        message = await self._message(page, _message_id(page.path_parameter("key")))
        return email_document(with_qr_shown(message.body_html, message.qr))

    async def _message(self, page: PageContext, message_id: UUID) -> Message:
        async with self.database.session() as session:
            message = await message_by_id(session, page.org_id, message_id)
        if message is None:
            raise UnknownMessage
        return message


def email_document(html: str, status: int = HTTPStatus.OK) -> Response:
    """The HTML of an e-mail as a document for a frame."""
    headers = (
        (b"content-type", b"text/html; charset=utf-8"),
        (b"content-security-policy", _POLICY.encode()),
        NO_STORE,
    )
    return IsolatedDocument(status, html.encode(), headers)


def _message_id(key: str) -> UUID:
    return uuid_key(key, UnknownMessage)


def _formatter(row: MessageRow, page: PageContext) -> LocaleFormatter:
    return page.utc_formatter if row.venue is None else page.formatter(row.venue)


def list_links(page: PageContext) -> tuple[Link, ...]:
    """The ways to how e-mails look and by what they go."""
    gettext, org = page.translations.gettext, page.organisation.slug
    examples = Link(gettext("How e-mails look"), admin_path(org, "e-mails"))
    links = [examples]
    if page.context.may(Permission.MANAGE_ORGANISATION):
        links.append(Link(gettext("Reminders and thanks"), admin_path(org, "reminders")))
        links.append(Link(gettext("Daily overview"), admin_path(org, "digest")))
    links.append(Link(gettext("Ratings"), admin_path(org, "ratings")))
    if page.context.may(Permission.MANAGE_ACCESS):
        links.append(Link(gettext("E-mail and SMS"), admin_path(org, "channels")))
    return tuple(links)


def _lead(page: PageContext) -> str:
    gettext = page.translations.gettext
    if page.sends_email:
        return gettext("All e-mails to guests.")
    return gettext(
        "All e-mails to guests. No mail server is set up: what goes by nothing else is not sent."
    )


def _links(page: PageContext, row: MessageRow) -> tuple[Link, ...]:
    """The way to what the e-mail is about."""
    ref, gettext = row.message.ref, page.translations.gettext
    if ref is None:
        return ()
    path = admin_path(page.organisation.slug, f"bookings/{ref}")
    return (Link(gettext("Open the booking"), path),)
