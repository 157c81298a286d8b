"""The control of the sandbox: modes are set, logs and deliveries read, and a page shows both."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.resources import files
from ipaddress import ip_address
from typing import Final

import msgspec
from aiohttp import web
from msgspec import Struct

from fullhouse.kernel.errors import InvalidInput, NotFound
from fullhouse.sandbox.call_log import HIDDEN
from fullhouse.sandbox.modes import SWITCH_FIELDS, Fault, Mode, Window
from fullhouse.sandbox.provider import Service, configured, json_object

_SECRET_SETTINGS: Final = frozenset({"key", "secret", "signature_key", "api_key"})


class ProviderStatus(Struct, frozen=True, kw_only=True):
    """A provider as `GET /control` lists it; `mode` is what holds now."""

    name: str
    title: str
    mode: Mode
    fault: Fault
    until: datetime | None
    script: Sequence[Window]
    script_since: datetime | None
    received: int
    failed: int
    sent: int
    state: Mapping[str, int]
    """How many of each kind it holds."""
    settings: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Control:
    """Handlers of the page and of the control, over the providers by name."""

    services: Mapping[str, Service]

    def routes(self) -> list[web.RouteDef]:
        """The addresses with their handlers."""
        return [
            web.get("/", self.page),
            web.get("/control", _told(self.everything)),
            web.get("/control/{provider}", _told(self.show)),
            web.put("/control/{provider}", _told(self.change)),
            web.delete("/control/{provider}", _told(self.clear)),
            web.get("/control/{provider}/log", _told(self.log)),
            web.get("/control/{provider}/{kind}", _told(self.state)),
        ]

    async def page(self, _request: web.Request) -> web.Response:
        """The page that pulls the plugs."""
        text = files(__package__).joinpath("page.html").read_text(encoding="utf-8")
        return web.Response(text=text, content_type="text/html", headers=_PAGE_HEADERS)

    async def everything(self, _request: web.Request) -> web.Response:
        """All providers."""
        return _json({"providers": [status_of(each) for each in self.services.values()]})

    async def show(self, request: web.Request) -> web.Response:
        """One provider."""
        return _json(status_of(self._found(request)))

    async def change(self, request: web.Request) -> web.Response:
        """Set mode, figures, script and settings; what is not given stays, but see `Switch`."""
        service = self._found(request)
        given = json_object(await request.read())
        settings = {name: value for name, value in given.items() if name not in SWITCH_FIELDS}
        config = configured(service.config, settings)
        service.provider.switch.change(given)
        service.config = config
        return _json(status_of(service))

    async def clear(self, request: web.Request) -> web.Response:
        """Forget log and state; mode and settings stay."""
        service = self._found(request)
        service.clear()
        service.provider.log.clear()
        return _json(status_of(service))

    async def log(self, request: web.Request) -> web.Response:
        """The last calls, or those after the number `after`."""
        after = request.query.get("after", "0")
        if not after.isdecimal():
            raise InvalidInput("`after` is the number of a call.", field="after")
        return _json({"calls": self._found(request).provider.log.after(int(after))})

    async def state(self, request: web.Request) -> web.Response:
        """What the provider holds of one kind."""
        held, kind = self._found(request).state(), request.match_info["kind"]
        if kind not in held:
            raise NotFound(f"It holds no {kind}; it holds {', '.join(held) or 'nothing'}.")
        return _json({kind: held[kind]})

    def _found(self, request: web.Request) -> Service:
        name = request.match_info["provider"]
        if name not in self.services:
            raise NotFound(f"There is no provider {name}; there are {', '.join(self.services)}.")
        return self.services[name]


def status_of(service: Service) -> ProviderStatus:
    """What a provider is set to, and what it has done."""
    provider, switch = service.provider, service.provider.switch.state()
    return ProviderStatus(
        name=provider.name,
        title=provider.title,
        mode=switch.mode,
        fault=switch.fault,
        until=switch.until,
        script=switch.script,
        script_since=switch.script_since,
        received=provider.log.received,
        failed=provider.log.failed,
        sent=provider.log.sent,
        state={kind: len(items) for kind, items in service.state().items()},
        settings={
            name: HIDDEN if name in _SECRET_SETTINGS and value else value
            for name, value in msgspec.structs.asdict(service.config).items()
        },
    )


@web.middleware
async def only_known_hosts(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse a name that some site has pointed at this machine (DNS rebinding)."""
    host = (request.url.host or "").lower()
    try:
        is_known = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        is_known = False
    if not is_known:
        return _problem("Call the sandbox by an address of this machine.", 421)
    return await handler(request)


@web.middleware
async def only_same_origin(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Refuse what a page of another site sends: programs send no `Origin`."""
    origin = request.headers.get("Origin")
    if origin is not None and origin != f"{request.scheme}://{request.host}":
        return _problem("Another site may not call the sandbox.", 403)
    return await handler(request)


_PAGE_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
        "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def _told(
    handler: Callable[[web.Request], Awaitable[web.Response]],
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Known errors are told in a sentence."""

    async def answer(request: web.Request) -> web.Response:
        try:
            return await handler(request)
        except NotFound as error:
            return _problem(error.detail, 404)
        except InvalidInput as error:
            return _problem(error.detail, 400)

    return answer


def _problem(detail: str, status: int) -> web.Response:
    return web.Response(
        status=status,
        body=msgspec.json.encode({"detail": detail}),
        content_type="application/problem+json",
    )


def _json(value: object) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(value),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
