"""Access control: who asks, for which organisation, and whether the principal may.

Every operation of the API and every page names the permission it needs; its dispatcher calls one of
the `for_…` methods below before the handler runs, and hands the handler the `OrgContext`.
"""

from dataclasses import dataclass

import msgspec

from fullhouse.entrypoints.security.account_sessions import SESSION_COOKIE, AccountSessions
from fullhouse.entrypoints.security.api_keys import RecentApiKeys
from fullhouse.entrypoints.security.caller_turns import CallerTurns
from fullhouse.entrypoints.security.errors import WrongOrganisation
from fullhouse.http.headers import bearer_token, idempotency_key
from fullhouse.http.request import Request
from fullhouse.http.same_origin import SAFE_METHODS, require_same_origin
from fullhouse.kernel.clock import Clock
from fullhouse.kernel.context import GUEST, Permission, Principal, RequestContext
from fullhouse.kernel.errors import NotFound
from fullhouse.kernel.ids import INSTALLATION, Ids, OrgId
from fullhouse.localisation.negotiation import negotiate_language
from fullhouse.people.errors import NotPermitted, NotSignedIn, UnknownOrganisation
from fullhouse.people.model import Organisation
from fullhouse.people.model.access_tokens import ACCESS_PREFIX
from fullhouse.people.model.accounts import AccountSession
from fullhouse.people.model.domains import requested_domain
from fullhouse.people.model.roles import account_principal, key_principal, own_principal
from fullhouse.people.reads.directory import OrganisationCache
from fullhouse.people.reads.keys import use_api_key
from fullhouse.storage.database import Database
from fullhouse.telemetry import correlation


class OrgContext(msgspec.Struct, frozen=True):
    """A request's organisation and its `RequestContext`, resolved before the handler runs."""

    organisation: Organisation
    context: RequestContext

    @property
    def org_id(self) -> OrgId:
        return self.organisation.org_id

    @property
    def slug(self) -> str:
        return self.organisation.slug

    def may(self, permission: Permission) -> bool:
        return self.context.may(permission)

    def text_language(self, request: Request) -> str:
        """The language of the business's texts for a program of guests; empty for the main one.

        Who may change them gets them as they are stored: what is read is often written back.
        """
        if not self.organisation.languages or self.may(Permission.MANAGE_OFFERINGS):
            return ""
        accept, main = request.header(b"accept-language"), self.organisation.locale
        language = negotiate_language(requested=None, accept=accept, fallback=main)
        return self.organisation.text_language(language)


class AccountContext(msgspec.Struct, frozen=True):
    """A request that concerns no business: `person` is who is signed in, by `token`."""

    context: RequestContext
    person: AccountSession | None = None
    token: str | None = None

    @property
    def org_id(self) -> OrgId:
        return INSTALLATION

    @property
    def signed_in(self) -> AccountSession:
        """The person, where the operation needs one."""
        assert self.person is not None, "the permission was checked"
        return self.person


@dataclass(frozen=True, slots=True)
class AccessControl:
    """Resolves principals and organisations, and checks permissions.

    At the own domain of a business there is this business and what guests may do there, and nothing
    else: no other business, no staff and no accounts. `own_domain` is the installation's.
    """

    directory: OrganisationCache
    database: Database
    sessions: AccountSessions
    clock: Clock
    ids: Ids
    recent_keys: RecentApiKeys
    turns: CallerTurns
    own_domain: str = ""

    async def for_api(self, request: Request) -> OrgContext:
        """The caller of the API: a key, a session or a guest, whose permission is not checked yet.

        An API key that is not valid here is refused, never ignored; a cookie whose session has
        ended, or is another organisation's, makes a guest. Raises `UnknownOrganisation`,
        `NotSignedIn`, `WrongOrganisation`, `CrossSiteRequest`, and `InvalidInput` for an
        idempotency key that is none.
        """
        organisation = await self._organisation(request)
        authorization = request.header(b"authorization")
        if authorization is not None:
            principal = await self._bearer(authorization, organisation.org_id)
        elif (token := SESSION_COOKIE.read(request)) is not None:
            principal = await self._member_or_guest(request, token, organisation.org_id)
        else:
            principal = GUEST
        key = None if request.method in SAFE_METHODS else idempotency_key(request)
        return OrgContext(organisation, self._context(principal, key, request.client_address))

    async def for_guest_page(self, request: Request) -> OrgContext:
        """A guest of a public page, signed in or not: its pages sell within the policy.

        Raises `UnknownOrganisation` and `CrossSiteRequest`.
        """
        require_same_origin(request)
        organisation = await self._organisation(request)
        context = self._context(GUEST, client=request.client_address)
        return OrgContext(organisation, context)

    async def for_front_page(self, request: Request) -> OrgContext | None:
        """A guest of a page that is of no business; at the own domain of one, of that business.

        Raises as above.
        """
        require_same_origin(request)
        slug = await self._slug_of_domain(request)
        if slug is None:
            return None
        context = self._context(GUEST, client=request.client_address)
        return OrgContext(await self.directory.organisation(slug), context)

    async def for_staff_page(self, request: Request, permission: Permission) -> OrgContext:
        """A member of staff with this permission.

        Raises `UnknownOrganisation`, `NotSignedIn` (as well for staff of another organisation),
        `CrossSiteRequest` and `NotPermitted`.
        """
        await self._require_own_address(request)
        organisation = await self.directory.organisation(request.path_params["org"])
        principal = await self.sessions.member(SESSION_COOKIE.read(request), organisation.org_id)
        require_same_origin(request)
        context = self._context(principal)
        require(context, permission)
        return OrgContext(organisation, context)

    async def _organisation(self, request: Request) -> Organisation:
        """Of the path. Raises `UnknownOrganisation` also at the domain of another one."""
        slug = request.path_params["org"]
        if await self._slug_of_domain(request) not in {None, slug}:
            raise UnknownOrganisation
        return await self.directory.organisation(slug)

    async def _require_own_address(self, request: Request) -> None:
        """Raise `NotFound` at the own domain of a business."""
        if await self._slug_of_domain(request) is not None:
            raise NotFound

    def depends_on_host(self, request: Request) -> bool:
        """Whether a request may have come in at the own domain of a business."""
        domain = self._other_domain(request)
        return domain is not None and self.directory.may_be_own(domain)

    async def _slug_of_domain(self, request: Request) -> str | None:
        """The business at whose own domain a request came in; None at any other address."""
        domain = self._other_domain(request)
        return None if domain is None else await self.directory.slug_at(domain)

    def _other_domain(self, request: Request) -> str | None:
        """The domain that was asked for, where it is not the installation's."""
        domain = requested_domain(request.header(b"host") or "")
        return None if "." not in domain or domain == self.own_domain else domain

    def _context(
        self, principal: Principal, key: str | None = None, client: str = ""
    ) -> RequestContext:
        correlation_id = correlation.current() or self.ids.uuid()
        return RequestContext(principal, correlation_id, key, client=client, network=client)

    async def for_account(self, request: Request) -> AccountContext:
        """The person who calls, at no business: by an access token or a session of the pages.

        Anybody else is a guest, also with an access token that has ended: a program that refreshes
        its tokens may send it along. Raises `CrossSiteRequest`.
        """
        await self._require_own_address(request)
        person = token = None
        secret = bearer_token(request.header(b"authorization") or "")
        try:
            if secret is not None:
                token, person = secret, await self.sessions.session(secret, kind="api")
            elif (cookie := SESSION_COOKIE.read(request)) is not None:
                token, person = cookie, await self.sessions.session(cookie)
                require_same_origin(request)
        except NotSignedIn:
            person = None
        principal = GUEST if person is None else own_principal(person.account_id)
        context = self._context(principal, client=request.client_address)
        return AccountContext(context, person, token if person else None)

    async def for_account_page(self, request: Request) -> RequestContext:
        """A person who is signed in, on a page of no business.

        Raises `NotSignedIn` and `CrossSiteRequest`.
        """
        await self._require_own_address(request)
        person = await self.sessions.session(SESSION_COOKIE.read(request))
        require_same_origin(request)
        return self._context(own_principal(person.account_id, is_operator=person.is_operator))

    async def _bearer(self, authorization: str, org_id: OrgId) -> Principal:
        """An API key of the organisation, or a person who is signed in and may be no member."""
        secret = bearer_token(authorization)
        if secret is None:
            raise NotSignedIn
        if not secret.startswith(ACCESS_PREFIX):
            return await self._key(secret, org_id)
        person = await self.sessions.session(secret, org_id, kind="api")
        self.recent_keys.add(secret)
        return GUEST if person.role is None else account_principal(person.account_id, person.role)

    async def _key(self, secret: str, org_id: OrgId) -> Principal:
        async with self.database.session() as session:
            key = await use_api_key(session, secret, now=self.clock.now())
        if key is None:
            raise NotSignedIn("This API key is not valid, or not any more.")
        self.recent_keys.add(secret)
        if key.org_id != org_id:
            raise WrongOrganisation
        return key_principal(key.key_id, key.scope)

    async def _member_or_guest(self, request: Request, token: str, org_id: OrgId) -> Principal:
        try:
            principal = await self.sessions.member(token, org_id)
        except NotSignedIn:
            return GUEST
        require_same_origin(request)
        return principal


def require(context: RequestContext, permission: Permission) -> None:
    """Raise `NotPermitted`, or `NotSignedIn` for a guest, without the permission."""
    if context.may(permission):
        return
    if context.principal.kind == "guest":
        raise NotSignedIn
    raise NotPermitted(permission=permission)
