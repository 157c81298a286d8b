"""Who calls, and for which organisation: a guest, a developer's key or a member of staff."""

from dataclasses import dataclass, field
from typing import Final

import msgspec

from fullhouse.booking.model.requests import STAFF_PERMISSIONS, Caller
from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.limits import KEY_KNOWN_SECONDS
from fullhouse.entrypoints.api.refusals import CrossSite, NotYours
from fullhouse.entrypoints.limits import RATE_CLIENTS_MAX
from fullhouse.entrypoints.session import STAFF_COOKIE, StaffGuard, is_own_page
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.errors import NotSignedIn
from fullhouse.people.model import Organisation, secret_hash
from fullhouse.people.reads.directory import Directory
from fullhouse.people.reads.keys import api_key_holder
from fullhouse.storage.database import Database
from fullhouse.telemetry import correlation

GUEST: Final = "guest"


class Asked(msgspec.Struct, frozen=True):
    """Whose business it is about, and who asks."""

    organisation: Organisation
    caller: Caller

    @property
    def org_id(self) -> OrgId:
        return self.organisation.org_id


@dataclass(slots=True)
class KnownKeys:
    """Secrets that opened something lately.

    Only the rate limit asks, to tell a developer's key from a made-up one; access itself is
    decided anew with every call.
    """

    clock: Clock
    _until: dict[bytes, float] = field(default_factory=dict)

    def remember(self, secret: str) -> None:
        if len(self._until) >= RATE_CLIENTS_MAX:
            self._until.pop(next(iter(self._until)))
        self._until[secret_hash(secret)] = self.clock.monotonic() + KEY_KNOWN_SECONDS

    def find(self, secret: str) -> bytes | None:
        """The hash that the key's bucket is known by, or None when it opened nothing lately."""
        hashed = secret_hash(secret)
        return hashed if self._until.get(hashed, 0.0) > self.clock.monotonic() else None


@dataclass(frozen=True, slots=True)
class Callers:
    """Recognises callers."""

    directory: Directory
    database: Database
    guard: StaffGuard
    ids: Ids
    known_keys: KnownKeys

    async def anyone(self, request: ApiRequest) -> Asked:
        """Guests too; but a key or session that is not valid here is refused, never ignored.

        Raises `UnknownOrganisation`, `NotSignedIn`, `NotYours`, `CrossSite`.
        """
        organisation = await self.directory.organisation(request.path["org"])
        authorization = request.http.header(b"authorization")
        token = request.http.cookies.get(STAFF_COOKIE)
        permissions = STAFF_PERMISSIONS
        if authorization is not None:
            actor = await self._developer(authorization, organisation.org_id)
        elif token is not None:
            actor = await self._staff(request, token, org_id=organisation.org_id)
        else:
            actor, permissions = GUEST, frozenset()
        correlation_id = correlation.current() or self.ids.uuid()
        caller = Caller(actor, correlation_id, request.idempotency_key, permissions)
        return Asked(organisation, caller)

    async def owner(self, request: ApiRequest) -> Asked:
        """The owner's side alone: a key or a staff session; raises as `anyone`."""
        asked = await self.anyone(request)
        if not asked.caller.may("manage"):
            raise NotSignedIn("Send your API key: Authorization: Bearer fh_…")
        return asked

    async def _developer(self, authorization: str, org_id: OrgId) -> str:
        secret = bearer(authorization)
        if secret is None:
            raise NotSignedIn("Send your API key: Authorization: Bearer fh_…")
        async with self.database.session() as session:
            key = await api_key_holder(session, secret)
        if key is None:
            raise NotSignedIn("This API key is not valid, or not any more.")
        self.known_keys.remember(secret)
        if key.org_id != org_id:
            raise NotYours
        return f"key:{key.name}"

    async def _staff(self, request: ApiRequest, token: str, *, org_id: OrgId) -> str:
        try:
            member = await self.guard.member_of(token, org_id)
        except NotSignedIn:
            return GUEST  # signed out, or at work for somebody else: a guest here like any other
        if request.http.method != "GET" and not _is_from_own_page(request):
            raise CrossSite
        return f"staff:{member.person}"


def bearer(authorization: str) -> str | None:
    """The secret of `Bearer <secret>`, or None for any other scheme."""
    scheme, _, secret = authorization.partition(" ")
    return secret.strip() if scheme.lower() == "bearer" and secret.strip() else None


def _is_from_own_page(request: ApiRequest) -> bool:
    return is_own_page(
        fetch_site=request.http.header(b"sec-fetch-site"),
        origin=request.http.header(b"origin"),
        host=request.http.header(b"host") or "",
    )
