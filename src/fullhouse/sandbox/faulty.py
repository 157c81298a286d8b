"""Serves a provider's requests over HTTP, with its faults before and after they take effect."""

import asyncio
import os
import socket
import struct
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from aiohttp import web

from fullhouse.kernel.errors import InvalidInput
from fullhouse.sandbox.call_log import FinishedCall
from fullhouse.sandbox.limits import SILENCE_SECONDS_MAX, SLOW_CLOSE_SECONDS
from fullhouse.sandbox.modes import Fault, Mode
from fullhouse.sandbox.provider import Call, Handler, ProviderAnswer, Service

_REFUSALS: Final = {
    Mode.DOWN: (HTTPStatus.SERVICE_UNAVAILABLE, "Service unavailable"),
    Mode.RATE_LIMITED: (HTTPStatus.TOO_MANY_REQUESTS, "Too many requests"),
    Mode.QUEUE_FULL: (HTTPStatus.BAD_REQUEST, "Queue is full"),
    Mode.GONE: (HTTPStatus.GONE, "There is nothing at this address any more"),
}
_RUBBISH: Final = ProviderAnswer(200, b'<html><body>{"ok": tru', content_type="text/html")
_POLL_SECONDS: Final = 0.1
_LINGER_NOT: Final = struct.pack("ii", 1, 0)


def add_routes(app: web.Application, service: Service) -> None:
    """All requests below `/{provider}/`, those that it does not answer too."""
    prefix = f"/{service.provider.name}"
    for (method, path), handler in service.routes().items():
        app.router.add_route(method, prefix + path, _served(service, handler))
    app.router.add_route("*", prefix + "/{unknown:.*}", _served(service, _unknown(service)))


def _unknown(service: Service) -> Handler:
    async def answer(call: Call) -> ProviderAnswer:
        return service.error(HTTPStatus.NOT_FOUND, f"There is no {call.method} {call.path}")

    return answer


def _served(
    service: Service, handler: Handler
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    async def serve(request: web.Request) -> web.StreamResponse:
        provider = service.provider
        started = provider.clock.monotonic()
        fault = provider.switch.current()
        call = await _call_of(request, fault)
        await asyncio.sleep(fault.delay_seconds)
        answer = None if fault.mode is Mode.RESET else await _answer(service, handler, call)
        is_answered = answer is not None and fault.mode is not Mode.TIMEOUT_AFTER_EFFECT
        provider.log.add(
            FinishedCall(
                method=call.method,
                path=request.path_qs,
                headers=call.headers,
                body=call.body.decode(errors="replace"),
                status=answer.status if answer is not None and is_answered else None,
                answer=answer.body.decode(errors="replace") if answer else "",
                fault=fault.name,
                milliseconds=int(1000 * (provider.clock.monotonic() - started)),
            )
        )
        if answer is None or not is_answered:
            return await _unanswered(request, is_silent=answer is not None)
        return await _response(request, answer, fault)

    return serve


async def _call_of(request: web.Request, fault: Fault) -> Call:
    return Call(
        request.method,
        request.path,
        dict(request.match_info),
        request.query_string,
        {name.lower(): value for name, value in request.headers.items()},
        await request.read(),
        fault,
    )


async def _answer(service: Service, handler: Handler, call: Call) -> ProviderAnswer:
    """A refusal, or what the provider answers; rubbish from one that lies."""
    refused = _refusal(service, call.fault)
    if refused is not None:
        return refused
    is_lying = call.fault.mode is Mode.LYING
    if is_lying and not service.acts_when_lying:
        return _RUBBISH
    try:
        answer = await handler(call)
    except InvalidInput as error:
        return service.error(HTTPStatus.BAD_REQUEST, error.detail)
    return _RUBBISH if is_lying else answer


def _refusal(service: Service, fault: Fault) -> ProviderAnswer | None:
    """The answer of a mode that lets nothing through, or of chance."""
    if fault.mode in _REFUSALS:
        refused = service.error(*_REFUSALS[fault.mode])
        if fault.mode is not Mode.RATE_LIMITED:
            return refused
        wait = {"Retry-After": str(fault.retry_after_seconds)}
        return ProviderAnswer(refused.status, refused.body, refused.content_type, wait)
    if service.provider.random.random() < fault.error_rate:
        return service.error(HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong")
    return None


async def _unanswered(request: web.Request, *, is_silent: bool) -> web.Response:
    """Reset the connection: at once, or once the client has waited long enough."""
    loop = asyncio.get_running_loop()
    ends = loop.time() + (SILENCE_SECONDS_MAX if is_silent else 0)
    while loop.time() < ends and request.transport is not None:  # noqa: ASYNC110 - of aiohttp
        await asyncio.sleep(_POLL_SECONDS)
    if request.transport is not None:
        reset(request.transport)
    return web.Response()  # which nobody receives


def reset(transport: asyncio.Transport) -> None:
    """End the connection with RST, as a crashed machine or a firewall does."""
    found = transport.get_extra_info("socket")
    if found is not None:
        with socket.socket(fileno=os.dup(found.fileno())) as copy:
            copy.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    transport.abort()


async def _response(
    request: web.Request, answer: ProviderAnswer, fault: Fault
) -> web.StreamResponse:
    headers = {"Content-Type": answer.content_type, **answer.headers}
    if fault.mode is not Mode.SLOW_CLOSE:
        return web.Response(status=answer.status, body=answer.body, headers=headers)
    response = web.StreamResponse(status=answer.status, headers=headers)
    response.enable_chunked_encoding()
    await response.prepare(request)
    await response.write(answer.body)
    await asyncio.sleep(SLOW_CLOSE_SECONDS)
    return response
