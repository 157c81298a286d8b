"""Who may do what: each role and scope, and what nobody is given by being somebody else."""

from uuid import UUID

import pytest

from fullhouse.kernel.context import GUEST, OPERATOR, SYSTEM, Permission, Principal, RequestContext
from fullhouse.people.model.roles import (
    ROLES,
    SCOPES,
    ApiKeyScope,
    Role,
    account_principal,
    key_principal,
)

ID = UUID(int=7)
GUESTS = {Permission.BROWSE, Permission.BOOK}
STAFF = GUESTS | {
    Permission.VIEW_BOOKINGS,
    Permission.CHANGE_BOOKINGS,
    Permission.OVERRIDE_POLICY,
    Permission.VIEW_MESSAGES,
    Permission.VIEW_CUSTOMERS,
}
READ = {Permission.BROWSE, Permission.VIEW_BOOKINGS, Permission.VIEW_CUSTOMERS}
ADMIN = STAFF | {
    Permission.MANAGE_OFFERINGS,
    Permission.MANAGE_CUSTOMERS,
    Permission.VIEW_REPORTS,
}


@pytest.mark.parametrize(
    ("role", "permissions"),
    [
        ("customer", GUESTS),
        ("staff", STAFF),
        ("admin", ADMIN),
        ("owner", set(Permission) - {Permission.OPERATE, Permission.USE_ACCOUNT}),
    ],
)
def test_each_role_grants_what_the_table_says(role: Role, permissions: set[Permission]) -> None:
    assert account_principal(ID, role).permissions == permissions


@pytest.mark.parametrize(
    ("scope", "permissions"),
    [
        ("read", READ),
        ("book", GUESTS | READ | {Permission.CHANGE_BOOKINGS}),
        ("manage", set(Permission) - {Permission.OPERATE, Permission.USE_ACCOUNT}),
    ],
)
def test_each_scope_grants_what_the_table_says(
    scope: ApiKeyScope, permissions: set[Permission]
) -> None:
    assert key_principal(ID, scope).permissions == permissions


def test_every_role_and_scope_is_in_the_tests() -> None:
    assert (set(ROLES), set(SCOPES)) == (
        {"customer", "staff", "admin", "owner"},
        {"read", "book", "manage"},
    )


def test_the_system_may_do_no_more_than_a_guest() -> None:
    assert SYSTEM.permissions == GUEST.permissions == GUESTS
    assert OPERATOR.permissions == set(Permission)


@pytest.mark.parametrize(
    ("principal", "actor"),
    [
        (GUEST, "guest"),
        (SYSTEM, "system"),
        (OPERATOR, "operator"),
        (account_principal(ID, "staff"), f"account:{ID}"),
        (key_principal(ID, "read"), f"key:{ID}"),
    ],
)
def test_an_actor_is_an_id_and_never_a_name(principal: Principal, actor: str) -> None:
    assert RequestContext(principal, ID).actor == actor
