"""The one table of roles and scopes: which permissions each of them grants."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal
from uuid import UUID

from fullhouse.kernel.context import GUEST_PERMISSIONS, Permission, Principal
from fullhouse.localisation.translations import gettext_noop

Role = Literal["customer", "staff", "admin", "owner"]
"""What an account is to an organisation."""

ApiKeyScope = Literal["read", "book", "manage"]
"""What an API key is for; a scope includes those before it."""

_STAFF: Final = GUEST_PERMISSIONS | {
    Permission.VIEW_BOOKINGS,
    Permission.CHANGE_BOOKINGS,
    Permission.OVERRIDE_POLICY,
    Permission.VIEW_MESSAGES,
    Permission.VIEW_CUSTOMERS,
}
_ADMIN: Final = _STAFF | {
    Permission.MANAGE_OFFERINGS,
    Permission.MANAGE_CUSTOMERS,
    Permission.VIEW_REPORTS,
}
_OWNER: Final = _ADMIN | {
    Permission.MANAGE_ORGANISATION,
    Permission.MANAGE_ACCESS,
    Permission.VIEW_AUDIT,
}

ROLES: Final[Mapping[Role, frozenset[Permission]]] = MappingProxyType(
    {
        "customer": GUEST_PERMISSIONS,
        "staff": _STAFF,
        "admin": _ADMIN,
        "owner": _OWNER,
    }
)

ROLE_NAMES: Final[Mapping[Role, str]] = {
    "staff": gettext_noop("Staff: runs the day"),
    "admin": gettext_noop("Admin: also offerings and reports"),
    "owner": gettext_noop("Owner: also team and settings"),
    "customer": gettext_noop("Customer"),
}
"""What each role is called where people choose one."""

_READ: Final = frozenset({Permission.BROWSE, Permission.VIEW_BOOKINGS, Permission.VIEW_CUSTOMERS})

SCOPES: Final[Mapping[ApiKeyScope, frozenset[Permission]]] = MappingProxyType(
    {
        "read": _READ,
        # Another shop of the business: it sells and changes bookings, within the policy
        "book": _READ | {Permission.BOOK, Permission.CHANGE_BOOKINGS},
        "manage": ROLES["owner"],
    }
)

SCOPE_NAMES: Final[Mapping[ApiKeyScope, str]] = {
    "read": gettext_noop("Read: sees offerings, bookings and customers, and changes nothing"),
    "book": gettext_noop("Book: also books, and changes bookings within your rules"),
    "manage": gettext_noop("Manage: does everything an owner may do"),
}
"""What each scope is called where people choose one."""


def account_principal(account_id: UUID, role: Role) -> Principal:
    """A person at work for an organisation."""
    return Principal("account", account_id, ROLES[role])


def own_principal(account_id: UUID, *, is_operator: bool = False) -> Principal:
    """A person at no business: she may do what a guest may, and see to her own account.

    An operator runs the installation there as well, but no business.
    """
    own = GUEST_PERMISSIONS | {Permission.USE_ACCOUNT}
    return Principal("account", account_id, own | {Permission.OPERATE} if is_operator else own)


def key_principal(key_id: UUID, scope: ApiKeyScope) -> Principal:
    """A program with an API key."""
    return Principal("key", key_id, SCOPES[scope])
