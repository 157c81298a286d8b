"""A program of a business that is sent events by Standard Webhooks, as any of theirs may be."""

import hmac
from dataclasses import dataclass, field
from http import HTTPStatus

from typing_extensions import override

from fullhouse.sandbox import signatures
from fullhouse.sandbox.deliveries import Content, MessageService, text_of
from fullhouse.sandbox.provider import (
    Call,
    ProviderAnswer,
    Routes,
    ServiceConfig,
    json_answer,
    json_object,
)


class ProgramConfig(ServiceConfig, frozen=True, forbid_unknown_fields=True):
    """`secret` is that of the endpoint; without one no signature is asked for."""

    secret: str = ""


@dataclass(slots=True)
class ProgramService(MessageService):
    """`POST /events`: each event is a message to the booking that it is about, by its reference."""

    config: ServiceConfig = field(default_factory=ProgramConfig)

    @property
    @override
    def acts_when_lying(self) -> bool:
        return False

    @override
    def routes(self) -> Routes:
        return {("POST", "/events"): self.receive}

    @override
    def error(self, status: int, text: str) -> ProviderAnswer:
        return json_answer({"error": text}, status)

    async def receive(self, call: Call) -> ProviderAnswer:
        """Take an event; one that comes again is taken again, with the id by which it is known."""
        event, message_id = json_object(call.body), call.headers.get("webhook-id", "")
        if not self._is_signed(call, message_id):
            return self.error(HTTPStatus.UNAUTHORIZED, "The signature does not fit")
        data = event.get("data")
        about = text_of(data, "ref") if isinstance(data, dict) else ""
        content = Content(
            recipient=about or message_id, text=text_of(event, "type"), message_id=message_id
        )
        self.deliveries.deliver(content, call.fault)
        return json_answer({"taken": message_id})

    def _is_signed(self, call: Call, message_id: str) -> bool:
        assert isinstance(self.config, ProgramConfig)
        at = call.headers.get("webhook-timestamp", "")
        if not self.config.secret:
            return True
        if not (at.isascii() and at.isdecimal()):
            return False
        signed = signatures.standard_webhook(
            self.config.secret, call.body, message_id=message_id, at=int(at)
        )
        given = call.headers.get("webhook-signature", "").split()
        return any(hmac.compare_digest(one, signed["webhook-signature"]) for one in given)
