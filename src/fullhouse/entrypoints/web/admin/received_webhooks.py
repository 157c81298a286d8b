"""The resource of received webhooks: what services reported, and its processing anew."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final, get_args

import msgspec

from fullhouse.booking.model.urls import admin_path
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.dead_letters import failed_jobs_link
from fullhouse.entrypoints.web.admin_actions import Action, confirmation
from fullhouse.entrypoints.web.forms import uuid_key
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice, Link
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.resilience import inbox_texts as texts
from fullhouse.resilience.errors import UnknownReceivedWebhook
from fullhouse.resilience.inbox import WebhookStatus
from fullhouse.resilience.inbox_replay import (
    ReceivedWebhook,
    WebhookSearch,
    received_webhook,
    received_webhooks,
    replay,
    webhook_sources,
)
from fullhouse.resilience.limits import RECEIVED_WEBHOOKS_KEPT_DAYS, RECEIVED_WEBHOOKS_SHOWN_MAX
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

_ALLOW: Final = Permission.MANAGE_ORGANISATION
_Column = blocks.Column[ReceivedWebhook]
_COLUMNS: Final = (
    _Column("received", _("Received"), lambda row, text: text.listed_time(row.received_at)),
    _Column("service", _("Service"), lambda row, _text: row.provider, "wide"),
    _Column(
        "state",
        _("Status"),
        lambda row, text: text.translations.gettext(texts.STATUS_NAMES[row.status]),
        tone=lambda row: texts.STATUS_TONES[row.status],
    ),
    _Column(
        "ended",
        _("Processed at"),
        lambda row, text: text.listed_time(row.ended_at) if row.ended_at else "",
        "wide",
    ),
    _Column(
        "again", _("Processed again"), lambda row, _text: str(row.replays), "wide", is_number=True
    ),
    _Column("event", _("Number at the service"), lambda row, _text: row.event_id, "csv"),
)


async def _services(session: Session, page: PageContext) -> Sequence[Choice]:
    found = await webhook_sources(session, page.org_id)
    return [Choice(one.provider, one.provider) for one in found]


async def _statuses(_session: Session, page: PageContext) -> Sequence[Choice]:
    gettext = page.translations.gettext
    return [Choice(status, gettext(name)) for status, name in texts.STATUS_NAMES.items()]


class ReceivedWebhookResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    unit_of_work: UnitOfWorkFactory

    def resource(self) -> blocks.AdminResource[ReceivedWebhook, msgspec.Struct]:
        return blocks.AdminResource(
            "received-webhooks",
            _("Received webhooks"),
            "key",
            _ALLOW,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self._fetch,
                key=lambda row: str(row.webhook_id),
                filters=(
                    blocks.Filter("service", _("Service"), _services),
                    blocks.Filter("status", _("Status"), _statuses),
                ),
                lead=lambda page: page.translations.gettext(texts.LEAD),
                empty=texts.EMPTY,
            ),
            detail=blocks.Detail(
                load=blocks.one_row(self.unit_of_work.database, _load, UnknownReceivedWebhook),
                links=lambda page, row: failed_jobs_link(page) if row.status == "failed" else (),
            ),
            actions=(
                Action(
                    "replay",
                    _("Process again"),
                    None,
                    _ALLOW,
                    texts.REPLAYED,
                    fits=lambda _row: True,
                    form=confirmation(self._replay, lead=texts.REPLAY_LEAD),
                ),
            ),
            section="audit",
        )

    async def _fetch(self, page: PageContext, query: blocks.ListQuery) -> Sequence[ReceivedWebhook]:
        now = self.unit_of_work.clock.now()
        search = WebhookSearch(
            now - timedelta(days=RECEIVED_WEBHOOKS_KEPT_DAYS),
            now + timedelta(days=1),
            query.filters.get("service") or None,
            query.choice("status", get_args(WebhookStatus)),
            RECEIVED_WEBHOOKS_SHOWN_MAX,
        )
        async with self.unit_of_work.database.session() as session:
            return await received_webhooks(session, page.org_id, search)

    async def _replay(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        ids = [uuid_key(key, UnknownReceivedWebhook) for key in keys]
        async with self.unit_of_work(page.context, page.org_id) as uow:
            await replay(uow, ids)
        return ()


def received_webhooks_link(page: PageContext) -> tuple[Link, ...]:
    """The way to what services have reported."""
    if not page.context.may(_ALLOW):
        return ()
    text = page.translations.gettext("Received webhooks")
    return (Link(text, admin_path(page.organisation.slug, "received-webhooks")),)


async def _load(session: Session, org_id: OrgId, key: str) -> ReceivedWebhook | None:
    return await received_webhook(session, org_id, uuid_key(key, UnknownReceivedWebhook))
