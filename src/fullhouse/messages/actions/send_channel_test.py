"""Send a test through a channel, to the person who asks or to the phone of the business."""

from dataclasses import dataclass
from datetime import timedelta
from html import escape
from typing import Final

from fullhouse.booking.model.urls import SignedUrls
from fullhouse.jobs.effects import Effect, EffectRequest, Priority, enqueue
from fullhouse.kernel.errors import ServiceUnavailable
from fullhouse.kernel.ids import Ids
from fullhouse.localisation.negotiation import supported_locale
from fullhouse.localisation.translations import translations_of
from fullhouse.messages.actions.hand_over_message import gateway_request
from fullhouse.messages.channel_store import lock_channel, open_channel
from fullhouse.messages.events import ChannelTested
from fullhouse.messages.limits import CHANNEL_TESTS_PER_HOUR_MAX
from fullhouse.messages.model import Email
from fullhouse.messages.model.channels import (
    TEST_CHANNEL,
    ChannelName,
    ChannelTestOutcome,
    ChannelTestPayload,
    is_sms_number,
    make_body,
    sms_body,
)
from fullhouse.messages.ports import MessageGateway
from fullhouse.people.model import AccountId, Organisation
from fullhouse.people.reads.organisations import organisation_by_id
from fullhouse.people.reads.profiles import account_profile
from fullhouse.people.updates import locked_organisation
from fullhouse.storage.database import Database
from fullhouse.storage.sealing import Sealer
from fullhouse.storage.unit_of_work import UnitOfWork

_RESTS: Final = "It failed several times, and rests for a while."


@dataclass(frozen=True, slots=True)
class RequestChannelTest:
    """Has a test sent once this commits; an event says who tested what."""

    ids: Ids

    async def __call__(self, uow: UnitOfWork, channel: ChannelName) -> ChannelTestOutcome:
        """Raises `UnknownChannel`."""
        await locked_organisation(uow.session, uow.org_id)  # so that counting is exact
        await lock_channel(uow.session, uow.org_id, channel)
        recipient = await self._recipient(uow, channel)
        if not recipient:
            return "no_address" if channel == "make" else "no_phone"
        sent = await uow.session.fetch_value(
            "messages.tests_since",
            int,
            org_id=uow.org_id,
            subject=uow.org_id,
            kind=ChannelTested.kind(),
            since=uow.now - timedelta(hours=1),
        )
        if (sent or 0) >= CHANNEL_TESTS_PER_HOUR_MAX:
            return "too_many"
        test_id = self.ids.uuid()
        await uow.session.execute(
            "messages.begin_channel_test",
            org_id=uow.org_id,
            channel=channel,
            test_id=test_id,
            at=uow.now,
        )
        uow.record(uow.org_id, ChannelTested(channel=channel))
        request = EffectRequest(
            org_id=uow.org_id,
            key=f"{TEST_CHANNEL}/{test_id}",
            kind=TEST_CHANNEL,
            subject=test_id,
            correlation_id=uow.context.correlation_id,
            payload=ChannelTestPayload(channel, recipient),
            priority=Priority.URGENT,
        )
        await enqueue(uow.session, [request])
        return "asked"

    async def _recipient(self, uow: UnitOfWork, channel: ChannelName) -> str:
        """Empty for an account without a confirmed address, or a business without a phone."""
        if channel == "sms":
            organisation = await organisation_by_id(uow.session, uow.org_id)
            assert organisation is not None, "who asks is of an organisation"
            return organisation.phone if is_sms_number(organisation.phone) else ""
        account_id = uow.context.principal.id
        if account_id is None:
            return ""
        account = await account_profile(uow.session, AccountId(account_id))
        if account is None or account.email_verified_at is None:
            return ""
        return account.email or ""


@dataclass(frozen=True, slots=True)
class SendChannelTest:
    """The job. It asks once, and keeps the answer for the page that shows it."""

    database: Database
    gateway: MessageGateway
    sealer: Sealer
    urls: SignedUrls

    async def __call__(self, effect: Effect) -> None:
        payload = effect.payload_as(ChannelTestPayload)
        async with self.database.session() as session:
            channel = await open_channel(session, effect.org_id, payload.channel)
            organisation = await organisation_by_id(session, effect.org_id)
        if channel is None or organisation is None or channel.test_id != effect.subject:
            return
        body = self._body(effect, organisation, payload)
        request = gateway_request(channel, self.sealer, effect.subject, body=body)
        try:
            text = (await self.gateway.send(channel.channel, request)).text
        except ServiceUnavailable:
            text = _RESTS
        async with self.database.transaction() as session:
            await session.execute(
                "messages.record_channel_test",
                org_id=effect.org_id,
                channel=channel.channel,
                test_id=effect.subject,
                answer=text,
            )

    def _body(
        self, effect: Effect, organisation: Organisation, payload: ChannelTestPayload
    ) -> bytes:
        _ = translations_of(supported_locale(organisation.locale)).gettext
        text = _("This is a test by %(org)s. It works.", org=organisation.name)
        url = self.urls.acknowledge(
            organisation.slug, org_id=effect.org_id, message_id=effect.subject
        )
        if payload.channel == "sms":
            return sms_body(payload.recipient, text, message_id=effect.subject, acknowledge_url=url)
        email = Email(
            message_id=effect.subject,
            recipient=payload.recipient,
            subject=text,
            text=text,
            html=f"<p>{escape(text)}</p>",
            calendar=None,
            sender_name=organisation.name,
            reply_to=organisation.email,
        )
        return make_body(email, organisation, about=None, acknowledge_url=url)
