"""Make.com: a webhook that starts a scenario, which delivers the message and acknowledges it."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Literal

import msgspec
from typing_extensions import override

from fullhouse.kernel.errors import InvalidInput
from fullhouse.sandbox import signatures
from fullhouse.sandbox.callbacks import Callback
from fullhouse.sandbox.deliveries import Content, Deliveries, text_of
from fullhouse.sandbox.limits import (
    MAKE_PERIOD_SECONDS,
    MAKE_QUEUE_MAX,
    MAKE_REQUESTS_MAX,
    MAKE_RUN_SECONDS,
)
from fullhouse.sandbox.modes import Fault
from fullhouse.sandbox.provider import (
    Call,
    Json,
    Provider,
    ProviderAnswer,
    Routes,
    Service,
    ServiceConfig,
    json_object,
)


class MakeConfig(ServiceConfig, frozen=True, forbid_unknown_fields=True):
    """The scenario. `key` is the one that requests must have, if any.

    `acknowledge_url` is for messages that name none; `secret` signs acknowledgements.
    """

    key: str = ""
    acknowledge_url: str = ""
    secret: str = "whsec_ZnVsbGhvdXNlIHNhbmRib3ggbWFrZSBzZWNyZXQ="  # noqa: S105 - published on purpose
    queue_max: int = MAKE_QUEUE_MAX
    requests_max: int = MAKE_REQUESTS_MAX
    run_seconds: float = MAKE_RUN_SECONDS
    outcome: Literal["delivered", "failed"] = "delivered"
    """What the scenario comes to, and acknowledges."""


@dataclass(slots=True)
class MakeService(Service):
    """https://help.make.com/webhooks, with its limits of requests and of its queue."""

    provider: Provider
    config: ServiceConfig = field(default_factory=MakeConfig)
    deliveries: Deliveries = field(init=False)
    recent: deque[float] = field(default_factory=deque)
    """When the requests of the last period came."""
    waiting: int = 0

    def __post_init__(self) -> None:
        self.deliveries = Deliveries(self.provider.clock)

    @property
    @override
    def acts_when_lying(self) -> bool:
        """It acknowledges what it does not deliver."""
        return True

    @override
    def routes(self) -> Routes:
        return {("POST", "/hook/{id}"): self.receive}

    @override
    def error(self, status: int, text: str) -> ProviderAnswer:
        return _plain(text, status)

    @override
    def state(self) -> Mapping[str, Sequence[object]]:
        return {"messages": list(self.deliveries.messages)}

    @override
    def clear(self) -> None:
        self.deliveries.clear()

    async def receive(self, call: Call) -> ProviderAnswer:
        """Queue a run of the scenario; 200 says nothing about its delivery."""
        config = self._config
        if config.key and call.headers.get("x-make-apikey") != config.key:
            return _plain("Unauthorized", HTTPStatus.UNAUTHORIZED)
        if not self._is_within_rate(config.requests_max):
            return _plain("Too many requests", HTTPStatus.TOO_MANY_REQUESTS)
        if self.waiting >= config.queue_max:
            return _plain("Queue is full", HTTPStatus.BAD_REQUEST)
        self.waiting += 1
        self.provider.callbacks.run(self._run_scenario(call.body, call.fault))
        return _plain("Accepted")

    @property
    def _config(self) -> MakeConfig:
        assert isinstance(self.config, MakeConfig)
        return self.config

    def _is_within_rate(self, requests_max: int) -> bool:
        now = self.provider.clock.monotonic()
        while self.recent and self.recent[0] <= now - MAKE_PERIOD_SECONDS:
            self.recent.popleft()
        if len(self.recent) >= requests_max:
            return False
        self.recent.append(now)
        return True

    async def _run_scenario(self, body: bytes, fault: Fault) -> None:
        try:
            await asyncio.sleep(self._config.run_seconds)
        finally:
            self.waiting -= 1
        try:
            message = json_object(body)
        except InvalidInput:
            return  # the scenario stops at its first module
        if self._config.outcome == "delivered":
            self.deliveries.deliver(_content(message), fault)
        self._acknowledge(message, fault)

    def _acknowledge(self, message: Json, fault: Fault) -> None:
        config, message_id = self._config, text_of(message, "message_id")
        token = text_of(message, "acknowledge_token")
        status: dict[str, str] = {"message_id": message_id, "status": config.outcome}
        if config.outcome == "failed":
            status["detail"] = "The scenario ended with an error in its module E-mail."
        self.provider.send(
            Callback(
                url=text_of(message, "acknowledge_url") or config.acknowledge_url,
                body=msgspec.json.encode(status),
                secret=config.secret,
                sign=lambda secret, body: signatures.standard_webhook(
                    secret,
                    body,
                    message_id=f"ack_{message_id}",
                    at=int(self.provider.clock.now().timestamp()),
                ),
                headers={"Authorization": f"Bearer {token}"} if token else {},
                attempts=1,  # a scenario stops at its first error
            ),
            fault,
        )


def _content(message: Json) -> Content:
    recipient = message.get("recipient")
    to = recipient if isinstance(recipient, dict) else {}
    calendar = message.get("calendar")
    return Content(
        recipient=text_of(to, "email") or text_of(to, "phone"),
        subject=text_of(message, "subject"),
        text=text_of(message, "text"),
        html=text_of(message, "html"),
        message_id=text_of(message, "message_id"),
        kind=text_of(message, "kind"),
        dedupe_key=text_of(message, "dedupe_key"),
        attachments=("calendar",) if calendar else (),
    )


def _plain(text: str, status: int = 200) -> ProviderAnswer:
    return ProviderAnswer(status, text.encode(), content_type="text/plain")
