"""The context of a request: its principal with permissions, and its ids.

The entrypoints resolve a `Principal` before any handler runs and check its permissions there. Rules
of the business are bent only where a command asks `context.may(Permission.OVERRIDE_POLICY)`. The
roles and scopes that grant permissions are one table: `people/model/roles.py`.
"""

import enum
from typing import Literal, cast
from uuid import UUID

import msgspec

PrincipalKind = Literal["guest", "account", "key", "operator", "system"]


class Permission(enum.StrEnum):
    """What a principal may do. Every operation, page and command names the one that it needs."""

    BROWSE = "browse"
    """See what is published: organisation, offerings, availability."""
    BOOK = "book"
    """Book, hold, wait, and change a booking by its link; within the policy."""
    VIEW_BOOKINGS = "view_bookings"
    """See every booking of the organisation with its customer and history."""
    CHANGE_BOOKINGS = "change_bookings"
    """Change any booking of the organisation: check in, mark as no-show, move, cancel, undo."""
    OVERRIDE_POLICY = "override_policy"
    """Book and change outside the policy: late, on closed slots, in any party size, without fee."""
    MANAGE_OFFERINGS = "manage_offerings"
    """Change what is sold and when: venues, offerings, schedules, closures, capacities."""
    VIEW_MESSAGES = "view_messages"
    """See the messages that were sent to customers."""
    VIEW_CUSTOMERS = "view_customers"
    """See the customers of the organisation with their bookings."""
    MANAGE_CUSTOMERS = "manage_customers"
    """Merge customers, export and erase a person's data."""
    VIEW_REPORTS = "view_reports"
    """See what is sold and earned: by day, offering and season."""
    MANAGE_ORGANISATION = "manage_organisation"
    """Change what the organisation says of itself, and how it works."""
    VIEW_AUDIT = "view_audit"
    """See who did what, and who looked at whom."""
    MANAGE_ACCESS = "manage_access"
    """Invite and remove members, give roles, issue and revoke API keys and sign-in links."""
    USE_ACCOUNT = "use_account"
    """See and change one's own account: as the person who is signed in, at no business."""
    OPERATE = "operate"
    """Run the installation: create organisations, check, export, retry dead letters."""


class Principal(msgspec.Struct, frozen=True):
    """The actor of a request: a guest, an account, an API key, the operator, or the system.

    `id` is the account's or the key's; the other kinds have none. An event names its principal by
    `actor`, never by a person's name.
    """

    kind: PrincipalKind
    id: UUID | None
    permissions: frozenset[Permission]

    @property
    def actor(self) -> str:
        """`guest`, `operator`, `system`, `account:<uuid>` or `key:<uuid>`."""
        return self.kind if self.id is None else f"{self.kind}:{self.id}"


class RequestContext(msgspec.Struct, frozen=True):
    """Goes with every command. How long its caller waits goes with the task: `deadline`."""

    principal: Principal
    correlation_id: UUID
    idempotency_key: str | None = None
    """The client's own key for this request."""
    client: str = ""
    """What tells a guest's client from others': its network address, or a secret of a form."""
    network: str = ""
    """The network address of a client of ours; empty where there is none."""

    @property
    def requester(self) -> str:
        """Whose idempotency keys and repeats these are: of a principal, or of a guest's client.

        Guests share one principal. That two of them say the same is no proof that they are one.
        """
        return self.client if self.principal.id is None else self.principal.actor

    @property
    def actor(self) -> str:
        return self.principal.actor

    def may(self, permission: Permission) -> bool:
        return permission in self.principal.permissions


GUEST_PERMISSIONS = frozenset({Permission.BROWSE, Permission.BOOK})

GUEST = Principal("guest", None, GUEST_PERMISSIONS)
"""A visitor without an account or key."""

SYSTEM = Principal("system", None, GUEST_PERMISSIONS)
"""The worker: it acts on behalf of guests, so it may do no more than a guest."""


def on_behalf_of(actor: str) -> Principal:
    """Whose request a job carries out: with that name in the history, and no more than a guest may.

    The permission was asked for when the request was made.
    """
    kind, _, id_ = actor.partition(":")
    return Principal(cast("PrincipalKind", kind), UUID(id_) if id_ else None, GUEST_PERMISSIONS)


OPERATOR = Principal("operator", None, frozenset(Permission))
"""The command line of the installation."""
