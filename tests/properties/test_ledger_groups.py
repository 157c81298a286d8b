"""A group of commands comes to what the same commands come to one after the other.

And what a slot is shown as, it is: the rule that pages ask and the ledger's verdict agree.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from uuid import UUID

import asyncpg
import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st
from tests.builders.business import (
    Business,
    a_booking_of,
    a_business,
    a_guest,
    a_hold_of,
    a_member_of_staff,
)
from tests.builders.commands import (
    CORRELATION,
    a_booking_row,
    a_change_command,
    a_create_command,
)
from tests.builders.planting import plant
from tests.builders.threaded_app import StandingHouse, a_standing_house

from fullhouse.booking import errors
from fullhouse.booking.model.booking import Status
from fullhouse.booking.model.commands import (
    ChangeBookingCommand,
    Command,
    CreateBookingCommand,
    ExpireHoldsCommand,
    SetCapacityCommand,
    Take,
)
from fullhouse.booking.model.slot import Slot, SlotId, refusals
from fullhouse.booking.upkeep import invariants
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.events import Event
from fullhouse.resilience.consistency import Consistency

NOW = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
SLOTS, CAPACITY = 3, 6
LAPSED, HELD = NOW + timedelta(minutes=5), NOW + timedelta(days=30)
LATER = NOW + timedelta(minutes=10)

slots_of = st.sets(st.integers(0, SLOTS - 1), min_size=1, max_size=2).map(
    lambda chosen: tuple(sorted(chosen))
)
parties = st.integers(1, 4)
priors = st.lists(
    st.tuples(slots_of, st.integers(1, 3), st.sampled_from([LAPSED, HELD, None])), max_size=5
)
requests = st.lists(
    st.tuples(
        st.sampled_from(["book", "book", "hold", "cancel", "release", "move", "resize", "expire"]),
        st.integers(0, 4),
        slots_of,
        parties,
    ),
    min_size=2,
    max_size=10,
)
ENDS: dict[str, tuple[Status, Status]] = {
    "cancel": ("confirmed", "cancelled"),
    "release": ("held", "released"),
}
Prior = tuple[tuple[int, ...], int, datetime | None]
Request = tuple[str, int, tuple[int, ...], int]
Sheet = tuple[int, int, int, list[tuple[int, int]]]
"""A slot's capacity, booked, held, and who has how many of its places."""


@dataclass(slots=True)
class Page:
    """Three slots of their own, and the bookings on them in the order they were made."""

    business: Business
    slots: list[SlotId]
    starts: list[datetime]
    bookings: list[UUID] = field(default_factory=list)

    def create(
        self, slots: tuple[int, ...], party: int, until: datetime | None
    ) -> CreateBookingCommand:
        self.bookings.append(self.business.ids.uuid())
        return a_create_command(
            a_booking_row(
                org_id=self.business.org_id, booking_id=self.bookings[-1],
                ref=self.business.ids.reference(), expires_at=until,
                status="confirmed" if until is None else "held", slots=self.ids_of(slots),
                places=party, party=party, offering_id=self.business.offering.offering_id,
                starts_at=self.starts[slots[0]],
                ends_at=self.starts[slots[-1]] + timedelta(minutes=30),
            )
        )  # fmt: skip

    def change(self, number: int, **fields: object) -> ChangeBookingCommand:
        key = self.business.ids.uuid()
        return a_change_command(self.business.org_id, self.bookings[number], key=key, **fields)

    def move(self, number: int, slots: tuple[int, ...], places: int) -> ChangeBookingCommand:
        return self.change(
            number,
            status="confirmed",
            takes=tuple(Take(slot, places) for slot in self.ids_of(slots)),
            booking_changes={
                "slots": self.ids_of(slots),
                "starts_at": self.starts[slots[0]],
                "ends_at": self.starts[slots[-1]] + timedelta(minutes=30),
            },
        )

    def of_slot(self, slot: int, capacity: int | None) -> Command:
        """Set the capacity of a slot, or expire the holds on it."""
        slot_id, command_id = self.slots[slot], self.business.ids.uuid()
        if capacity is None:
            return ExpireHoldsCommand(
                command_id=command_id, org_id=self.business.org_id, aggregate_id=slot_id,
                actor="clock", correlation_id=CORRELATION, takes=(Take(slot_id),),
            )  # fmt: skip
        return SetCapacityCommand(
            command_id=command_id, org_id=self.business.org_id, aggregate_id=slot_id,
            actor="guest", correlation_id=CORRELATION, takes=(Take(slot_id),), key=command_id,
            event="CapacityChanged", event_data=Event(),
            capacity=capacity,
        )  # fmt: skip

    def ids_of(self, slots: tuple[int, ...]) -> tuple[SlotId, ...]:
        return tuple(self.slots[slot] for slot in slots)

    def commands(self, priors: list[Prior], requests: list[Request]) -> list[Command]:
        """One command a request; each prior booking and each slot at most once, as in a group."""
        left, sized, made = list(range(len(priors))), set(range(SLOTS)), list[Command]()
        for verb, number, slots, party in requests:
            prior = (
                left.pop(number % len(left))
                if left and verb in {"cancel", "release", "move"}
                else None
            )
            if verb in {"book", "hold"}:
                made.append(self.create(slots, party, HELD if verb == "hold" else None))
            elif verb in {"resize", "expire"} and slots[0] in sized:
                sized.discard(slots[0])
                made.append(self.of_slot(slots[0], number + party if verb == "resize" else None))
            elif prior is not None and verb == "move":
                made.append(self.move(prior, slots, priors[prior][1]))
            elif prior is not None:
                before, after = ENDS[verb]
                made.append(self.change(prior, expected_statuses=(before,), status=after))
        return made


STATE = """
SELECT slot_id, capacity, booked, held, coalesce((
    SELECT jsonb_agg(jsonb_build_array(booking_id, places)) FROM slot_allocation a
    WHERE a.org_id = slot.org_id AND a.slot_id = slot.slot_id), '[]') AS allocations
FROM slot WHERE slot_id = ANY ($1)
"""


async def commit(
    connection: asyncpg.Connection, commands: Sequence[Command], at: datetime
) -> list[object]:
    """Return the verdicts, with the numbers among their details."""
    rows = await connection.fetch(
        "SELECT * FROM ledger_commit($1, $2, $3, '15 minutes')",
        list(commands),
        ["{}" for _ in commands],
        at,
    )
    numbers = ("remaining", "sold", "status")
    return [
        (row["verdict"], *((row["details"] or {}).get(name) for name in numbers)) for row in rows
    ]


async def played(
    business: Business, page: Page, priors: list[Prior], requests: list[Request], *, together: bool
) -> tuple[list[object], list[Sheet]]:
    """The verdicts on `requests`, and what the slots came to."""
    async with business.database.unrestricted.session() as session:
        connection = session.connection
        for prior in priors:
            await commit(connection, [page.create(*prior)], NOW)
        commands = page.commands(priors, requests)
        groups = [commands] if together else [[command] for command in commands]
        verdicts = [say for group in groups for say in await commit(connection, group, LATER)]
        rows = {row["slot_id"]: row for row in await connection.fetch(STATE, page.slots)}
    state: list[Sheet] = []
    for slot in page.slots:
        row = rows[slot]
        allocations = [
            (page.bookings.index(UUID(one)), places) for one, places in row["allocations"]
        ]
        assert row["booked"] + row["held"] == sum(places for _, places in allocations)
        assert row["booked"] + row["held"] <= row["capacity"]
        state.append((row["capacity"], row["booked"], row["held"], sorted(allocations)))
    return verdicts, state


def assert_groups_are_fair(database_url: str, chosen: settings) -> None:
    numbers = count()

    async def both(business: Business, priors: list[Prior], requests: list[Request]) -> None:
        seen = []
        for together in (True, False):
            starts_in = timedelta(hours=2 * next(numbers))
            slots = await business.slots(SLOTS, capacity=CAPACITY, starts_in=starts_in)
            starts = [NOW + starts_in + timedelta(minutes=30 * n) for n in range(SLOTS)]
            page = Page(business, slots, starts)
            seen.append(await played(business, page, priors, requests, together=together))
        assert seen[0] == seen[1]

    clock = ManualClock(NOW)
    with a_standing_house(database_url, clock) as standing:
        app = standing.app
        business = standing.run(a_business(app.database, clock, app.ids))

        @chosen
        @given(priors, requests)
        @example(*REFUSED_MOVE)
        @example(*TWO_FOR_ONE_PLACE)
        def a_group_is_its_commands_in_order(priors: list[Prior], requests: list[Request]) -> None:
            standing.run(both(business, priors, requests))

        a_group_is_its_commands_in_order()


REFUSED_MOVE: tuple[list[Prior], list[Request]] = (
    [((0,), 3, None), ((1,), 3, None), ((1,), 3, None)],
    [("move", 0, (1,), 1), ("book", 0, (0,), 4)],
)
TWO_FOR_ONE_PLACE: tuple[list[Prior], list[Request]] = (
    [],
    [("book", 0, (0,), 4), ("book", 0, (0,), 4)],
)
EXAMPLES = settings(max_examples=100, deadline=None)


@pytest.mark.timeout(120)
def test_a_group_comes_to_what_its_commands_come_to_one_by_one(database_url: str) -> None:
    assert_groups_are_fair(database_url, EXAMPLES)


PLANTED = {
    "places of a refused move are free": ("free := free_before;", ""),
    "places not taken from the rest": (
        "free[i] - take.places + coalesce(",
        "free[i] + coalesce(",
    ),
}


@pytest.mark.parametrize("bug", PLANTED)
@pytest.mark.timeout(120)
def test_the_property_finds_a_bug_planted_in_groups(bug: str, database_url: str) -> None:
    asyncio.run(plant(database_url, *PLANTED[bug]))
    finding = settings(EXAMPLES, phases=[Phase.explicit], database=None)
    with pytest.raises((AssertionError, ExceptionGroup)):
        assert_groups_are_fair(database_url, finding)


@dataclass(frozen=True, slots=True)
class Situation:
    """What a guest finds: a slot of so many places, in a state, so long before it starts."""

    capacity: int
    booked: int
    held: int
    lapsed: bool
    closed: bool
    minutes_before: int
    party: int

    @property
    def reasons(self) -> set[type[FullhouseError]]:
        """Every reason to refuse, by the facts alone."""
        taken = self.booked + (0 if self.lapsed else self.held)
        found = {
            errors.SlotClosed: self.closed,
            errors.SlotPast: self.minutes_before < 30,
            errors.SlotNotOpen: self.minutes_before > 600,
            errors.PartyNotAdmitted: not 2 <= self.party <= 6,
            errors.SlotFull: self.party > self.capacity - taken,
        }
        return {kind for kind, holds in found.items() if holds}


situations = st.builds(
    Situation,
    capacity=st.integers(6, 10),
    booked=st.integers(0, 3),
    held=st.integers(0, 3),
    lapsed=st.booleans(),
    closed=st.sampled_from([False, False, True]),
    minutes_before=st.sampled_from([10, 29, 30, 31, 600, 600, 8 * 1440]),
    party=st.integers(1, 7),
)


@pytest.mark.timeout(120)
def test_what_is_shown_and_what_is_refused_agree(database_url: str) -> None:
    clock, numbers = ManualClock(NOW), count()
    with a_standing_house(database_url, clock) as standing:
        app = standing.app
        business = standing.run(a_business(app.database, clock, app.ids))
        terms = {"book_ahead_days": 6, "book_until_minutes": 30, "party_min": 2, "party_max": 6}
        business = standing.run(business.change(**terms))

        @settings(max_examples=80, deadline=None)
        @given(situations)
        def shown_and_refused_agree(situation: Situation) -> None:
            clock.advance(timedelta(days=1))
            name = f"Guest {next(numbers)}"
            standing.run(assert_agreement(standing, business, situation, name))

        shown_and_refused_agree()
        standing.run(app.booking.expire_holds())
        report = standing.run(Consistency(app.database, clock, invariants.RULES).check())
        assert report.ok, report.broken


async def assert_agreement(
    standing: StandingHouse, business: Business, situation: Situation, name: str
) -> None:
    app, org_id, staff = standing.app, business.org_id, a_member_of_staff()
    clock = business.clock
    assert isinstance(clock, ManualClock)
    starts_in = timedelta(minutes=11 + situation.minutes_before)
    slot_id = await business.a_slot(capacity=situation.capacity, starts_in=starts_in)
    if situation.lapsed and situation.held:
        hold = a_hold_of(slot_id, party=situation.held)
        await app.booking.place_hold(org_id, hold, context=staff)
    clock.advance(timedelta(minutes=11))
    if situation.booked:
        request = a_booking_of(slot_id, party=situation.booked, name=f"{name} before")
        await app.booking.place_booking(org_id, request, context=staff)
    if situation.held and not situation.lapsed:
        hold = a_hold_of(slot_id, party=situation.held)
        await app.booking.place_hold(org_id, hold, context=staff)
    async with app.database.unrestricted.session() as session:
        await session.connection.execute(
            "UPDATE slot SET state = $2 WHERE slot_id = $1",
            slot_id,
            "closed" if situation.closed else "open",
        )
        (slot,) = await session.fetch(
            "booking.slots_between",
            Slot,
            org_id=org_id,
            offering_id=business.offering.offering_id,
            first=clock.now() + timedelta(minutes=situation.minutes_before),
            last=clock.now() + timedelta(minutes=situation.minutes_before, seconds=1),
            now=clock.now(),
        )
    shown = refusals(business.offering, party=situation.party, now=clock.now(), zone=business.zone)(
        slot
    )
    request = a_booking_of(slot_id, party=situation.party, name=name, allow_duplicate=True)
    refused = None
    try:
        await app.booking.place_booking(org_id, request, context=a_guest())
    except FullhouseError as error:
        refused = type(error)
    assert (shown is None) == (refused is None) == (not situation.reasons)
    if len(situation.reasons) == 1:
        assert {refused} == situation.reasons == {SHOWN[str(shown)]}


SHOWN = {
    "slot_closed": errors.SlotClosed,
    "slot_past": errors.SlotPast,
    "slot_not_open": errors.SlotNotOpen,
    "party_too_small": errors.PartyNotAdmitted,
    "party_too_large": errors.PartyNotAdmitted,
    "slot_full": errors.SlotFull,
}
