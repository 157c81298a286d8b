"""Ways to tell people of alerts: by e-mail, by a signed webhook, and to Slack."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final
from urllib.parse import urlsplit

import msgspec

from fullhouse.integrations.http_client import HttpClient
from fullhouse.integrations.limits import ALERT_WEBHOOK_SECONDS_MAX
from fullhouse.kernel.ids import derived_id
from fullhouse.messages.errors import RecipientDeferred, RecipientRejected
from fullhouse.messages.model import Email
from fullhouse.messages.model.webhooks import SignedRequest, sign
from fullhouse.messages.ports import Mailer
from fullhouse.observability.alert_texts import json_of, slack_json_of, subject_of, text_of
from fullhouse.observability.alert_watch import AlertNotice
from fullhouse.storage.database import Database
from fullhouse.telemetry.log import get_logger

_LOG: Final = get_logger("alerts")
_SLACK_HOSTS = frozenset({"hooks.slack.com"})
_SUCCESS = range(200, 300)


class AlertNotDelivered(Exception):
    """A channel of alerts did not take a message."""


class OperatorAddress(msgspec.Struct, frozen=True):
    """An operator who can sign in and has confirmed an address."""

    email: str


@dataclass(slots=True)
class EmailAlerts:
    """To the given addresses, or without any to those of the operators as they were read last."""

    mailer: Mailer
    base_url: str
    given: Sequence[str] = ()
    name: str = "email"
    _operators: Sequence[str] = field(default_factory=tuple)

    async def prepare(self, database: Database) -> None:
        if not self.given:
            async with database.unrestricted.session() as session:
                rows = await session.fetch("people.operator_addresses", OperatorAddress)
            self._operators = [row.email for row in rows]

    async def send(self, notice: AlertNotice) -> None:
        """To each, whoever else's mailbox does not take it.

        Raises `AlertNotDelivered` when no mail server took it for anybody.
        """
        sent, refused = 0, None
        for recipient in self.given or self._operators:
            try:
                sent += await self.mailer.send(self._email(notice, recipient)) == "sent"
            except (RecipientRejected, RecipientDeferred) as error:
                refused = error
                _LOG.warning("alert.recipient_refused", error=error)
        if not sent:
            reason = "There is no mail server, or nobody to write to."
            raise AlertNotDelivered(reason) from refused

    def _email(self, notice: AlertNotice, recipient: str) -> Email:
        text = text_of(notice, self.base_url)
        return Email(
            message_id=derived_id("alert", str(notice.message_id), recipient),
            recipient=recipient,
            subject=subject_of(notice),
            text=text,
            html=f"<!doctype html><meta charset=utf-8><pre>{escape(text)}</pre>",
            calendar=None,
            sender_name="Fullhouse",
            reply_to="",
        )


@dataclass(frozen=True, slots=True)
class WebhookAlerts:
    """To an address of the operator's: as Slack takes it, or signed by Standard Webhooks."""

    http: HttpClient
    url: str
    base_url: str
    secret: bytes | None = None
    name: str = "webhook"

    async def prepare(self, database: Database) -> None:
        """Nothing is read."""

    async def send(self, notice: AlertNotice) -> None:
        """Raises `AlertNotDelivered` for any answer but 2xx."""
        answer = await self.http.send(self.request(notice), seconds_max=ALERT_WEBHOOK_SECONDS_MAX)
        if answer.status_code not in _SUCCESS:
            raise AlertNotDelivered(f"It answered {answer.status_code or answer.text}.")

    def request(self, notice: AlertNotice) -> SignedRequest:
        """The request, in the form that its receiver takes."""
        is_slack = urlsplit(self.url).hostname in _SLACK_HOSTS
        content = (slack_json_of if is_slack else json_of)(notice, self.base_url)
        body, headers = msgspec.json.encode(content), {"Content-Type": "application/json"}
        if self.secret is not None and not is_slack:
            headers |= sign(
                body, message_id=str(notice.message_id), at=notice.at, secrets=[self.secret]
            )
        return SignedRequest(self.url, headers, body)


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Posts to an address that calls when it does not hear of us: a dead man's switch."""

    http: HttpClient
    url: str

    async def __call__(self) -> None:
        """An answer is not asked for: who does not hear of us calls."""
        await self.http.send(
            SignedRequest(self.url, {"Content-Type": "application/json"}, b"{}"),
            seconds_max=ALERT_WEBHOOK_SECONDS_MAX,
        )
