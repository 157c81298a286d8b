"""The business writes to the guest of a booking: the same words once, also at one moment."""

import asyncio

from tests.builders.business import Business, a_booking_of, a_guest

from fullhouse.booking.events import GuestWrittenTo
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.context import OPERATOR, RequestContext


async def test_same_words_at_one_moment_are_written_once(
    app: Application, business: Business
) -> None:
    request = a_booking_of(await business.a_slot())
    booked = await app.booking.place_booking(business.org_id, request, context=a_guest())
    booking_id = booked.outcome.booking_id
    first_wrote = asyncio.Event()

    async def first() -> None:
        async with app.unit_of_work(context(), business.org_id) as uow:
            await app.booking.write_to_guest(uow, booking_id, "Bring boots.")
            first_wrote.set()
            await asyncio.sleep(0.2)

    async def second() -> None:
        await first_wrote.wait()
        async with app.unit_of_work(context(), business.org_id) as uow:
            await app.booking.write_to_guest(uow, booking_id, "Bring boots.")

    def context() -> RequestContext:
        return RequestContext(OPERATOR, app.ids.uuid())

    async with asyncio.TaskGroup() as group:
        group.create_task(first())
        group.create_task(second())
    async with app.database.unrestricted.session() as session:
        kind = GuestWrittenTo.kind()
        query = "SELECT count(*) FROM event WHERE kind = $1"
        assert await session.connection.fetchval(query, kind) == 1
