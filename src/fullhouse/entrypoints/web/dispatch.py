"""Dispatch of pages: permission, organisation and origin are checked before a handler runs."""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from fullhouse.entrypoints.security.access import AccessControl, OrgContext, require
from fullhouse.entrypoints.security.outage_pass import OPERATOR_IN_OUTAGE, OutagePass
from fullhouse.entrypoints.web.page_context import PageContext, PageContextFactory
from fullhouse.http.request import Request
from fullhouse.http.response import AnyResponse
from fullhouse.http.routing import Route, RouteClass
from fullhouse.http.same_origin import SAFE_METHODS
from fullhouse.kernel.context import GUEST, Permission, RequestContext
from fullhouse.kernel.errors import NotFound, TransientError
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.errors import NotSignedIn
from fullhouse.people.model import AccountId
from fullhouse.people.reads.profiles import Profiles

_LIMITS: Final = RouteClass()
PageHandler = Callable[[PageContext], Awaitable[AnyResponse]]


class PageRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A page or the target of a form; `allow` is the permission that it needs."""

    method: str
    path: str
    handler: PageHandler
    allow: Permission
    limits: RouteClass = _LIMITS
    on_domains: bool = False
    """Whether it is also at the own domains of businesses, where its path names none."""
    without_database: bool = False
    """Whether an operator sees it while nobody can be looked up: see `OutagePass`."""

    @property
    def has_organisation(self) -> bool:
        return "{org}" in self.path


class PageDispatcher(msgspec.Struct, frozen=True):
    """Turns page routes into routes of the site.

    A route whose permission every guest has is served to a guest: no session is looked up for it,
    not even for staff. Any other needs a session: of a member of the organisation that the path
    names, or of anybody where it names none.
    """

    contexts: PageContextFactory
    access: AccessControl
    profiles: Profiles
    outage_pass: OutagePass

    def route(self, page_route: PageRoute) -> Route:
        async def handle(request: Request) -> AnyResponse:
            try:
                page = await self.admit(request, page_route)
            except TransientError:
                await request.keep_form()
                raise
            if page_route.allow in GUEST.permissions:
                return await self._answer_guest(page, page_route.handler)
            if request.method not in SAFE_METHODS:
                await request.body()  # nobody waits for a turn while a browser sends a picture
            org_id = page.org_id if page_route.has_organisation else INSTALLATION
            async with self.access.turns.turn(page.context, org_id):
                return await page_route.handler(page)

        return Route(
            page_route.method, page_route.path, handle, page_route.limits, page_route.allow
        )

    async def _answer_guest(self, page: PageContext, handler: PageHandler) -> AnyResponse:
        """What is looked at has turns; bookings are made together, as many as there are."""
        if page.request.method not in SAFE_METHODS:
            return await handler(page)
        async with self.access.turns.guests.turn(page.request.client_address):
            return await handler(page)

    async def admit(self, request: Request, page_route: PageRoute) -> PageContext:
        """Return the context of a request that may be handled.

        Raises `CrossSiteRequest`, `NotFound`, `NotSignedIn` and `NotPermitted`.
        """
        if not page_route.has_organisation:
            if page_route.allow not in GUEST.permissions:
                return await self._admit_person(request, page_route)
            front = await self.access.for_front_page(request)
            if front is not None and not page_route.on_domains:
                raise NotFound
            return self.contexts.build(request, front)
        org = await self._org_context(request, page_route.allow)
        require(org.context, page_route.allow)
        page = self.contexts.build(request, org)
        if await self._may_switch(page):
            return msgspec.structs.replace(page, switches_business=True)
        return page

    async def _admit_person(self, request: Request, page_route: PageRoute) -> PageContext:
        """An operator gets the pass for the time without the database along."""
        try:
            context = await self.access.for_account_page(request)
        except TransientError:
            if not (page_route.without_database and self.outage_pass.is_valid(request)):
                raise
            return self.contexts.build(
                request, context=RequestContext(OPERATOR_IN_OUTAGE, self.contexts.ids.uuid())
            )
        require(context, page_route.allow)
        page = self.contexts.build(request, context=context)
        if context.may(Permission.OPERATE):
            page.cookies.append(self.outage_pass.cookie(request))
        return page

    async def _may_switch(self, page: PageContext) -> bool:
        """Whether a page that is looked at has a way to the other businesses of its reader."""
        account_id = page.context.principal.id
        if account_id is None or page.request.method != "GET":
            return False
        try:
            profile = await self.profiles.profile(AccountId(account_id))
        except NotSignedIn:  # the account was removed a moment ago
            return False
        return len(profile.memberships) > 1

    async def _org_context(self, request: Request, allow: Permission) -> OrgContext:
        if allow in GUEST.permissions:
            return await self.access.for_guest_page(request)
        return await self.access.for_staff_page(request, allow)


def get(
    path: str,
    handler: PageHandler,
    allow: Permission,
    *,
    on_domains: bool = False,
    without_database: bool = False,
) -> PageRoute:
    """A page."""
    return PageRoute(
        method="GET",
        path=path,
        handler=handler,
        allow=allow,
        on_domains=on_domains,
        without_database=without_database,
    )


def post(
    path: str, handler: PageHandler, allow: Permission, *, limits: RouteClass = _LIMITS
) -> PageRoute:
    """The target of a form."""
    return PageRoute(method="POST", path=path, handler=handler, allow=allow, limits=limits)
