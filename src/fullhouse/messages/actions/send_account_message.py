"""Send an e-mail about an account: a link, or that something has changed.

Nothing of it is stored: its link is a way in. A token is made for each attempt, so none waits in a
row for a mail server; a repeated attempt has the same Message-ID.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from jinja2 import Environment

from fullhouse.booking.model.urls import (
    confirm_email_path,
    invitation_path,
    reset_path,
    sign_up_path,
)
from fullhouse.jobs.effects import Effect
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import OrgId, derived_id
from fullhouse.messages.account_rendering import (
    AccountMessageContext,
    render_account_message,
)
from fullhouse.messages.limits import ACCOUNT_MESSAGE_ATTEMPTS_MAX
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import Email
from fullhouse.messages.ports import Mailer, outcome_of_sending
from fullhouse.people.actions.issue_account_link import IssueAccountLink, LinkPurpose
from fullhouse.people.errors import UnknownInvitation
from fullhouse.people.model import AccountId
from fullhouse.people.model.account_messages import AccountMessagePayload
from fullhouse.people.model.accounts import AccountProfile
from fullhouse.people.model.invitations import InvitationId
from fullhouse.people.reads.accounts import credentials_of, invitation_by_id
from fullhouse.people.reads.organisations import organisation_by_id
from fullhouse.people.reads.profiles import account_profile
from fullhouse.storage.database import Database
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("messages")
_SENDER: Final = "Fullhouse"
_WITH_LINK: Final = frozenset({"reset", "account_exists", "confirm_email", "approve_email"})
"""Kinds whose link is a way in: an account that is disabled gets none."""


@dataclass(frozen=True, slots=True)
class SendAccountMessage:
    """The job: find whom to tell what, make the link, send."""

    database: Database
    issue_link: IssueAccountLink
    mailer: Mailer
    templates: Environment
    clock: Clock
    metrics: MessageMetrics
    base_url: str

    async def __call__(self, effect: Effect) -> None:
        """A recipient that is refused is no failure: the address was typed by somebody."""
        payload = effect.payload_as(AccountMessagePayload)
        context = await self._context(effect, payload)
        if context is None:
            return
        rendered = render_account_message(self.templates, context)
        email = Email(
            message_id=derived_id("account message", str(effect.org_id), effect.key),
            recipient=context.recipient,
            subject=rendered.subject,
            text=rendered.text,
            html=rendered.html,
            calendar=None,
            sender_name=context.org or _SENDER,
            reply_to="",
        )
        is_last = effect.tries >= ACCOUNT_MESSAGE_ATTEMPTS_MAX
        outcome = await outcome_of_sending(self.mailer, email, is_last=is_last)
        self.metrics.outcomes.labels(context.kind, outcome).inc()
        _LOG.info("messages.account_message_sent", kind=context.kind, outcome=outcome)

    async def _context(
        self, effect: Effect, payload: AccountMessagePayload
    ) -> AccountMessageContext | None:
        if payload.kind == "invitation":
            return await self._invitation(effect)
        if payload.kind == "sign_up":
            return await self._sign_up(payload)
        if payload.account_id is None:
            return None  # nobody has the login that was typed
        account_id = AccountId(payload.account_id)
        async with self.database.session() as session:
            account = await account_profile(session, account_id)
        return None if account is None else await self._about(account, payload)

    async def _sign_up(self, payload: AccountMessagePayload) -> AccountMessageContext | None:
        """The link for an address without an account; the owner of one is told that there is."""
        async with self.database.session() as session:
            known = await credentials_of(session, payload.email)
            account = await account_profile(session, known.account_id) if known else None
        if account is not None:
            about = AccountMessagePayload("account_exists", account.account_id, payload.email)
            return await self._about(account, about)
        token = await self.issue_link(None, "sign_up", email=payload.email)
        return AccountMessageContext(
            kind="sign_up",
            recipient=payload.email,
            locale=payload.locale,
            email=payload.email,
            url=self.base_url + sign_up_path(token),
        )

    async def _about(
        self, account: AccountProfile, payload: AccountMessagePayload
    ) -> AccountMessageContext | None:
        kind = payload.kind
        goes_elsewhere = kind in {"confirm_email", "email_changed"}
        recipient = payload.email if goes_elsewhere else account.email
        if not recipient or (account.is_disabled and kind in _WITH_LINK):
            return None
        url = ""
        if kind in {"reset", "account_exists"}:
            token = await self.issue_link(account.account_id, "reset", email=recipient)
            url = self.base_url + reset_path(token)
        elif kind in {"confirm_email", "approve_email"}:
            purpose: LinkPurpose = "confirm_email" if kind == "confirm_email" else "approve_email"
            token = await self.issue_link(account.account_id, purpose, email=payload.email)
            url = self.base_url + confirm_email_path(token)
        return AccountMessageContext(
            kind=kind,
            recipient=recipient,
            locale=account.locale,
            name=account.name,
            org=await self._name_of(payload.org_id),
            email=payload.email,
            url=url,
        )

    async def _name_of(self, org_id: UUID | None) -> str:
        """The name of the business that an e-mail is about; empty for none."""
        if org_id is None:
            return ""
        async with self.database.session() as session:
            organisation = await organisation_by_id(session, OrgId(org_id))
        return "" if organisation is None else organisation.name

    async def _invitation(self, effect: Effect) -> AccountMessageContext | None:
        invitation_id = InvitationId(effect.subject)
        async with self.database.session() as session:
            organisation = await organisation_by_id(session, effect.org_id)
            try:
                invitation = await invitation_by_id(
                    session, effect.org_id, invitation_id, now=self.clock.now()
                )
            except UnknownInvitation:
                return None  # it was taken back
        token = await self.issue_link.invitation(effect.org_id, invitation_id)
        if token is None or organisation is None:
            return None
        return AccountMessageContext(
            kind="invitation",
            recipient=invitation.email,
            locale=organisation.locale,
            org=organisation.name,
            url=self.base_url + invitation_path(token),
        )
