"""Writes that are one unit of work: the first response is stored, and given to every repeat."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import msgspec

from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.responses import JSON_TYPE, REPLAYED
from fullhouse.entrypoints.http.response import NO_STORE, Response
from fullhouse.entrypoints.security.access import OrgContext
from fullhouse.kernel.ids import fingerprint
from fullhouse.storage.unit_of_work import AlreadyAnswered, UnitOfWork, UnitOfWorkFactory


class _Stored(msgspec.Struct, frozen=True):
    status: int
    body: str


@dataclass(frozen=True, slots=True)
class Writes:
    """Runs a handler in a unit of work, once for an idempotency key."""

    unit_of_work: UnitOfWorkFactory

    async def __call__(
        self,
        request: ApiRequest,
        asked: OrgContext,
        work: Callable[[UnitOfWork], Awaitable[Response]],
    ) -> Response:
        """The response of `work`; for a repeat the first response, marked as replayed.

        Raises `IdempotencyKeyReused`, and what `work` raises.
        """
        http = request.http
        said = b"\n".join(
            [http.method.encode(), http.path.encode(), http.query_string, await http.body()]
        )
        try:
            async with self.unit_of_work(
                asked.context, asked.org_id, fingerprint=fingerprint(said)
            ) as uow:
                response = await work(uow)
                stored = _Stored(response.status, response.body.decode())
                uow.answer = msgspec.json.encode(stored).decode()
        except AlreadyAnswered as prior:
            return _replayed(msgspec.json.decode(prior.answer, type=_Stored))
        return response


def _replayed(stored: _Stored) -> Response:
    headers = (JSON_TYPE, NO_STORE, REPLAYED) if stored.body else (NO_STORE, REPLAYED)
    status = 200 if stored.status == 201 else stored.status  # noqa: PLR2004 - Created
    return Response(status, stored.body.encode(), headers)
