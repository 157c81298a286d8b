"""The audit: every event of an organisation in words, by person, kind and day."""

import csv
import io
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta

import pytest
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_guest
from tests.builders.html_text import visible_text
from tests.builders.statement_counts import added, statements

from fullhouse.booking.model.event_texts import AUDIT_TEXTS
from fullhouse.booking.reads.audit import AuditSearch, audit_events
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.events import Event

OF_NO_BUSINESS = {
    "AccountAdded",
    "RecoveryCodesRenewed",
    "RefreshTokenReused",
    "CircuitOpened",
    "CircuitClosed",
    "OperatingModeChanged",
    "FlagChanged",
    "FlagRolledBack",
}


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


@pytest.fixture
async def cookie(api: ApiClient) -> Mapping[str, str]:
    return await api.staff_cookie("Ada")


async def audit(api: ApiClient, cookie: Mapping[str, str], query: str = "") -> str:
    answer = await api.ask("GET", f"//admin/{api.org}/audit{query}", headers=cookie)
    assert answer.status == 200, answer.body
    return answer.body.decode()


def table(page: str) -> str:
    return visible_text("<body>" + page.partition("<tbody>")[2].partition("</tbody>")[0])


async def test_who_did_what_to_what_is_listed_and_filtered(
    api: ApiClient,
    app: Application,
    business: Business,
    cookie: Mapping[str, str],
    clock: ManualClock,
) -> None:
    slot = await business.a_slot(starts_in=timedelta(hours=1))
    request = a_booking_of(slot)
    booked = await app.booking.place_booking(business.org_id, request, context=a_guest())
    ref = booked.outcome.ref
    path = f"//admin/{api.org}/bookings/{ref}/check-in"
    assert (await api.ask("POST", path, headers=cookie)).status == 303
    rows = table(await audit(api, cookie))
    assert f"Guests checked in {ref} Ada" in rows
    assert f"Booked {ref} the guest" in rows
    assert "API key issued Website the operator" in rows
    guests = table(await audit(api, cookie, "?person=guest"))
    assert "Booked" in guests
    assert "checked in" not in guests
    assert "Booked" not in table(await audit(api, cookie, "?kind=CheckedIn"))
    today = clock.now().date()
    assert ref in table(await audit(api, cookie, f"?day={today}"))
    assert ref not in table(await audit(api, cookie, f"?day={today - timedelta(days=2)}"))
    assert ref not in table(await audit(api, cookie, "?day=9999-12-31&after=x&person=x"))


async def test_pages_follow_each_other_without_a_gap(
    api: ApiClient, app: Application, business: Business
) -> None:
    for slot in await business.slots(3, minutes=60 * 24):
        request = a_booking_of(slot, allow_duplicate=True)
        await app.booking.place_booking(business.org_id, request, context=a_guest())
    async with app.database.session() as session:
        everything = await audit_events(session, business.org_id, AuditSearch(limit=100))
        pages = await audit_events(session, business.org_id, AuditSearch(limit=2))
        while more := await audit_events(
            session, business.org_id, AuditSearch(limit=2, after=pages[-1].position)
        ):
            pages += more
    assert pages == everything
    assert len(everything) > 3
    assert api.org


async def test_csv_file_has_every_event_and_the_list_takes_few_statements(
    api: ApiClient, app: Application, cookie: Mapping[str, str]
) -> None:
    await audit(api, cookie)
    before = statements(app)
    await audit(api, cookie)
    assert len(added(before, statements(app))) <= 5
    answer = await api.ask("GET", f"//admin/{api.org}/audit.csv", headers=cookie)
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    assert rows[0] == ["Time", "What", "About", "Who", "Account or key"]
    assert any(row[1] == "Role given" for row in rows)


async def test_who_signs_in_by_a_link_is_named(api: ApiClient, cookie: Mapping[str, str]) -> None:
    answer = await api.ask("GET", f"//admin/{api.org}/audit.csv", headers=cookie)
    rows = list(csv.reader(io.StringIO(answer.body.decode("utf-8-sig"))))
    (signed_in,) = [row for row in rows if row[1] == "Signed in"]
    assert signed_in[2:4] == ["Ada", "Ada"]


async def test_account_without_a_name_has_its_address_and_one_that_is_gone_is_said_to_be(
    api: ApiClient, app: Application, cookie: Mapping[str, str]
) -> None:
    async with app.database.unrestricted.session() as session:
        await session.connection.execute("UPDATE account SET name = '', email = 'ada@example.org'")
        await session.connection.execute(
            "INSERT INTO event (org_id, kind, subject, data, actor, correlation_id, at)"
            " SELECT org_id, 'OrganisationChanged', org_id, '{}', kind || gen_random_uuid(),"
            " org_id, now() FROM organisation, unnest(ARRAY['account:', 'key:']) AS kind"
        )
    answer = await api.ask("GET", f"//admin/{api.org}/audit.csv", headers=cookie)
    who = {row[3] for row in csv.reader(io.StringIO(answer.body.decode("utf-8-sig")))}
    assert {"ada@example.org", "an account that is gone", "an API key that is gone"} <= who
    assert not any(":" in name for name in who)
    rows = table(await audit(api, cookie))
    assert "Signed in ada@example.org ada@example.org" in rows
    assert ">ada@example.org</option>" in await audit(api, cookie)


async def test_audit_is_the_owners(api: ApiClient) -> None:
    admin = await api.staff_cookie("Sam", role="admin")
    for end in ("audit", "audit.csv"):
        assert (await api.ask("GET", f"//admin/{api.org}/{end}", headers=admin)).status == 403


def test_every_event_of_an_organisation_has_a_text() -> None:
    def kinds(base: type[Event]) -> set[str]:
        below = [kinds(one) for one in base.__subclasses__()]
        return set.union(set(), *below) if below else {base.kind()}

    of_business = {kind for kind in kinds(Event) if not _is_of_people_or_tests(kind)}
    assert of_business <= set(AUDIT_TEXTS), of_business - set(AUDIT_TEXTS)


def _is_of_people_or_tests(kind: str) -> bool:
    """Events of accounts are the installation's; some classes are tests' own."""
    classes = {one.__name__: one for one in _all(Event)}
    module = classes[kind].__module__
    bases = {base.__name__ for base in classes[kind].__mro__}
    return not module.startswith("fullhouse.") or "AccountEvent" in bases or kind in OF_NO_BUSINESS


def _all(base: type[Event]) -> list[type[Event]]:
    return [one for below in base.__subclasses__() for one in (below, *_all(below))]
