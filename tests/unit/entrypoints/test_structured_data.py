"""What pages say to search engines: true, and unable to end the element it stands in."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

from tests.builders.business import an_offering

from fullhouse.booking.structured_data import BookableTime, business_data, event_data
from fullhouse.kernel.ids import OrgId
from fullhouse.people.model import Organisation, Venue, VenueId

AT = datetime(2027, 1, 9, 16, 30, 0, 123, tzinfo=UTC)
HOSTILE = "</script><script>alert(1)</script>&<!--"


def an_organisation(**changes: str) -> Organisation:
    fields = {"slug": "meadow", "name": "Meadow Farm", "tagline": "", "email": "", "phone": ""}
    return Organisation(
        org_id=OrgId(UUID(int=1)),
        locale="en",
        currency="USD",
        accent=None,
        cover=None,
        created_at=AT,
        **{**fields, **changes},  # type: ignore[arg-type]  # strings all
    )


def test_hostile_names_stay_inside_and_arrive_whole() -> None:
    text = business_data(an_organisation(name=HOSTILE), url="https://x.example/a", image="")
    assert not set("<>&") & set(text)
    assert json.loads(text)["name"] == HOSTILE


def test_what_is_not_known_is_left_out() -> None:
    data = json.loads(business_data(an_organisation(), url="https://x.example/a", image=""))
    assert set(data) == {"@context", "@type", "name", "url"}


def test_event_is_in_the_time_of_its_venue_and_the_decimals_of_its_currency() -> None:
    venue = Venue(
        OrgId(UUID(int=1)),
        VenueId(UUID(int=3)),
        "Barn",
        "America/Chicago",
        "1 Farm Road",
        "US",
        None,
        None,
        None,
        "",
    )
    offering = an_offering(currency="KWD", price_amount=1250)
    event = BookableTime(offering, AT, AT + timedelta(minutes=30))
    data = json.loads(event_data(venue, an_organisation(), event, url="https://x/", image=""))
    assert data["startDate"] == "2027-01-09T10:30:00-06:00"
    assert (data["offers"]["price"], data["offers"]["priceCurrency"]) == ("1.250", "KWD")
