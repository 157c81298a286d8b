"""The control of a running sandbox from another process."""

import re
from collections.abc import Mapping
from typing import Final

import aiohttp
import msgspec

from fullhouse.kernel.errors import FullhouseError, InvalidInput
from fullhouse.sandbox.control import ProviderStatus
from fullhouse.sandbox.limits import CALLBACK_SECONDS_MAX, SWITCHED_SECONDS_MAX

_DURATION: Final = re.compile(r"(\d{1,9}(?:\.\d{1,3})?)\s*([smhd]?)")
_UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400}


class SandboxUnreachable(FullhouseError):
    """No sandbox answers at the address."""

    code = "sandbox_unreachable"
    message = "No sandbox answers at this address. Start one with `fullhouse sandbox`."


async def list_providers(url: str) -> list[ProviderStatus]:
    """All providers of the sandbox; raises `SandboxUnreachable`."""
    answer = await _call("GET", f"{url}/control", None)
    return msgspec.json.decode(answer, type=_Listed).providers


async def change_provider(url: str, provider: str, given: Mapping[str, object]) -> ProviderStatus:
    """Set mode, figures, script or settings; raises `SandboxUnreachable`, `InvalidInput`."""
    answer = await _call("PUT", f"{url}/control/{provider}", given)
    return msgspec.json.decode(answer, type=ProviderStatus)


def seconds_of(duration: str) -> float:
    """`90`, `90s`, `30m`, `2h` or `1d` in seconds; raises `InvalidInput`."""
    found = _DURATION.fullmatch(duration.strip().lower())
    if found is None:
        raise InvalidInput("Write how long as 90s, 30m, 2h or 1d.", field="for")
    seconds = float(found[1]) * _UNITS[found[2]]
    if not 0 < seconds <= SWITCHED_SECONDS_MAX:
        days = SWITCHED_SECONDS_MAX // 86_400
        raise InvalidInput(f"Choose more than nothing and at most {days} days.", field="for")
    return seconds


class _Listed(msgspec.Struct, frozen=True):
    providers: list[ProviderStatus]


async def _call(method: str, url: str, body: Mapping[str, object] | None) -> bytes:
    content = None if body is None else msgspec.json.encode(body)
    timeout = aiohttp.ClientTimeout(total=CALLBACK_SECONDS_MAX)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as session,
            session.request(method, url, data=content) as response,
        ):
            answer = await response.read()
            if response.status == 200:  # noqa: PLR2004
                return answer
            is_told = response.content_type == "application/problem+json"
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise SandboxUnreachable from error
    if not is_told:
        raise SandboxUnreachable("What answers at this address is no sandbox.")
    raise InvalidInput(msgspec.json.decode(answer, type=dict[str, str])["detail"], field="sandbox")
