"""The resource of channels: e-mails by Make.com, SMS by a gateway, and tests of them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin_actions import Action, FormField, act_on_each, confirmation
from fullhouse.entrypoints.web.admin_views import DetailSection
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import VersionConflict
from fullhouse.kernel.ids import OrgId, derived_id
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.messages.actions.change_channels import ChangeChannels, ChannelSpec
from fullhouse.messages.actions.send_channel_test import RequestChannelTest
from fullhouse.messages.channel_store import channel_name, channel_of, channels_of
from fullhouse.messages.errors import UnknownChannel
from fullhouse.messages.limits import (
    ACKNOWLEDGE_MINUTES_DEFAULT,
    ACKNOWLEDGE_MINUTES_MAX,
    CHANNEL_KEY_CHARACTERS_MAX,
    SMS_PER_DAY_DEFAULT,
    SMS_PER_DAY_MAX,
    WEBHOOK_URL_CHARACTERS_MAX,
)
from fullhouse.messages.model import EmailKind
from fullhouse.messages.model import channel_texts as texts
from fullhouse.messages.model.channels import SMS_KINDS_FIRST, ChannelName, ChannelSettings
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_ALLOW: Final = Permission.MANAGE_ACCESS
_TEST_TIME: Final = timedelta(minutes=2)
"""So long the page of a channel waits for what becomes of a test."""
_Column = blocks.Column[ChannelSettings]
_COLUMNS: Final = (
    _Column(
        "channel",
        _("Channel"),
        lambda row, text: text.translations.gettext(texts.CHANNEL_NAMES[row.channel]),
    ),
    _Column("url", _("Address"), lambda row, _text: row.url, "wide"),
    _Column("state", _("Status"), texts.state_text, tone=texts.state_tone),
    _Column("failure", _("Latest answer"), lambda row, _text: row.failure, "csv"),
)
_GROUPS: Final = {
    _("Where messages go"): (
        FormField(
            "channel",
            _("Channel"),
            choices=texts.CHANNEL_CHOICES,
            kind="radio",
            only_new=True,
        ),
        FormField("url", _("Address"), texts.URL_HINT, texts.URL_REFUSED),
        FormField("key", _("Key"), texts.KEY_HINT, texts.KEY_REFUSED, autocomplete="off"),
        FormField("enabled", texts.ENABLED),
    ),
    _("For Make.com"): (
        FormField(
            "acknowledge_minutes",
            _("Wait for the scenario's confirmation"),
            texts.MINUTES_HINT,
            unit=_("minutes"),
        ),
    ),
    _("For an SMS gateway"): (
        FormField(
            "kinds",
            _("What guests are told by SMS"),
            texts.KINDS_HINT,
            choices=texts.SMS_CHOICES,
            kind="checkboxes",
        ),
        FormField("sms_per_day_max", _("At most so many in a day"), texts.SMS_PER_DAY_HINT),
    ),
}


class ChannelForm(msgspec.Struct, frozen=True, kw_only=True):
    """A channel; without a key the one that it has is kept."""

    channel: ChannelName = "make"
    url: Annotated[str, Meta(min_length=1, max_length=WEBHOOK_URL_CHARACTERS_MAX)]
    key: Annotated[str, Meta(max_length=CHANNEL_KEY_CHARACTERS_MAX)] = ""
    enabled: bool = True
    acknowledge_minutes: Annotated[int, Meta(ge=0, le=ACKNOWLEDGE_MINUTES_MAX)] = (
        ACKNOWLEDGE_MINUTES_DEFAULT
    )
    kinds: tuple[EmailKind, ...] = SMS_KINDS_FIRST
    sms_per_day_max: Annotated[int, Meta(ge=1, le=SMS_PER_DAY_MAX)] = SMS_PER_DAY_DEFAULT

    def read(self) -> ChannelSpec:
        return ChannelSpec(
            url=self.url,
            key=self.key or None,
            is_enabled=self.enabled,
            kinds=self.kinds,
            acknowledge_minutes=self.acknowledge_minutes,
            sms_per_day_max=self.sms_per_day_max,
        )


class ChannelResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    unit_of_work: UnitOfWorkFactory
    change: ChangeChannels
    test: RequestChannelTest

    def resource(self) -> blocks.AdminResource[ChannelSettings, ChannelForm]:
        return blocks.AdminResource(
            "channels",
            _("E-mail and SMS"),
            "email",
            _ALLOW,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=blocks.all_rows(self.unit_of_work.database, channels_of),
                key=lambda row: row.channel,
                lead=lambda page: page.translations.gettext(texts.CHANNELS_LEAD),
                empty=texts.NO_CHANNELS,
            ),
            detail=blocks.Detail(
                load=blocks.one_row(self.unit_of_work.database, _load_row, UnknownChannel),
                sections=self._sections,
                refreshes=self._awaits_test,
            ),
            form=blocks.Form(
                struct=ChannelForm,
                groups=_GROUPS,
                new_label=_("Set up a channel"),
                load=_load_row,
                stored=_stored,
                save=self._save,
                allow=_ALLOW,
                refusals={VersionConflict: ("channel", texts.CHANNEL_REFUSED)},
            ),
            actions=self._actions(),
            section="settings",
        )

    def _actions(self) -> tuple[Action[ChannelSettings], ...]:
        return (
            Action(
                "test",
                _("Send a test"),
                self._test,
                _ALLOW,
                texts.TESTED,
                fits=lambda row: row.is_enabled,
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

    async def _sections(self, page: PageContext, row: ChannelSettings) -> tuple[DetailSection, ...]:
        gettext = page.translations.gettext
        how = texts.HOW_MAKE if row.channel == "make" else texts.HOW_SMS
        return (
            DetailSection(
                title=gettext("Latest test"), text=texts.test_text(row, page.utc_formatter)
            ),
            DetailSection(title=gettext("How to set it up"), text=gettext(how)),
            DetailSection(
                title=gettext("Limit of a day"), text=texts.limit_text(row, page.utc_formatter)
            ),
        )

    def _awaits_test(self, row: ChannelSettings) -> bool:
        if row.tested_at is None or row.test_acknowledged_at is not None:
            return False
        return self.unit_of_work.clock.now() - row.tested_at < _TEST_TIME

    async def _save(self, uow: UnitOfWork, submission: blocks.Submission[ChannelForm]) -> str:
        fields, version = submission.fields, submission.version or 0
        await self.change.set(uow, fields.channel, fields.read(), expected_version=version)
        return fields.channel

    async def _test(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        refused = []
        for key in keys:
            async with self.unit_of_work(page.context, page.org_id) as uow:
                outcome = await self.test(uow, channel_name(key))
            if outcome != "asked":
                refused.append(page.translations.gettext(texts.TEST_REFUSED[outcome]))
        return refused

    async def _remove(self, page: PageContext, keys: Sequence[str]) -> Sequence[str]:
        return await act_on_each(
            self.unit_of_work,
            page,
            keys,
            act=lambda uow, key: self.change.remove(uow, channel_name(key)),
        )


async def _load_row(session: Session, org_id: OrgId, key: str) -> ChannelSettings:
    return await channel_of(session, org_id, channel_name(key))


def _stored(row: ChannelSettings) -> blocks.Stored[ChannelForm]:
    fields = ChannelForm(
        channel=row.channel,
        url=row.url,
        enabled=row.is_enabled,
        acknowledge_minutes=row.acknowledge_minutes,
        kinds=row.kinds,
        sms_per_day_max=row.sms_per_day_max,
    )
    row_id = derived_id("channel", str(row.org_id), row.channel)
    return blocks.Stored(texts.SERVICE_NAMES[row.channel], row.version, fields, row_id, "")
