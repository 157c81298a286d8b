"""Contract of `MessageGateway` on the sandbox, in each of its modes."""

from collections.abc import AsyncIterator
from ipaddress import ip_network
from uuid import UUID

import msgspec
import pytest
from tests.builders.loop import until
from tests.builders.sandbox import RunningSandbox, a_sandbox
from tests.builders.webhook_receiver import Receiver, a_receiver

from fullhouse.integrations import gateways
from fullhouse.integrations.gateways import HttpGateway
from fullhouse.integrations.http_client import HttpClient
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.model.channels import ChannelName, GatewayAnswer, GatewayRequest, sms_body
from fullhouse.resilience.breakers import Breakers
from fullhouse.resilience.circuits import LocalCircuits
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.telemetry.metrics import MetricRegistry

MESSAGE_ID = UUID("01890000-0000-7000-8000-00000000000a")
ORG = OrgId(UUID("01890000-0000-7000-8000-000000000001"))
SECONDS_MAX = 0.5


@pytest.fixture
async def box() -> AsyncIterator[RunningSandbox]:
    async with a_sandbox() as box:
        for name in ("make", "sms"):
            await box.set(name, key="k-1")
        yield box


@pytest.fixture
async def gateway(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[HttpGateway]:
    monkeypatch.setattr(gateways, "CHANNEL_SECONDS_MAX", SECONDS_MAX)
    clock, metrics = SystemClock(), CircuitMetrics(MetricRegistry())
    async with HttpClient(clock, [ip_network("127.0.0.0/8")]) as http:
        yield HttpGateway(http, Breakers(LocalCircuits(clock), clock, metrics), metrics)


@pytest.fixture(params=["make", "sms"])
def channel(request: pytest.FixtureRequest) -> ChannelName:
    return "make" if request.param == "make" else "sms"


async def send(
    gateway: HttpGateway, box: RunningSandbox, channel: ChannelName, acknowledge_url: str = ""
) -> GatewayAnswer:
    said = {
        "message_id": MESSAGE_ID,
        "recipient": "ada@example.org",
        "subject": "Booked",
        "text": "See you on Saturday.",
        "acknowledge_url": acknowledge_url,
    }
    sms = sms_body("+15550100", "Booked.", message_id=MESSAGE_ID, acknowledge_url=acknowledge_url)
    url = box.addresses.make_hook if channel == "make" else box.addresses.sms
    body = msgspec.json.encode(said) if channel == "make" else sms
    return await gateway.send(channel, GatewayRequest(ORG, MESSAGE_ID, url, "k-1", body))


async def test_what_is_accepted_arrives_and_is_acknowledged(
    gateway: HttpGateway, box: RunningSandbox, channel: ChannelName
) -> None:
    async with a_receiver(Receiver()) as receiver:
        assert (await send(gateway, box, channel, receiver.url)).verdict == "accepted"
        await until(lambda: bool(receiver.received))
    assert receiver.received[0].json == {"message_id": str(MESSAGE_ID), "status": "delivered"}
    (message,) = await box.messages(channel)
    assert message.recipient in {"ada@example.org", "+15550100"}


@pytest.mark.parametrize(
    ("mode", "verdict"),
    [
        ("down", "unavailable"),
        ("rate_limited", "unavailable"),
        ("gone", "refused"),
        ("timeout_after_effect", "unknown"),
        ("reset", "unknown"),
        ("slow", "unknown"),
        ("lost", "accepted"),
        ("lying", "accepted"),
    ],
)
async def test_each_failure_is_judged_by_what_may_have_happened(
    gateway: HttpGateway, box: RunningSandbox, channel: ChannelName, mode: str, verdict: str
) -> None:
    figures = {"retry_after_seconds": 17, "latency_seconds": 2 * SECONDS_MAX * (mode == "slow")}
    await box.set(channel, mode=mode, **figures)
    answer = await send(gateway, box, channel)
    assert answer.verdict == verdict
    assert answer.retry_after_seconds == (17 if mode == "rate_limited" else 0)
    await box.set(channel, mode="ok")
    assert (await send(gateway, box, channel)).verdict == "accepted"


async def test_a_full_queue_is_tried_again_at_make_alone(
    gateway: HttpGateway, box: RunningSandbox
) -> None:
    for channel, verdict in (("make", "unavailable"), ("sms", "rejected")):
        await box.set(channel, mode="queue_full")
        name: ChannelName = "make" if channel == "make" else "sms"
        assert (await send(gateway, box, name)).verdict == verdict


async def test_a_wrong_key_is_refused_for_good(
    gateway: HttpGateway, box: RunningSandbox, channel: ChannelName
) -> None:
    await box.set(channel, key="another")
    assert (await send(gateway, box, channel)).verdict == "refused"
