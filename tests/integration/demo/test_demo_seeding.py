"""Seeding of the demo: consistent, realistic, and idempotent."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import msgspec
import pytest

from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.consistency import build_consistency_checker
from fullhouse.demo import farm
from fullhouse.demo.seeding import NOTIFIED_BOOKINGS, seed_demo
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.ids import OrgId
from fullhouse.people.model import VenueId

pytestmark = pytest.mark.timeout(120)


def texts_of(thing: object) -> Iterator[tuple[str, str]]:
    """Each text with a translation of the demo farm, and the names of the fields that miss one."""
    (german,) = thing.translations  # type: ignore[attr-defined]  # it is of several types
    for name, text in msgspec.structs.asdict(german).items():
        if name != "language" and hasattr(thing, name) and getattr(thing, name):
            yield text, name


def test_every_text_of_the_demo_is_there_in_german() -> None:
    org_id, venue_id = OrgId(UUID(int=1)), VenueId(UUID(int=2))
    offerings = farm.offerings(org_id, venue_id)
    questions = [one for offering in offerings for one in offering.questions]
    categories = [one for offering in offerings for one in offering.price_categories]
    assert farm.GARDEN.languages == ("de",)
    for thing in (farm.GARDEN, farm.FARM, *offerings, *questions, *categories):
        assert [name for text, name in texts_of(thing) if not text] == []


async def count(app: Application, sql: str) -> int:
    async with app.database.unrestricted.session() as session:
        found: int = await session.connection.fetchval(sql)
    return found


async def test_demo_is_a_consistent_season_and_is_seeded_once(
    app: Application, clock: ManualClock
) -> None:
    clock.advance(timedelta(hours=9, minutes=7))  # noon at the farm
    progress: list[tuple[int, int]] = []
    garden = await seed_demo(app, on_progress=lambda done, total: progress.append((done, total)))
    assert progress[-1][0] == progress[-1][1] == len(progress)

    bookings = await count(app, "SELECT count(*) FROM booking")
    assert 1_500 < bookings < 5_000
    assert await count(app, "SELECT count(*) FROM booking WHERE status = 'checked_in'") > 20
    assert await count(app, "SELECT count(*) FROM booking WHERE status = 'cancelled'") > 30
    assert await count(app, "SELECT count(*) FROM waiting_list_entry") > 20
    assert await count(app, "SELECT count(*) FROM slot WHERE booked = capacity") > 20
    assert await count(app, "SELECT count(*) FROM slot WHERE state = 'closed'") > 0
    assert await count(app, "SELECT count(*) FROM event WHERE kind = 'BookingFailed'") == 0
    assert await count(app, "SELECT count(*) FROM booking WHERE created_at > now()") == bookings
    days = await count(
        app, "SELECT count(DISTINCT starts_at::date) FROM slot WHERE capacity IN (28, 60)"
    )
    assert days in {farm.SEASON_DAYS, farm.SEASON_DAYS + 1}
    report = await build_consistency_checker(app.database, clock).check()
    assert report.ok, report.broken

    unnotified = """SELECT count(*) FROM event e, relay_cursor c
        WHERE c.subscriber = 'messages' AND (e.xid, e.seq) > (c.xid, c.seq) AND e.kind = 'Booked'"""
    assert NOTIFIED_BOOKINGS <= await count(app, unnotified) < NOTIFIED_BOOKINGS * 12

    again = await seed_demo(app)
    assert again == garden
    assert await count(app, "SELECT count(*) FROM booking") == bookings


@pytest.fixture
def short_season(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fifth of the days, for what does not depend on how many there are."""
    monkeypatch.setattr(farm, "SEASON_DAYS", 8)


@pytest.mark.usefixtures("short_season")
@pytest.mark.parametrize("minutes", [422, 463, 829])
async def test_demo_ends_at_any_time_of_the_day(
    app: Application, clock: ManualClock, minutes: int
) -> None:
    clock.advance(timedelta(minutes=minutes, seconds=7))
    async with asyncio.timeout(30):  # what was cancelled a moment ago is kept for undo
        await seed_demo(app)
    over = "SELECT count(*) FROM slot_allocation WHERE expires_at <= $1"
    async with app.database.unrestricted.session() as session:
        assert await session.connection.fetchval(over, clock.now()) == 0


async def test_demo_started_weeks_later_extends_its_season(
    app: Application, clock: ManualClock
) -> None:
    garden = await seed_demo(app)
    bookings = await count(app, "SELECT count(*) FROM booking")
    clock.advance(timedelta(days=40))
    assert await seed_demo(app) == garden
    assert await count(app, "SELECT count(*) FROM booking") == bookings
    async with app.database.unrestricted.session() as session:
        days = await session.connection.fetchval(
            "SELECT count(DISTINCT starts_at::date) FROM slot WHERE starts_at > $1", clock.now()
        )
    assert days >= farm.SEASON_DAYS


@pytest.mark.usefixtures("short_season")
async def test_interrupted_seeding_continues_without_duplicates(app: Application) -> None:
    def cut(done: int, total: int) -> None:
        if done > total // 2:
            raise ConnectionError

    with pytest.raises(ExceptionGroup):
        await seed_demo(app, on_progress=cut)
    half = await count(app, "SELECT count(*) FROM booking")
    await seed_demo(app)
    whole = await count(app, "SELECT count(*) FROM booking")
    assert half < whole
    assert await count(app, "SELECT count(DISTINCT customer_email) FROM booking") == whole
    assert await count(app, "SELECT count(*) FROM organisation") == 1
    assert await count(app, "SELECT count(*) FROM schedule") == sum(
        map(len, farm.SCHEDULE_PATTERNS.values())
    )
