"""Access of a handler's caller, for handlers that check it themselves."""

from dataclasses import dataclass

from fullhouse.entrypoints.api.api_request import ApiRequest
from fullhouse.entrypoints.security.access import AccessControl, OrgContext
from fullhouse.kernel.context import Permission


@dataclass(frozen=True, slots=True)
class Callers:
    """Resolves callers."""

    access: AccessControl

    async def anyone(self, request: ApiRequest) -> OrgContext:
        """Raises as `AccessControl.resolve`."""
        return await self.access.resolve(request.http)

    async def allowed(self, request: ApiRequest, permission: Permission) -> OrgContext:
        """Raises as `AccessControl.for_api`."""
        return await self.access.for_api(request.http, permission)
