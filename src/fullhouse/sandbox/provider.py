"""One outside service as the sandbox runs it: its switch, its log, and the requests it answers."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Protocol, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

from fullhouse.kernel.clock import Clock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.sandbox.call_log import CallLog
from fullhouse.sandbox.callbacks import Callback, Callbacks
from fullhouse.sandbox.limits import STORED_ITEMS_MAX
from fullhouse.sandbox.modes import Fault, Switch, converted

T = TypeVar("T")
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Call:
    """A request to a provider, with what the provider does wrong at this moment."""

    method: str
    path: str
    parts: Mapping[str, str]
    """What the placeholders of the address stand for."""
    query_string: str
    headers: Mapping[str, str]
    """By names in lower case."""
    body: bytes
    fault: Fault

    @property
    def query(self) -> Mapping[str, str]:
        """The query; of a name that is repeated the last value."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True))

    def json(self) -> dict[str, object]:
        """The body as a JSON object; raises `InvalidInput`."""
        return json_object(self.body)


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What a provider answers."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Awaitable[ProviderAnswer]]
Routes = Mapping[tuple[str, str], Handler]
"""By method and address, as aiohttp spells addresses: `/hook/{id}`."""


@dataclass(slots=True)
class Provider:
    """What every service has, whatever it does."""

    name: str
    title: str
    clock: Clock
    random: Random
    callbacks: Callbacks
    switch: Switch = field(init=False)
    log: CallLog = field(init=False)

    def __post_init__(self) -> None:
        self.switch = Switch(self.clock)
        self.log = CallLog(self.clock)

    def new_id(self, prefix: str = "") -> str:
        """An id that no other of this run has; the same in each run of the seed."""
        return f"{prefix}{self.random.getrandbits(96):024x}"

    def send(self, callback: Callback, fault: Fault) -> None:
        """Send a webhook in the background."""
        self.callbacks.send(callback, fault, self.log)


class ServiceConfig(Struct, frozen=True, forbid_unknown_fields=True):
    """What a service is told beside its switch; each has its own."""


class Service(Protocol):
    """A provider's own behaviour."""

    provider: Provider
    config: ServiceConfig

    @property
    def acts_when_lying(self) -> bool:
        """Whether it is called when the answer will be rubbish, to tell its own lie."""
        ...

    def routes(self) -> Routes:
        """The requests it answers."""
        ...

    def error(self, status: int, text: str) -> ProviderAnswer:
        """A refusal in the provider's own form."""
        ...

    def state(self) -> Mapping[str, Sequence[object]]:
        """What it holds, by kind, the oldest first."""
        ...

    def clear(self) -> None:
        """Forget what it holds."""
        ...


def configured(config: ServiceConfig, given: Json) -> ServiceConfig:
    """The configuration with these values; raises `InvalidInput`."""
    return converted({**msgspec.structs.asdict(config), **given}, type(config))


def json_object(body: bytes) -> dict[str, object]:
    """The body as a JSON object; raises `InvalidInput`."""
    try:
        value: object = json.loads(body)
    except ValueError:
        raise InvalidInput("The body is no JSON.", field="body") from None
    if not isinstance(value, dict):
        raise InvalidInput("The body is no JSON object.", field="body")
    return value


def json_answer(value: object, status: int = 200, **headers: str) -> ProviderAnswer:
    """An answer with a JSON body; `retry_after` becomes `Retry-After`."""
    named = {name.replace("_", "-").title(): text for name, text in headers.items()}
    return ProviderAnswer(status, msgspec.json.encode(value), headers=named)


def remember(items: dict[str, T], key: str, item: T) -> None:
    """Keep an item, and of all only the last ones."""
    items[key] = item
    while len(items) > STORED_ITEMS_MAX:
        del items[next(iter(items))]


@dataclass(slots=True)
class Replays:
    """The answers to requests with an idempotency key, for their repeats."""

    answers: dict[str, tuple[bytes, ProviderAnswer]] = field(default_factory=dict)

    def once(
        self,
        key: str,
        request: bytes,
        *,
        act: Callable[[], ProviderAnswer],
        reused: Callable[[], ProviderAnswer],
    ) -> ProviderAnswer:
        """Act once for a key; `reused` answers the same key with another request."""
        known = self.answers.get(key) if key else None
        if known is not None:
            return known[1] if known[0] == request else reused()
        answer = act()
        if key:
            remember(self.answers, key, (request, answer))
        return answer
