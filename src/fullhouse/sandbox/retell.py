"""Retell's caller: a scripted caller whose agent calls our functions, as the voice agent would.

https://docs.retellai.com: functions get `{"name", "call", "args"}`, webhooks `{"event", "call"}`;
both are signed with the API key.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace
from typing_extensions import override

from fullhouse.sandbox import signatures
from fullhouse.sandbox.callbacks import Callback
from fullhouse.sandbox.modes import Fault, converted
from fullhouse.sandbox.provider import (
    Call,
    Provider,
    ProviderAnswer,
    Routes,
    Service,
    ServiceConfig,
    json_answer,
    remember,
)

_STEPS_MAX: Final = 50
CallStatus = Literal["ongoing", "ended"]
PhoneNumber = Annotated[str, Meta(pattern=r"^\+[1-9][0-9]{6,14}$")]


class RetellConfig(ServiceConfig, frozen=True, forbid_unknown_fields=True):
    """Functions are called below `function_url`, unless a step has its own address."""

    function_url: str = ""
    webhook_url: str = ""
    key: str = "key_sandbox_retell"


class FunctionStep(Struct, frozen=True, kw_only=True):
    """What the agent does next: call a function with arguments, after the caller said something."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    args: dict[str, object] = {}
    url: str = ""
    said: str = ""


class ScriptedCall(Struct, frozen=True, kw_only=True):
    """`POST /calls`: who calls which number, and what happens."""

    from_number: PhoneNumber
    to_number: PhoneNumber = "+15550100"
    agent_id: str = "agent_sandbox"
    metadata: dict[str, str] = {}
    steps: Annotated[list[FunctionStep], Meta(max_length=_STEPS_MAX)]


class FunctionResult(Struct, frozen=True):
    """What a function answered; without `status` it did not."""

    name: str
    status: int | None
    answer: str


class VoiceCall(Struct, frozen=True, kw_only=True):
    """A call as functions and webhooks are told of it; times in Unix milliseconds."""

    call_id: str
    call_type: str = "phone_call"
    direction: str = "inbound"
    agent_id: str
    call_status: CallStatus
    from_number: str
    to_number: str
    metadata: dict[str, str]
    start_timestamp: int
    end_timestamp: int | None = None
    transcript: str = ""
    disconnection_reason: str | None = None


class FinishedVoiceCall(Struct, frozen=True):
    """A call with the answers of the functions."""

    call: VoiceCall
    results: tuple[FunctionResult, ...]


@dataclass(slots=True)
class RetellService(Service):
    """`POST /calls` makes a call from its first to its last step, and answers with the results."""

    provider: Provider
    config: ServiceConfig = field(default_factory=RetellConfig)
    calls: dict[str, FinishedVoiceCall] = field(default_factory=dict)

    @property
    @override
    def acts_when_lying(self) -> bool:
        return False

    @override
    def routes(self) -> Routes:
        return {("POST", "/calls"): self.make_call, ("GET", "/calls/{id}"): self.show_call}

    @override
    def error(self, status: int, text: str) -> ProviderAnswer:
        return json_answer({"status": "error", "message": text}, status)

    @override
    def state(self) -> Mapping[str, Sequence[object]]:
        return {"calls": [*self.calls.values()]}

    @override
    def clear(self) -> None:
        self.calls.clear()

    async def make_call(self, call: Call) -> ProviderAnswer:
        """Call the functions one after the other, and tell of the call before and after."""
        given = converted(call.json(), ScriptedCall)
        voice = VoiceCall(
            call_id=self.provider.new_id("call_"),
            agent_id=given.agent_id,
            call_status="ongoing",
            from_number=given.from_number,
            to_number=given.to_number,
            metadata=given.metadata,
            start_timestamp=self._now(),
        )
        self._announce("call_started", voice, call.fault)
        results = []
        for step in given.steps:
            said = f"{voice.transcript}User: {step.said}\n" if step.said else voice.transcript
            voice = replace(voice, transcript=said)
            results.append(await self._call_function(step, voice, call.fault))
        voice = replace(
            voice,
            call_status="ended",
            end_timestamp=self._now(),
            disconnection_reason="user_hangup",
        )
        self._announce("call_ended", voice, call.fault)
        self._announce("call_analyzed", voice, call.fault)
        finished = FinishedVoiceCall(voice, tuple(results))
        remember(self.calls, voice.call_id, finished)
        return json_answer(finished, HTTPStatus.CREATED)

    async def show_call(self, call: Call) -> ProviderAnswer:
        """One call."""
        found = self.calls.get(call.parts["id"])
        if found is None:
            return self.error(HTTPStatus.NOT_FOUND, "There is no such call")
        return json_answer(found)

    @property
    def _config(self) -> RetellConfig:
        assert isinstance(self.config, RetellConfig)
        return self.config

    def _now(self) -> int:
        return int(1000 * self.provider.clock.now().timestamp())

    async def _call_function(
        self, step: FunctionStep, voice: VoiceCall, fault: Fault
    ) -> FunctionResult:
        """Call one function and wait for its answer, as the agent does while it speaks."""
        url = step.url or f"{self._config.function_url.rstrip('/')}/{step.name}"
        body = msgspec.json.encode({"name": step.name, "call": voice, "args": step.args})
        callbacks, log = self.provider.callbacks, self.provider.log
        status, answer = await callbacks.attempt(self._signed(url, body), fault, log)
        return FunctionResult(step.name, status, answer)

    def _announce(self, event: str, voice: VoiceCall, fault: Fault) -> None:
        body = msgspec.json.encode({"event": event, "call": voice})
        self.provider.send(self._signed(self._config.webhook_url, body), fault)

    def _signed(self, url: str, body: bytes) -> Callback:
        return Callback(
            url=url,
            body=body,
            secret=self._config.key,
            sign=lambda secret, content: signatures.retell(
                secret, content, at_milliseconds=self._now()
            ),
        )
