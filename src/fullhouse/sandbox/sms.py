"""A gateway for text messages, in the form that most of them share."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct
from typing_extensions import override

from fullhouse.sandbox import signatures
from fullhouse.sandbox.acknowledgements import Outcome, acknowledgement
from fullhouse.sandbox.callbacks import Callback
from fullhouse.sandbox.deliveries import Content, MessageService
from fullhouse.sandbox.limits import MAKE_RUN_SECONDS
from fullhouse.sandbox.modes import Fault, converted
from fullhouse.sandbox.provider import (
    Call,
    ProviderAnswer,
    Replays,
    Routes,
    ServiceConfig,
    json_answer,
    remember,
)


class SmsConfig(ServiceConfig, frozen=True, forbid_unknown_fields=True):
    """`key` is the bearer key that requests must have, if any.

    Delivery reports go to `report_url`, signed with `secret`.
    """

    key: str = ""
    report_url: str = ""
    secret: str = "whsec_ZnVsbGhvdXNlIHNhbmRib3ggc21zIHNlY3JldA=="  # noqa: S105 - published on purpose
    report_seconds: float = MAKE_RUN_SECONDS
    outcome: Outcome = "delivered"


class SmsRequest(Struct, frozen=True):
    """A message as a client sends it; `to` in the form of E.164.

    One with an `acknowledge_url` is acknowledged there.
    """

    to: Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]
    text: Annotated[str, Meta(min_length=1, max_length=1600)]
    reference: Annotated[str, Meta(max_length=200)] = ""
    acknowledge_url: Annotated[str, Meta(max_length=2_000)] = ""


class SmsReport(Struct, frozen=True):
    """What became of a message."""

    id: str
    reference: str
    status: Literal["queued", "delivered", "failed"]


@dataclass(slots=True)
class SmsService(MessageService):
    """`POST /messages`, idempotent by `Idempotency-Key`, and `GET /messages/{id}`."""

    config: ServiceConfig = field(default_factory=SmsConfig)
    reports: dict[str, SmsReport] = field(default_factory=dict)
    replays: Replays = field(default_factory=Replays)

    @property
    @override
    def acts_when_lying(self) -> bool:
        """It reports what it does not deliver."""
        return True

    @override
    def routes(self) -> Routes:
        return {("POST", "/messages"): self.receive, ("GET", "/messages/{id}"): self.show}

    @override
    def error(self, status: int, text: str) -> ProviderAnswer:
        return json_answer({"error": text}, status)

    @override
    def state(self) -> Mapping[str, Sequence[object]]:
        return {"messages": list(self.deliveries.messages), "reports": [*self.reports.values()]}

    @override
    def clear(self) -> None:
        self.deliveries.clear()
        self.reports.clear()
        self.replays.answers.clear()

    async def receive(self, call: Call) -> ProviderAnswer:
        """Accept a message; the same key and body give the same id and no second message."""
        if not self._is_authorized(call):
            return self.error(HTTPStatus.UNAUTHORIZED, "The key is not valid")
        message = converted(call.json(), SmsRequest)
        return self.replays.once(
            call.headers.get("idempotency-key", ""),
            call.body,
            act=lambda: self._accept(message, call.fault),
            reused=lambda: self.error(HTTPStatus.UNPROCESSABLE_ENTITY, "The key is of another"),
        )

    async def show(self, call: Call) -> ProviderAnswer:
        """What became of a message."""
        if not self._is_authorized(call):
            return self.error(HTTPStatus.UNAUTHORIZED, "The key is not valid")
        report = self.reports.get(call.parts["id"])
        if report is None:
            return self.error(HTTPStatus.NOT_FOUND, "There is no message with this id")
        return json_answer(report)

    def _accept(self, message: SmsRequest, fault: Fault) -> ProviderAnswer:
        message_id = self.provider.new_id("sms_")
        remember(self.reports, message_id, SmsReport(message_id, message.reference, "queued"))
        self.provider.callbacks.run(self._deliver(message_id, message, fault))
        return json_answer({"id": message_id}, HTTPStatus.ACCEPTED)

    @property
    def _config(self) -> SmsConfig:
        assert isinstance(self.config, SmsConfig)
        return self.config

    def _is_authorized(self, call: Call) -> bool:
        key = self._config.key
        return not key or call.headers.get("authorization") == f"Bearer {key}"

    async def _deliver(self, message_id: str, message: SmsRequest, fault: Fault) -> None:
        config = self._config
        await asyncio.sleep(config.report_seconds)
        if config.outcome == "delivered":
            content = Content(
                recipient=message.to, text=message.text, message_id=message.reference or message_id
            )
            self.deliveries.deliver(content, fault)
        report = SmsReport(message_id, message.reference, config.outcome)
        remember(self.reports, message_id, report)
        if message.acknowledge_url:
            callback = acknowledgement(
                self.provider.clock,
                message.acknowledge_url,
                message_id=message.reference,
                outcome=config.outcome,
                secret=config.secret,
            )
            self.provider.send(callback, fault)
        self.provider.send(
            Callback(
                url=config.report_url,
                body=msgspec.json.encode(report),
                secret=config.secret,
                sign=lambda secret, body: signatures.standard_webhook(
                    secret,
                    body,
                    message_id=f"report_{message_id}",
                    at=int(self.provider.clock.now().timestamp()),
                ),
            ),
            fault,
        )
