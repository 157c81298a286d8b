"""A venue's zone is known here and in the database, whose statements work with its times."""

from pathlib import Path

import pytest
from tests.builders.business import Business, a_member_of_staff, commit
from tests.builders.zones import NEW_ZONE, a_new_zone

from fullhouse.bootstrap.application import Application
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model import NewVenue


async def refused_field(app: Application, business: Business, zone: str) -> object:
    with pytest.raises(InvalidInput) as refused:
        await commit(
            app,
            app.people.add_venue,
            business.org_id,
            NewVenue("Field", zone, "US"),
            context=a_member_of_staff(),
        )
    return refused.value.details["field"]


@pytest.mark.parametrize(
    "zone",
    [
        *("", "Chicago", "../../etc/passwd", "America/Nowhere", "a\x00b"),
        *("right/Europe/Berlin", "posix/Europe/Berlin", "right/UTC"),
    ],
)
async def test_a_venue_needs_a_zone_that_exists(
    app: Application, business: Business, zone: str
) -> None:
    assert await refused_field(app, business, zone) == "zone"


async def test_a_venue_needs_a_zone_that_the_database_knows_too(
    app: Application, business: Business, tmp_path: Path
) -> None:
    """Of two copies of the tz database one is newer: it has places that the other has not."""
    with a_new_zone(tmp_path):
        assert await refused_field(app, business, NEW_ZONE) == "zone"
