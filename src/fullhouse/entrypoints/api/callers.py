"""Who calls, and for which organisation: a guest, a developer's key or a member of staff."""

from dataclasses import dataclass, field

import msgspec

from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.api.limits import KEY_KNOWN_SECONDS
from fullhouse.entrypoints.api.refusals import CrossSite, NotYours
from fullhouse.entrypoints.limits import RATE_CLIENTS_MAX
from fullhouse.entrypoints.session import STAFF_COOKIE, StaffGuard, is_own_page
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import GUEST, Permission, Principal, RequestContext
from fullhouse.kernel.ids import Ids, OrgId
from fullhouse.people.errors import NotPermitted, NotSignedIn
from fullhouse.people.model import Organisation, hash_token
from fullhouse.people.model.roles import account_principal, key_principal
from fullhouse.people.reads.directory import Directory
from fullhouse.people.reads.keys import use_api_key
from fullhouse.storage.database import Database
from fullhouse.telemetry import correlation


class Asked(msgspec.Struct, frozen=True):
    """Whose business it is about, and who asks."""

    organisation: Organisation
    context: RequestContext

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
        self._until[hash_token(secret)] = self.clock.monotonic() + KEY_KNOWN_SECONDS

    def find(self, secret: str) -> bytes | None:
        """The hash that the key's bucket is known by, or None when it opened nothing lately."""
        hashed = hash_token(secret)
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
        if authorization is not None:
            principal = await self._key(authorization, organisation.org_id)
        elif token is not None:
            principal = await self._staff(request, token, org_id=organisation.org_id)
        else:
            principal = GUEST
        context = RequestContext(
            principal, correlation.current() or self.ids.uuid(), request.idempotency_key
        )
        return Asked(organisation, context)

    async def allowed(self, request: ApiRequest, permission: Permission) -> Asked:
        """Whoever has the permission; raises as `anyone`, and `NotPermitted`."""
        asked = await self.anyone(request)
        if asked.context.may(permission):
            return asked
        if asked.context.principal.kind == "guest":
            raise NotSignedIn("Send your API key: Authorization: Bearer fh_…")
        raise NotPermitted(permission=permission)

    async def _key(self, authorization: str, org_id: OrgId) -> Principal:
        secret = bearer(authorization)
        if secret is None:
            raise NotSignedIn("Send your API key: Authorization: Bearer fh_…")
        async with self.database.session() as session:
            key = await use_api_key(session, secret, now=self.guard.clock.now())
        if key is None:
            raise NotSignedIn("This API key is not valid, or not any more.")
        self.known_keys.remember(secret)
        if key.org_id != org_id:
            raise NotYours
        return key_principal(key.key_id, key.scope)

    async def _staff(self, request: ApiRequest, token: str, *, org_id: OrgId) -> Principal:
        try:
            member = await self.guard.session_of(token, org_id)
        except NotSignedIn:
            return GUEST  # signed out, or at work for somebody else: a guest here like any other
        if request.http.method != "GET" and not _is_from_own_page(request):
            raise CrossSite
        return account_principal(member.account_id, member.role)


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
