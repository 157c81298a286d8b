"""The API as an ASGI application: find the operation, let it answer, send what it said."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Final

from litestar.types import HTTPScope, Receive, Send

from fullhouse.entrypoints.api.answer import Answer, Headers, Reply, Stream
from fullhouse.entrypoints.api.call import Call
from fullhouse.entrypoints.api.operation import Operation
from fullhouse.entrypoints.api.problems import problem_of
from fullhouse.entrypoints.api.router import Routes
from fullhouse.entrypoints.api.streaming import send_stream
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.limits import BODY_BYTES_MAX
from fullhouse.telemetry.log import get_logger

UNKNOWN_ROUTE: Final = "unknown"
_EVERYWHERE: Final[Headers] = (
    (b"x-content-type-options", b"nosniff"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"referrer-policy", b"no-referrer"),
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        (
            b"ETag, Idempotent-Replayed, Link, RateLimit-Limit, RateLimit-Remaining, "
            b"RateLimit-Reset, Retry-After, X-Request-ID"
        ),
    ),
)
_PREFLIGHT: Final[Headers] = (
    (b"access-control-allow-methods", b"GET, HEAD, POST, PUT, DELETE"),
    (
        b"access-control-allow-headers",
        b"Authorization, Content-Type, Idempotency-Key, If-None-Match, X-Request-ID",
    ),
    (b"access-control-max-age", b"86400"),
)
"""Any site may call the API from its pages, as itself: without credentials no cookie is sent."""

_log = get_logger(__name__)


class Api:
    """All operations behind one ASGI call; `scope["path_template"]` says which one answered."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations: Sequence[Operation] = tuple(operations)
        self._routes = Routes(self.operations)

    async def __call__(self, scope: HTTPScope, receive: Receive, send: Send) -> None:
        scope["path_template"] = UNKNOWN_ROUTE
        if scope["method"] == "OPTIONS":
            await send_answer(Answer(204, b"", _PREFLIGHT), scope, send)
            return
        try:
            reply = await self._reply(scope, receive)
        except FullhouseError as error:
            reply = problem_of(error)
            if reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
                _log.warning("request_failed", code=error.code, detail=error.detail)
        except Exception:
            # Answered as a problem like all else; raised on, so that it is logged and counted
            await send_answer(problem_of(FullhouseError()), scope, send)
            raise
        if isinstance(reply, Stream):
            stream = Stream(reply.chunks, (*reply.headers, *_EVERYWHERE))
            await send_stream(stream, receive, send)
        else:
            await send_answer(reply, scope, send)

    async def _reply(self, scope: HTTPScope, receive: Receive) -> Reply:
        method = scope["method"]
        operation, path = self._routes.find("GET" if method == "HEAD" else method, scope["path"])
        scope["path_template"] = operation.path
        bytes_max = operation.body.bytes_max if operation.body else BODY_BYTES_MAX
        return await operation.handler(Call(scope, receive, path=path, body_bytes_max=bytes_max))


async def send_answer(answer: Answer, scope: HTTPScope, send: Send) -> None:
    """Send it whole; to HEAD, all but the body."""
    headers = [*answer.headers, *_EVERYWHERE]
    if answer.status not in (204, 304):
        headers.append((b"content-length", str(len(answer.body)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    body = b"" if scope["method"] == "HEAD" else answer.body
    await send({"type": "http.response.body", "body": body, "more_body": False})
