"""Gateways of businesses: Make.com webhooks and SMS gateways, each judged by its table.

Make.com: help.make.com/webhooks. A 200 says that the message is in the queue of the scenario. A
full queue is answered with 400, too many requests with 429; 410 says that no scenario listens.
"""

from dataclasses import dataclass
from typing import Final

from fullhouse.integrations.http_client import HttpClient
from fullhouse.integrations.outbound import OutboundService
from fullhouse.messages.limits import CHANNEL_SECONDS_MAX
from fullhouse.messages.model.channels import (
    ChannelName,
    GatewayAnswer,
    GatewayRequest,
    Verdict,
    breaker_name,
)
from fullhouse.messages.model.webhooks import SignedRequest, WebhookAnswer
from fullhouse.resilience.breakers import Breakers
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.telemetry import correlation

_KEY_HEADERS: Final[dict[ChannelName, tuple[str, str]]] = {
    "make": ("x-make-apikey", "{}"),
    "sms": ("Authorization", "Bearer {}"),
}
_COMMON: Final[dict[int, Verdict]] = {
    400: "rejected",
    408: "unavailable",
    409: "unavailable",
    413: "rejected",
    422: "rejected",
    425: "unavailable",
    429: "unavailable",
    502: "unknown",
    504: "unknown",
}
_QUEUE_IS_FULL: Final = "queue is full"


class _Failed(Exception):
    """An answer that counts against the circuit of the gateway."""

    def __init__(self, answer: GatewayAnswer) -> None:
        super().__init__(answer.text)
        self.answer = answer


@dataclass(frozen=True, slots=True)
class HttpGateway:
    """Implements `messages.ports.MessageGateway`; each business's gateway has its own circuit."""

    http: HttpClient
    breakers: Breakers
    metrics: CircuitMetrics

    async def send(self, channel: ChannelName, request: GatewayRequest) -> GatewayAnswer:
        """See the port."""
        service = OutboundService(
            self.breakers.of(breaker_name(request.org_id, channel)),
            self.metrics,
            seconds_max=2 * CHANNEL_SECONDS_MAX,
            is_failure=lambda error: isinstance(error, _Failed),
        )
        try:
            return await service.call(lambda: self._post(channel, request))
        except _Failed as error:
            return error.answer

    async def _post(self, channel: ChannelName, request: GatewayRequest) -> GatewayAnswer:
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": str(request.message_id),
            "X-Request-ID": str(correlation.current() or ""),
        }
        if request.key:
            name, form = _KEY_HEADERS[channel]
            headers[name] = form.format(request.key)
        answer = await self.http.send(
            SignedRequest(request.url, headers, request.body), seconds_max=CHANNEL_SECONDS_MAX
        )
        text = " ".join(filter(None, (str(answer.status_code or ""), answer.text)))
        judged = GatewayAnswer(verdict_of(channel, answer), text, answer.retry_after_seconds)
        if judged.verdict in {"unknown", "unavailable"}:
            raise _Failed(judged)
        return judged


def verdict_of(channel: ChannelName, answer: WebhookAnswer) -> Verdict:
    """What an answer means for the message that was sent."""
    status = answer.status_code
    if status is None:
        return "unknown" if answer.was_sent else "unavailable"
    if answer.is_success:
        return "accepted"
    if channel == "make" and status == 400 and _QUEUE_IS_FULL in answer.text.lower():  # noqa: PLR2004
        return "unavailable"
    return _COMMON.get(status, "unavailable" if status >= 500 else "refused")  # noqa: PLR2004
