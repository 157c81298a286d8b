"""Make.com: a webhook that starts a scenario, which delivers the message and acknowledges it."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from http import HTTPStatus

from typing_extensions import override

from fullhouse.kernel.errors import InvalidInput
from fullhouse.sandbox.acknowledgements import Outcome, acknowledgement
from fullhouse.sandbox.deliveries import Content, MessageService, text_of
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
    ProviderAnswer,
    Routes,
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
    outcome: Outcome = "delivered"
    """What the scenario comes to, and acknowledges."""


@dataclass(slots=True)
class MakeService(MessageService):
    """https://help.make.com/webhooks, with its limits of requests and of its queue."""

    config: ServiceConfig = field(default_factory=MakeConfig)
    recent: deque[float] = field(default_factory=deque)
    """When the requests of the last period came."""
    waiting: int = 0

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
        url = text_of(message, "acknowledge_url") or self._config.acknowledge_url
        callback = acknowledgement(
            self.provider.clock,
            url,
            message_id=text_of(message, "message_id"),
            outcome=self._config.outcome,
            secret=self._config.secret,
        )
        self.provider.send(callback, fault)


def _content(message: Json) -> Content:
    recipient, attached = message.get("recipient"), message.get("attachments")
    to = recipient if isinstance(recipient, dict) else {"email": recipient}
    files = attached if isinstance(attached, list) else []
    return Content(
        recipient=text_of(to, "email") or text_of(to, "phone"),
        subject=text_of(message, "subject"),
        text=text_of(message, "text"),
        html=text_of(message, "html"),
        message_id=text_of(message, "message_id"),
        kind=text_of(message, "kind"),
        dedupe_key=text_of(message, "dedupe_key"),
        attachments=tuple(text_of(each, "filename") for each in files if isinstance(each, dict)),
    )


def _plain(text: str, status: int = 200) -> ProviderAnswer:
    return ProviderAnswer(status, text.encode(), content_type="text/plain")
