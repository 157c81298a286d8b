"""Availability of the attackers' own offerings; that of the museum is the largest answer."""

from datetime import date, timedelta

from fullhouse.capacity.siege.attack import Tenant

SPAN_DAYS = 60


def museum_path(tenant: Tenant, *, party: int, first: date | None = None) -> str:
    """Two months of an offering with a slot each five minutes, by default the next ones."""
    return availability_path(tenant, tenant.museum, party=party, first=first)


def availability_path(
    tenant: Tenant, offering: str, *, party: int, first: date | None = None
) -> str:
    """Two months of an offering, by default the next ones."""
    first = first or tenant.opens_on
    last = first + timedelta(days=SPAN_DAYS)
    return (
        f"/api/v1/{tenant.org}/offerings/{offering}/availability"
        f"?from={first}&to={last}&party={party}"
    )
