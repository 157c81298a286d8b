"""Commands that break a rule, come too many at once or too late: the others never pay for it."""

import asyncio
import dataclasses
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import pytest
from tests.builders.business import (
    Business,
    a_booking_of,
    a_business,
    a_customer,
    a_guest,
    a_hold_of,
    a_member_of_staff,
)
from tests.builders.faulty_proxy import LedgerFixture, a_faulty_proxy, a_ledger
from tests.failures.test_ledger_connections import (
    assert_sound,
    crowd,
    place,
    promised,
    refs,
    together,
)

from fullhouse.booking import limits
from fullhouse.booking.actions.confirm_hold import ConfirmHold
from fullhouse.booking.actions.place_booking import PlaceBooking
from fullhouse.booking.errors import (
    HoldHasExpired,
    LedgerRefused,
    PartyNotAdmitted,
    SlotFull,
)
from fullhouse.booking.ledger.committer import Committer
from fullhouse.booking.metrics import HoldMetrics
from fullhouse.booking.model.commands import Command, CreateBookingCommand, Take
from fullhouse.booking.model.outcomes import Outcome
from fullhouse.booking.model.requests import ConfirmRequest, WaitingRequest
from fullhouse.booking.ports import Verdict
from fullhouse.bootstrap.application import Application
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import IdempotencyKeyReused, Overloaded
from fullhouse.storage.errors import OutcomeUnknown
from fullhouse.telemetry.metrics import MetricRegistry

NUL, HALF_A_LETTER = chr(0), chr(0xD800)


@dataclass(slots=True)
class Altering:
    """Hands commands on, with something wrong in those of the guests who are named."""

    committer: Committer
    wrong: Mapping[str, Mapping[str, object]]

    async def submit(self, command: Command, outcome: Outcome | None = None) -> Verdict:
        assert isinstance(command, CreateBookingCommand)
        changes = dict(self.wrong.get(command.new_booking.customer_name, {}))
        takes = changes.pop("takes", command.takes)
        booking = msgspec.structs.replace(command.new_booking, **changes)
        altered = msgspec.structs.replace(command, new_booking=booking, takes=takes)
        return await self.committer.submit(altered, outcome)


def altering(ledger: LedgerFixture, wrong: Mapping[str, Mapping[str, object]]) -> LedgerFixture:
    altered = Altering(ledger.committer, wrong)
    place = PlaceBooking(ledger.place.policy, altered, ledger.place.ids)
    return dataclasses.replace(ledger, place=place)


WRONG: dict[str, tuple[dict[str, object], str | None]] = {
    "nobody comes": ({"party": 0}, "booking_party_positive"),
    "a party of less than nobody": ({"party": -3}, "booking_party_positive"),
    "a price below nothing": ({"price_amount": -1}, "booking_price_not_negative"),
    "a status that is none": ({"status": "invented"}, "booking_status_known"),
    "a hold for ever": ({"status": "held"}, "booking_hold_expires"),
    "more people than numbers": ({"party": 2**40}, None),
    "words that no database holds": ({"customer_phone": NUL}, None),
    "words that are no words": ({"customer_phone": HALF_A_LETTER}, None),
}


@pytest.mark.on_both_servers
async def test_commands_that_break_a_rule_do_not_sink_their_groups(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot(capacity=100)
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        crooked = altering(ledger, {name: what for name, (what, _) in WRONG.items()})
        good = [f"Guest {number}" for number in range(30)]
        names = sorted([*good, *WRONG], key=lambda name: name[::-1])
        answers = await together([place(crooked, business, slot, name) for name in names])
    for name, answer in zip(names, answers, strict=True):
        if name in WRONG:
            assert isinstance(answer, LedgerRefused), name
            assert answer.constraint == WRONG[name][1]
    assert len(promised(answers)) == len(good)
    assert promised(answers) == await refs(business)
    await assert_sound(app)


@pytest.mark.on_both_servers
async def test_a_reference_that_somebody_has_already_is_replaced_and_nobody_hears_of_it(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot()
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        first = await place(ledger, business, slot, "Ada")
        crooked = altering(ledger, {"Grace": {"ref": first.outcome.ref}})
        answers = await together(
            [place(crooked, business, slot, name) for name in ("Grace", "Emmy", "Mary")]
        )
        assert len(promised([first, *answers])) == 4
        again = await place(ledger, business, slot, "Grace")
    assert again.replayed
    assert again.outcome.ref in promised(answers)
    assert promised([first, *answers]) == await refs(business)
    await assert_sound(app)


async def test_slots_of_another_organisation_in_the_same_group_stay_unknown(
    app: Application, business: Business, database_url: str
) -> None:
    theirs = await a_business(app.database, app.clock, app.ids, slug="neighbours")
    ours, other = await business.a_slot(), await theirs.a_slot(capacity=3)
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        crooked = altering(
            ledger,
            {"Thief": {"takes": (Take(other, 1),)}, "Twice": {"takes": (Take(ours, 1),) * 2}},
        )
        answers = await together(
            [
                place(ledger, theirs, other, "Ada"),
                place(crooked, business, ours, "Thief"),
                place(crooked, business, ours, "Twice"),
                place(ledger, business, ours, "Grace"),
            ]
        )
    assert [type(answer).__name__ for answer in answers] == [
        "Result", "UnknownSlot", "LedgerRefused", "Result",
    ]  # fmt: skip
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch("SELECT slot_id, booked FROM slot")
    assert {row["slot_id"]: row["booked"] for row in rows} == {ours: 1, other: 1}
    await assert_sound(app)


async def test_a_full_queue_answers_at_once_and_what_is_in_it_is_answered_too(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot(capacity=100)
    async with a_ledger(app, a_faulty_proxy(database_url), queue_max=10) as ledger:
        ledger.proxy.away = True
        waiting = asyncio.ensure_future(crowd(ledger, business, slot, 10))
        while ledger.proxy.attempts == 0:  # noqa: ASYNC110 - a group is under way
            await asyncio.sleep(0.01)
        more = asyncio.ensure_future(
            together([place(ledger, business, slot, f"Late {number}") for number in range(10)])
        )
        while not ledger.is_overloaded():  # noqa: ASYNC110 - the queue has no event for it
            await asyncio.sleep(0.01)
        request = a_booking_of(slot, name="Too late")
        with pytest.raises(Overloaded):  # in the first step: it waits for nothing
            ledger.place(business.org_id, request, context=a_guest()).send(None)
        ledger.proxy.away = False
        answers = [*await waiting, *await more]
    refused = [answer for answer in answers if isinstance(answer, BaseException)]
    assert {type(answer) for answer in refused} <= {Overloaded}
    assert ledger.rejected() == len(refused) + 1
    assert ledger.verdicts() == {"create_booking done": len(promised(answers))}
    assert len(promised(answers)) > 10
    assert promised(answers) == await refs(business)


@pytest.mark.timeout(60)  # a thousand bookings
async def test_a_queue_that_takes_too_long_refuses_before_it_is_full(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot(capacity=2_000)
    groups_max = 2
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        ledger.committer._commit_seconds = 1.01 * limits.QUEUE_SECONDS_MAX / groups_max
        ledger.proxy.away = True
        under_way = limits.GROUP_COMMANDS_MAX
        crowded = groups_max * limits.GROUP_COMMANDS_MAX + under_way + limits.GROUP_COMMANDS_MIN
        waiting = asyncio.ensure_future(crowd(ledger, business, slot, crowded))
        try:
            async with asyncio.timeout(20):
                while not ledger.rejected():  # noqa: ASYNC110 - the queue has no event for it
                    await asyncio.sleep(0.05)
        finally:
            ledger.proxy.away = False
        answers = await waiting
        assert not ledger.is_overloaded()
        room = math.ceil(limits.QUEUE_COMMANDS_MAX * limits.QUEUE_CROWDED_SHARE)
        ledger.committer._commit_seconds = 0.0
        assert not ledger.committer.is_crowded(room - 1)
        assert ledger.committer.is_crowded(room), "those that will come have no room"
    taken, refused = promised(answers), ledger.rejected()
    assert groups_max * limits.GROUP_COMMANDS_MAX <= len(taken) < crowded
    assert refused == crowded - len(taken)


async def test_a_ledger_that_drains_answers_what_it_has_taken_and_takes_no_more(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot(capacity=200)
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        taken = asyncio.ensure_future(crowd(ledger, business, slot, 150))
        while len(ledger.committer._queue) < 20:  # noqa: ASYNC110 - the queue has no event for it
            await asyncio.sleep(0)
        ledger.committer.drain()
        answers = await taken
        await ledger.running
        with pytest.raises(Overloaded):
            await place(ledger, business, slot, "Too late")
    turned_away = [answer for answer in answers if isinstance(answer, BaseException)]
    assert all(isinstance(answer, Overloaded) for answer in turned_away)
    assert promised(answers) == await refs(business) != []


async def test_a_ledger_that_is_cut_off_leaves_nobody_without_an_answer(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot(capacity=200)
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        ledger.proxy.away = True
        waiting = asyncio.ensure_future(crowd(ledger, business, slot, 100))
        await asyncio.sleep(0.2)
        ledger.running.cancel()
        answers = await waiting
    assert {type(answer) for answer in answers} <= {OutcomeUnknown, Overloaded}
    assert await refs(business) == []


async def test_the_ledger_outlives_what_nobody_foresaw(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot()
    async with a_ledger(app, a_faulty_proxy(database_url, ["nonsense"])) as ledger:
        with pytest.raises(OutcomeUnknown):
            await place(ledger, business, slot, "Ada")
        assert (await place(ledger, business, slot, "Ada")).outcome.status == "confirmed"
    assert len(await refs(business)) == 1


async def test_an_outcome_that_cannot_be_read_harms_nobody_else(
    app: Application, business: Business, database_url: str
) -> None:
    slot = await business.a_slot()
    async with a_ledger(app, a_faulty_proxy(database_url)) as ledger:
        await place(ledger, business, slot, "Ada")
        async with app.database.unrestricted.transaction() as session:
            await session.connection.execute("UPDATE idempotency SET outcome = '{\"type\": 7}'")
        answers = await together(
            [place(ledger, business, slot, name) for name in ("Ada", "Grace", "Emmy")]
        )
    assert [type(answer).__name__ for answer in answers] == ["OutcomeUnknown", "Result", "Result"]


async def test_no_party_is_admitted_that_is_no_party(app: Application, business: Business) -> None:
    slot = await business.a_slot(capacity=limits.CAPACITY_MAX)
    for party in (0, -3, limits.PARTY_MAX + 1, 2**70):
        request = a_booking_of(slot, party=party)
        for context in (a_guest(), a_member_of_staff()):
            with pytest.raises(PartyNotAdmitted):
                await app.booking.place_booking(business.org_id, request, context=context)
    large = a_booking_of(slot, party=limits.PARTY_MAX)
    answer = await app.booking.place_booking(business.org_id, large, context=a_member_of_staff())
    assert answer.outcome.party == limits.PARTY_MAX


@dataclass(slots=True)
class Overtaken:
    """A ledger before whom something else happens, once."""

    committer: Committer
    first: Callable[[], Awaitable[object]] | None

    async def submit(self, command: Command, outcome: Outcome | None = None) -> Verdict:
        if (first := self.first) is not None:
            self.first = None
            await first()
        return await self.committer.submit(command, outcome)


async def test_who_leaves_the_waiting_list_in_the_moment_of_an_offer_gives_the_place_back(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot(capacity=2)
    verbs, org_id = app.booking, business.org_id
    request = WaitingRequest(slot, 2, a_customer())
    joined = await verbs.join_waiting_list(org_id, request, context=a_guest())
    overtaken = Overtaken(
        app.ledger, lambda: verbs.offer_freed_places(org_id, slot, context=a_member_of_staff())
    )
    leave = dataclasses.replace(verbs.leave_waiting_list, ledger=overtaken)
    await leave(org_id, joined.outcome.entry_id, context=a_guest())
    async with app.database.unrestricted.session() as session:
        row = await session.connection.fetchrow(
            "SELECT status, (SELECT status FROM booking) AS hold, (SELECT held FROM slot) AS held"
            " FROM waiting_list_entry"
        )
    assert row is not None
    assert tuple(row) == ("left", "released", 0)
    await assert_sound(app)


async def test_a_hold_over_two_slots_that_lapses_on_one_is_confirmed_through_neither(
    app: Application, business: Business, clock: ManualClock
) -> None:
    one, other = await business.slots(2, capacity=2)
    verbs, org_id = app.booking, business.org_id
    hold = await verbs.place_hold(org_id, a_hold_of(one, other), context=a_guest())
    confirming = ConfirmRequest(a_customer("Grace Hopper"))

    async def somebody_else_comes() -> None:
        clock.advance(timedelta(seconds=business.offering.hold_seconds))
        await verbs.place_booking(org_id, a_booking_of(one), context=a_guest())

    overtaken = Overtaken(app.ledger, somebody_else_comes)
    updater = dataclasses.replace(verbs.confirm_hold.updater, ledger=overtaken)
    with pytest.raises(HoldHasExpired):
        await ConfirmHold(updater, HoldMetrics(MetricRegistry()))(
            org_id, hold.outcome.booking_id, confirming, context=a_guest()
        )
    await assert_sound(app)
    booked = await verbs.place_booking(
        org_id, a_booking_of(other, name="Emmy Noether"), context=a_guest()
    )
    assert booked.outcome.status == "confirmed"


async def test_a_key_sent_again_with_other_guests_is_refused_and_another_booking_is_a_new_one(
    app: Application, business: Business
) -> None:
    slot = await business.a_slot()
    verbs, org_id = app.booking, business.org_id
    hold = await verbs.place_hold(org_id, a_hold_of(slot), context=a_guest())
    for name, kind in (("Ada Lovelace", None), ("Grace Hopper", IdempotencyKeyReused)):
        confirming = verbs.confirm_hold(
            org_id, hold.outcome.booking_id, ConfirmRequest(a_customer(name)), context=a_guest("k")
        )
        if kind is None:
            assert not (await confirming).replayed
        else:
            with pytest.raises(kind):
                await confirming
    first = await verbs.place_booking(
        org_id, a_booking_of(slot, allow_duplicate=True), context=a_guest()
    )
    again = await verbs.place_booking(
        org_id, a_booking_of(slot, allow_duplicate=True), context=a_guest()
    )
    assert again.replayed
    assert again.outcome.ref == first.outcome.ref
    assert len(await refs(business)) == 2


async def test_refused_commands_leave_no_key_behind(app: Application, business: Business) -> None:
    slot = await business.a_slot(capacity=1)
    verbs, org_id = app.booking, business.org_id
    with pytest.raises(SlotFull):
        await verbs.place_booking(org_id, a_booking_of(slot), context=a_guest("k"))
    await verbs.set_capacity(org_id, slot, 2, context=a_member_of_staff())
    answer = await verbs.place_booking(org_id, a_booking_of(slot), context=a_guest("k"))
    assert not answer.replayed
