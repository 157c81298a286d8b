"""The unit of work: one transaction with its events, notifications and idempotent answer."""

import asyncio
import json
from uuid import UUID

import pytest
from asyncpg import RestrictViolationError
from tests.builders.business import Business, a_booking_of, a_guest, a_member_of_staff
from typing_extensions import override

from fullhouse.booking.model.offering import OfferingId
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.context import RequestContext
from fullhouse.kernel.errors import IdempotencyKeyReused
from fullhouse.kernel.events import Event, topic
from fullhouse.storage.connection import connect
from fullhouse.storage.unit_of_work import AlreadyAnswered

SUBJECT = UUID(int=42)
REQUEST, OTHER_REQUEST = UUID(int=1), UUID(int=2)


class FenceMended(Event, frozen=True):
    """An event of no part: what a change records."""

    offering_id: UUID
    posts: int

    @override
    def topics(self, org_id: UUID) -> tuple[str, ...]:
        return tuple([topic(org_id, UUID(int=number)) for number in range(self.posts)])


async def mend(
    app: Application,
    business: Business,
    context: RequestContext,
    *,
    posts: int = 1,
    fails: bool = False,
) -> str:
    """One change of a fence, with an answer."""
    async with app.unit_of_work(context, business.org_id, fingerprint=REQUEST) as uow:
        uow.record(SUBJECT, FenceMended(offering_id=business.offering.offering_id, posts=posts))
        uow.answer = f"mended {posts}"
        if fails:
            raise LookupError
    return uow.answer


async def recorded(app: Application) -> list[tuple[str, str, object]]:
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT kind, actor, data FROM event WHERE subject = $1 ORDER BY seq", SUBJECT
        )
    return [(row["kind"], row["actor"], row["data"]) for row in rows]


async def test_a_clean_exit_writes_the_events_with_their_version_and_actor(
    app: Application, business: Business
) -> None:
    staff = a_member_of_staff()
    await mend(app, business, staff, posts=2)
    offering_id = str(business.offering.offering_id)
    payload = {"version": 1, "offering_id": offering_id, "posts": 2}
    assert await recorded(app) == [("FenceMended", staff.actor, payload)]


async def test_an_error_writes_nothing_and_leaves_the_key_unused(
    app: Application, business: Business
) -> None:
    context = a_guest("key")
    with pytest.raises(LookupError):
        await mend(app, business, context, fails=True)
    assert await recorded(app) == []
    assert await mend(app, business, context) == "mended 1"


async def test_a_repeat_gets_the_first_answer_before_any_work(
    app: Application, business: Business
) -> None:
    context = a_guest("key")
    await mend(app, business, context, posts=3)
    with pytest.raises(AlreadyAnswered) as prior:
        async with app.unit_of_work(context, business.org_id, fingerprint=REQUEST):
            pytest.fail("a repeat does no work")
    assert prior.value.answer == "mended 3"
    assert len(await recorded(app)) == 1


async def test_a_key_belongs_to_one_request_of_one_organisation(
    app: Application, business: Business
) -> None:
    context = a_guest("key")
    await mend(app, business, context)
    with pytest.raises(IdempotencyKeyReused):
        async with app.unit_of_work(context, business.org_id, fingerprint=OTHER_REQUEST):
            pytest.fail("the key is another request's")
    booked = await app.booking.place_booking(
        business.org_id, a_booking_of(await business.a_slot()), context=a_guest("booked")
    )
    assert not booked.replayed
    with pytest.raises(IdempotencyKeyReused):
        async with app.unit_of_work(a_guest("booked"), business.org_id, fingerprint=REQUEST):
            pytest.fail("the key is a booking's")


async def test_requests_with_one_key_at_once_are_done_once(
    app: Application, business: Business
) -> None:
    context = a_guest("key")
    answers: list[str] = []

    async def attempt() -> None:
        try:
            answers.append(await mend(app, business, context))
        except AlreadyAnswered as prior:
            answers.append(prior.answer)

    async with asyncio.TaskGroup() as group:
        for _ in range(8):
            group.create_task(attempt())
    assert answers == ["mended 1"] * 8
    assert len(await recorded(app)) == 1


@pytest.mark.parametrize("posts", [1, 79, 80, 500])
async def test_listeners_hear_every_topic_however_many_there_are(
    app: Application, business: Business, database_url: str, posts: int
) -> None:
    connection = await connect(database_url, application_name="listener")
    heard: set[str] = set()
    all_heard = asyncio.Event()
    topics = {topic(business.org_id, UUID(int=number)) for number in range(posts)}

    def hear(_connection: object, _pid: int, _channel: str, payload: object) -> None:
        transaction, *named = json.loads(str(payload))
        assert transaction.startswith("#")
        heard.update(named)
        if heard >= topics:
            all_heard.set()

    try:
        await connection.add_listener("fullhouse_events", hear)
        await mend(app, business, a_guest(), posts=posts)
        async with asyncio.timeout(5):
            await all_heard.wait()
    finally:
        await connection.close()
    assert heard == topics, "nothing that did not change"


async def test_caches_of_the_process_know_of_a_change_before_its_caller(
    app: Application, business: Business
) -> None:
    with app.changes.subscribe(business.org_id, OfferingId(UUID(int=0))) as woken:
        await mend(app, business, a_guest())
        assert woken.is_set()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE event SET actor = 'guest' WHERE subject = $1",
        "DELETE FROM event WHERE subject = $1",
        "WITH none AS (SELECT $1::uuid) DELETE FROM event WHERE false",
    ],
)
async def test_nobody_rewrites_the_history(
    app: Application, business: Business, statement: str
) -> None:
    await mend(app, business, a_guest())
    before = await recorded(app)
    async with app.database.unrestricted.session() as session:
        with pytest.raises(RestrictViolationError):
            await session.connection.execute(statement, SUBJECT)
        with pytest.raises(RestrictViolationError):
            await session.connection.execute("TRUNCATE event")
    assert await recorded(app) == before
