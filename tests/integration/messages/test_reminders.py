"""Guests are reminded once, at the right hour of the venue, of the booking as it is then."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

import pytest
from tests.builders.account_emails import Mailbox
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business, a_booking_of, a_business, a_guest
from tests.builders.delivery import a_sender, deliver

from fullhouse.booking.model.booking import BookingId
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import OPERATOR, RequestContext
from fullhouse.messages.actions.change_reminders import ChangeReminders
from fullhouse.messages.actions.remind_guests import RemindGuests
from fullhouse.messages.model.reminders import ContactRules, ReminderName


@dataclass(slots=True)
class Farm:
    """A business, its clock, and what its guests get."""

    app: Application
    business: Business
    mailbox: Mailbox

    @property
    def clock(self) -> ManualClock:
        assert isinstance(self.app.clock, ManualClock)
        return self.app.clock

    def at(self, moment: datetime) -> None:
        self.clock.advance(moment - self.clock.now())

    async def reminds(self, *names: ReminderName, quiet: Sequence[time] = ()) -> None:
        context = RequestContext(OPERATOR, self.app.ids.uuid())
        async with self.app.unit_of_work(context, self.business.org_id) as uow:
            await ChangeReminders()(uow, ContactRules(names, 0, *quiet))

    async def book(self, starts_at: datetime, *, name: str = "Ada Lovelace") -> BookingId:
        slot = await self.business.a_slot(starts_in=starts_at - self.clock.now())
        result = await self.app.booking.place_booking(
            self.business.org_id, a_booking_of(slot, name=name), context=a_guest()
        )
        return result.outcome.booking_id

    async def remind(self) -> int:
        return await RemindGuests(self.app.unit_of_work)()

    async def reminders(self) -> list[str]:
        """The subjects of the reminders that were sent."""
        await deliver(self.app, a_sender(self.app, self.mailbox))
        subjects = [email.subject for email in self.mailbox.emails]
        return [subject for subject in subjects if subject.startswith("See you soon")]


@pytest.fixture
def farm(app: Application, business: Business) -> Farm:
    return Farm(app, business, Mailbox())


async def test_a_guest_is_reminded_two_days_before_at_the_same_hour_and_once(farm: Farm) -> None:
    await farm.reminds("two_days")
    await farm.book(datetime(2027, 6, 20, 10, 0, tzinfo=UTC))
    farm.at(datetime(2027, 6, 18, 9, 59, tzinfo=UTC))
    assert await farm.remind() == 0
    farm.at(datetime(2027, 6, 18, 10, 0, tzinfo=UTC))
    assert await farm.remind() == 1
    assert await farm.remind() == 0
    farm.at(datetime(2027, 6, 18, 10, 1, tzinfo=UTC))
    assert await farm.remind() == 0
    assert len(await farm.reminders()) == 1


async def test_a_business_whose_turn_fails_keeps_nobody_else_from_being_reminded(
    farm: Farm,
) -> None:
    """Its zone is unknown since the data was restored to an older PostgreSQL."""
    app = farm.app
    other = await a_business(app.database, app.clock, app.ids, slug="orchard")
    for each in (farm, Farm(app, other, farm.mailbox)):
        await each.reminds("two_days")
        await each.book(datetime(2027, 6, 20, 10, 0, tzinfo=UTC))
    first = min(farm.business.org_id, other.org_id)
    async with app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE venue SET zone = 'Europe/Newtown' WHERE org_id = $1", first
        )
    farm.at(datetime(2027, 6, 18, 10, 0, tzinfo=UTC))
    with pytest.raises(ExceptionGroup):
        await farm.remind()
    async with app.database.unrestricted.session() as session:
        reminded = await session.connection.fetch(
            "SELECT org_id FROM event WHERE kind = 'ReminderDue'"
        )
    assert [row["org_id"] for row in reminded] == [max(farm.business.org_id, other.org_id)]


async def test_clocks_that_are_put_back_in_between_change_no_hour_of_the_venue(farm: Farm) -> None:
    """London, 31 October 2027, 2:00 → 1:00: two days before 10:00 GMT is 10:00 BST, 9:00 UTC."""
    farm.at(datetime(2027, 10, 27, 12, 0, tzinfo=UTC))
    await farm.reminds("two_days")
    await farm.book(datetime(2027, 10, 31, 10, 0, tzinfo=UTC))
    farm.at(datetime(2027, 10, 29, 8, 59, tzinfo=UTC))
    assert await farm.remind() == 0
    farm.at(datetime(2027, 10, 29, 9, 0, tzinfo=UTC))
    assert await farm.remind() == 1


@pytest.mark.parametrize(
    ("starts", "reminded"),
    [
        (datetime(2027, 6, 20, 5, 0, tzinfo=UTC), datetime(2027, 6, 19, 7, 0, tzinfo=UTC)),
        (datetime(2027, 6, 20, 21, 30, tzinfo=UTC), datetime(2027, 6, 19, 19, 0, tzinfo=UTC)),
    ],
)
async def test_nobody_is_reminded_at_night(
    farm: Farm, starts: datetime, reminded: datetime
) -> None:
    """Of 6:00 and of 22:30 in London: at 8:00 and at 20:00 of the day before."""
    await farm.reminds("one_day")
    await farm.book(starts)
    farm.at(reminded - timedelta(minutes=1))
    assert await farm.remind() == 0
    farm.at(reminded)
    assert await farm.remind() == 1


@pytest.mark.parametrize(
    ("starts", "reminded"),
    [
        (datetime(2027, 6, 20, 7, 30, tzinfo=UTC), datetime(2027, 6, 20, 6, 0, tzinfo=UTC)),
        (datetime(2027, 6, 20, 6, 30, tzinfo=UTC), datetime(2027, 6, 19, 21, 0, tzinfo=UTC)),
        (datetime(2027, 6, 20, 23, 30, tzinfo=UTC), datetime(2027, 6, 20, 21, 0, tzinfo=UTC)),
    ],
)
async def test_the_quiet_hours_of_the_business_count_and_changing_them_reminds_nobody_twice(
    farm: Farm, starts: datetime, reminded: datetime
) -> None:
    """London, from 22:00 to 7:00. Of 8:30 two hours before is 6:30: at 7:00. Of 7:30: at 22:00."""
    await farm.reminds("two_hours", quiet=(time(22), time(7)))
    await farm.book(starts)
    farm.at(reminded - timedelta(minutes=1))
    assert await farm.remind() == 0
    farm.at(reminded)
    assert await farm.remind() == 1
    await farm.reminds("two_hours", quiet=(time(0), time(0)))
    farm.at(starts - timedelta(minutes=30))
    assert await farm.remind() == 0


async def test_what_was_due_while_no_worker_ran_is_made_up_for_unless_it_has_begun(
    farm: Farm,
) -> None:
    await farm.reminds("two_days", "two_hours")
    await farm.book(datetime(2027, 6, 20, 10, 0, tzinfo=UTC))
    await farm.book(datetime(2027, 6, 20, 6, 0, tzinfo=UTC), name="Grace Hopper")
    farm.at(datetime(2027, 6, 20, 9, 0, tzinfo=UTC))
    assert await farm.remind() == 1, "two that are due at once come as one"
    (reminder,) = await farm.reminders()
    assert "Sunday 20 June" in reminder or "Sun 20 June" in reminder


async def test_what_is_made_up_for_at_night_is_sent_in_the_morning(farm: Farm) -> None:
    """What is due at the beginning of the quiet hours, at 20:00, is sent then."""
    await farm.reminds("one_day")
    await farm.book(datetime(2027, 6, 20, 21, 30, tzinfo=UTC))
    farm.at(datetime(2027, 6, 19, 19, 0, tzinfo=UTC))
    assert await farm.remind() == 1
    assert len(await farm.reminders()) == 1
    await farm.book(datetime(2027, 6, 22, 10, 0, tzinfo=UTC), name="Grace Hopper")
    farm.at(datetime(2027, 6, 22, 2, 0, tzinfo=UTC))
    assert await farm.remind() == 1
    assert len(await farm.reminders()) == 1, "at three in the morning"
    async with farm.app.database.unrestricted.session() as session:
        due = await session.connection.fetchval("SELECT max(due_at) FROM effect")
    assert due == datetime(2027, 6, 22, 7, 0, tzinfo=UTC)


async def test_who_books_late_cancels_or_has_come_is_not_reminded(farm: Farm) -> None:
    await farm.reminds("two_days")
    starts = datetime(2027, 6, 14, 12, 0, tzinfo=UTC)
    farm.at(datetime(2027, 6, 12, 13, 0, tzinfo=UTC))
    await farm.book(starts)
    cancelled = await farm.book(datetime(2027, 6, 20, 10, 0, tzinfo=UTC), name="Emmy Noether")
    context = RequestContext(OPERATOR, farm.app.ids.uuid())
    await farm.app.booking.cancel_booking(farm.business.org_id, cancelled, context=context)
    farm.at(datetime(2027, 6, 19, 13, 0, tzinfo=UTC))
    assert await farm.remind() == 0


async def test_a_booking_that_is_moved_is_reminded_of_at_its_new_time(farm: Farm) -> None:
    await farm.reminds("two_days")
    booking_id = await farm.book(datetime(2027, 6, 20, 10, 0, tzinfo=UTC))
    farm.at(datetime(2027, 6, 18, 10, 0, tzinfo=UTC))
    assert await farm.remind() == 1
    slot = await farm.business.a_slot(
        starts_in=datetime(2027, 6, 24, 10, 0, tzinfo=UTC) - farm.clock.now()
    )
    context = RequestContext(OPERATOR, farm.app.ids.uuid())
    await farm.app.booking.move_booking(farm.business.org_id, booking_id, (slot,), context=context)
    assert await farm.reminders() == [], "its reminder is of a time that it no longer has"
    farm.at(datetime(2027, 6, 22, 10, 0, tzinfo=UTC))
    assert await farm.remind() == 1
    assert len(await farm.reminders()) == 1


async def test_a_new_reminder_makes_up_for_nothing_and_one_that_is_off_is_not_sent(
    farm: Farm,
) -> None:
    await farm.book(datetime(2027, 6, 14, 6, 0, tzinfo=UTC))
    await farm.book(datetime(2027, 6, 20, 10, 0, tzinfo=UTC), name="Emmy Noether")
    farm.at(datetime(2027, 6, 12, 12, 0, tzinfo=UTC))
    await farm.reminds("two_days")
    assert await farm.remind() == 0
    await farm.reminds()
    farm.at(datetime(2027, 6, 18, 12, 0, tzinfo=UTC))
    assert await farm.remind() == 0


async def test_reminders_are_chosen_by_page_and_by_api(
    app: Application, business: Business
) -> None:
    api: ApiClient = await an_api_client(app, business)
    async with api.client:
        cookie = await api.staff_cookie()
        page = await api.ask("GET", "//admin/meadow/reminders", headers=cookie)
        assert page.status == 200
        assert "Two days before" in page.body.decode()
        form = {**cookie, "content-type": "application/x-www-form-urlencoded"}
        saved = await api.ask(
            "POST",
            "//admin/meadow/reminders",
            content=b"reminders.two_days=yes&reminders.two_hours=yes&thanks_hours=20"
            b"&quiet_from=21:00&quiet_until=7:30&version=1",
            headers=form,
        )
        assert saved.status == 303, saved.body
        read = await api.get("/reminders", key=api.key)
        assert read.json == {
            "reminders": ["two_days", "two_hours"],
            "thanks_hours": 20,
            "quiet_from": "21:00",
            "quiet_until": "07:30",
            "version": 2,
        }
        body = {"reminders": ["one_day"]}
        partly = await api.ask("PUT", "/reminders", json=body, key=api.key)
        assert partly.status == 422, "nothing is reset by leaving it out"
        stale = {"if-match": '"1"'}
        late = await api.ask("PATCH", "/reminders", json=body, key=api.key, headers=stale)
        assert late.status == 412
        done = await api.ask("PATCH", "/reminders", json=body, key=api.key)
        assert done.json == {**read.json, "reminders": ["one_day"], "version": 3}
        whole = {**done.json, "thanks_hours": 0}
        del whole["version"]
        replaced = await api.ask("PUT", "/reminders", json=whole, key=api.key)
        assert replaced.json["thanks_hours"] == 0
        wrong = await api.ask("PATCH", "/reminders", json={"reminders": ["hourly"]}, key=api.key)
        assert wrong.status == 422
