"""The resource of webhooks: where events are sent, how it goes, and what was sent."""

from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from fullhouse.booking.model.event_texts import AUDIT_TEXTS
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin_actions import Action, FormField, act_on_each, confirmation
from fullhouse.entrypoints.web.admin_views import Cell, DetailSection, Header, RowView
from fullhouse.entrypoints.web.forms import uuid_key
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.messages.actions.change_webhooks import Again, ChangeWebhooks, EndpointSpec
from fullhouse.messages.errors import TooManyWebhooks, UnknownWebhook
from fullhouse.messages.limits import WEBHOOK_URL_CHARACTERS_MAX, WEBHOOKS_SHOWN_MAX
from fullhouse.messages.model import webhook_texts as texts
from fullhouse.messages.model.webhooks import EndpointId, WebhookEndpoint
from fullhouse.messages.webhook_reads import (
    DeliverySearch,
    WebhookAttempt,
    WebhookDelivery,
    webhook_deliveries,
    webhook_endpoint,
    webhook_endpoints,
)
from fullhouse.messages.webhook_turns import lock_endpoint
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_ALLOW: Final = Permission.MANAGE_ACCESS
_Column = blocks.Column[WebhookEndpoint]
_COLUMNS: Final = (
    _Column("url", _("Address"), lambda row, _text: row.url),
    _Column("kinds", _("Events"), texts.kinds_text, "wide"),
    _Column("state", _("Status"), texts.state_text, tone=texts.state_tone),
    _Column(
        "undelivered",
        _("Not sent yet"),
        lambda row, _text: str(row.undelivered),
        "wide",
        is_number=True,
    ),
)
_GROUPS: Final = {
    _("Where and what"): (
        FormField("url", _("Address"), texts.URL_HINT, texts.URL_REFUSED),
        FormField(
            "kinds", _("Events"), texts.KINDS_HINT, choices=texts.KIND_CHOICES, kind="checkboxes"
        ),
        FormField("enabled", texts.ENABLED),
    )
}


class WebhookForm(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint."""

    url: Annotated[str, Meta(min_length=1, max_length=WEBHOOK_URL_CHARACTERS_MAX)]
    kinds: tuple[str, ...] = ()
    enabled: bool = True

    def read(self) -> EndpointSpec:
        return EndpointSpec(self.url, self.kinds, self.enabled)


class WebhookResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    unit_of_work: UnitOfWorkFactory
    change: ChangeWebhooks

    def resource(self) -> blocks.AdminResource[WebhookEndpoint, WebhookForm]:
        return blocks.AdminResource(
            "webhooks",
            _("Webhooks"),
            "key",
            _ALLOW,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=blocks.all_rows(self.unit_of_work.database, webhook_endpoints),
                key=lambda row: str(row.endpoint_id),
                lead=lambda page: page.translations.gettext(texts.WEBHOOKS_LEAD),
                empty=texts.NO_WEBHOOKS,
            ),
            detail=blocks.Detail(
                load=blocks.one_row(self.unit_of_work.database, _load_row, UnknownWebhook),
                sections=self._sections,
            ),
            form=blocks.Form(
                struct=WebhookForm,
                groups=_GROUPS,
                new_label=_("Add a webhook"),
                load=_load_row,
                stored=_stored,
                save=self._save,
                allow=_ALLOW,
                refusals={TooManyWebhooks: ("url", texts.TOO_MANY)},
            ),
            actions=self._actions(),
            section="team",
        )

    def _actions(self) -> tuple[Action[WebhookEndpoint], ...]:
        """What cannot be undone says first what it does."""
        return (
            Action(
                "send-again",
                _("Send failed events again"),
                self._send_again,
                _ALLOW,
                texts.SENT_AGAIN,
                fits=lambda _row: True,
            ),
            Action(
                "new-secret",
                _("New secret"),
                None,
                _ALLOW,
                texts.RENEWED,
                fits=lambda _row: True,
                form=confirmation(self._renew, lead=texts.NEW_SECRET_LEAD),
            ),
            Action(
                "remove",
                _("Remove"),
                None,
                _ALLOW,
                texts.REMOVED,
                fits=lambda _row: True,
                form=confirmation(self._remove, lead=texts.REMOVE_LEAD, removes_row=True),
            ),
        )

    async def _sections(self, page: PageContext, row: WebhookEndpoint) -> tuple[DetailSection, ...]:
        gettext = page.translations.gettext
        async with self.unit_of_work.database.transaction() as session:
            locked = await lock_endpoint(session, row.org_id, row.endpoint_id)
            search = DeliverySearch(WEBHOOKS_SHOWN_MAX)
            sent = await webhook_deliveries(session, row, search)
        secret = f"{gettext(texts.SECRET_TEXT)}\n{self.change.secret_of(locked)}"
        text = page.utc_formatter
        headers = (
            Header(gettext("Event"), "always", is_number=False),
            Header(gettext("Time"), "wide", is_number=False),
            Header(gettext("Status"), "always", is_number=False),
            Header(gettext("Attempts"), "wide", is_number=True),
            Header(gettext("Latest answer"), "wide", is_number=False),
        )
        rows = tuple(_sent_row(one, attempts, text) for one, attempts in sent)
        return (
            DetailSection(title=gettext("Secret"), text=secret),
            DetailSection(
                title=gettext("Latest events"),
                text="" if rows else gettext("Nothing was sent yet."),
                headers=headers,
                rows=rows,
            ),
        )

    async def _save(self, uow: UnitOfWork, submission: blocks.Submission[WebhookForm]) -> str:
        spec = submission.fields.read()
        if submission.version is not None:
            endpoint_id = EndpointId(submission.row_id)
            await self.change.change(uow, endpoint_id, spec, expected_version=submission.version)
            return str(endpoint_id)
        return str(await self.change.add(uow, spec))

    async def _send_again(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        again = Again(None, None, None, only_failed=True)
        return await act_on_each(
            self.unit_of_work,
            page,
            keys,
            act=lambda uow, key: self.change.send_again(uow, _endpoint_id(key), again),
        )

    async def _renew(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        return await act_on_each(
            self.unit_of_work,
            page,
            keys,
            act=lambda uow, key: self.change.rotate_secret(uow, _endpoint_id(key)),
        )

    async def _remove(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        return await act_on_each(
            self.unit_of_work,
            page,
            keys,
            act=lambda uow, key: self.change.remove(uow, _endpoint_id(key)),
        )


def _endpoint_id(key: str) -> EndpointId:
    return EndpointId(uuid_key(key, UnknownWebhook))


async def _load_row(session: Session, org_id: OrgId, key: str) -> WebhookEndpoint:
    return await webhook_endpoint(session, org_id, _endpoint_id(key))


def _stored(row: WebhookEndpoint) -> blocks.Stored[WebhookForm]:
    fields = WebhookForm(url=row.url, kinds=row.kinds, enabled=row.disabled_at is None)
    return blocks.Stored(row.url, row.version, fields, row.endpoint_id, "")


def _sent_row(
    one: WebhookDelivery, attempts: Sequence[WebhookAttempt], text: LocaleFormatter
) -> RowView:
    translations = text.translations
    status = translations.pgettext("event", texts.DELIVERY_NAMES[one.status])
    answer = attempts[-1] if attempts else None
    said = f"{answer.status_code or ''} {answer.answer}".strip() if answer else ""
    return RowView(
        str(one.event_seq),
        "",
        (
            Cell(translations.gettext(AUDIT_TEXTS[one.kind]), "always", is_number=False),
            Cell(text.listed_time(one.created_at), "wide", is_number=False),
            Cell(status, "always", is_number=False, tone=texts.DELIVERY_TONES[one.status]),
            Cell(str(len(attempts)), "wide", is_number=True),
            Cell(said, "wide", is_number=False),
        ),
    )
