"""The rules of booking without a database: terms, prices, refusals, offers, links and groups."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullhouse.booking import errors
from fullhouse.booking.actions.admitting import refuse_party
from fullhouse.booking.actions.answering import Key, answered, key_of, refuse
from fullhouse.booking.ledger.committer import Waiting, take_group
from fullhouse.booking.limits import GROUP_COMMANDS_MAX
from fullhouse.booking.model.booking import Booking, BookingId, cancellation, rescheduling
from fullhouse.booking.model.commands import Command
from fullhouse.booking.model.offering import Offering, OfferingId
from fullhouse.booking.model.outcomes import CapacityOutcome, WaitingOutcome
from fullhouse.booking.model.requests import Caller
from fullhouse.booking.model.slot import Slot, SlotId, refusal
from fullhouse.booking.model.tokens import Tokens
from fullhouse.booking.model.waiting import WaitingEntry, offers
from fullhouse.booking.ports import Verdict
from fullhouse.kernel.errors import FullhouseError
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.money import Money

NOW = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
ORG = OrgId(UUID(int=1))
SECOND = timedelta(seconds=1)

OFFERING = Offering(
    org_id=ORG,
    offering_id=OfferingId(UUID(int=2)),
    venue_id=UUID(int=3),
    slug="sunflowers",
    kind="timed_entry",
    name="Sunflowers",
    summary="",
    description="",
    picture=None,
    price_amount=1250,
    price_unit="person",
    currency="USD",
    party_min=2,
    party_max=6,
    hold_seconds=600,
    book_until_minutes=30,
    cancel_free_until_minutes=1440,
    cancel_until_minutes=120,
    cancel_fee_percent=50,
    move_until_minutes=60,
    waiting_offer_minutes=30,
    published=True,
    position=0,
)
SLOT = Slot(
    slot_id=SlotId(UUID(int=4)),
    starts_at=NOW + timedelta(days=3),
    ends_at=NOW + timedelta(days=3, minutes=30),
    capacity=10,
    booked=3,
    held=2,
    state="open",
    reason="",
    waiting=0,
)
BOOKING = Booking(
    org_id=ORG,
    booking_id=BookingId(UUID(int=5)),
    ref="K7QF2M9D",
    status="confirmed",
    version=1,
    offering_id=OFFERING.offering_id,
    entry_id=None,
    party=2,
    starts_at=SLOT.starts_at,
    ends_at=SLOT.ends_at,
    customer_name="Ada",
    customer_email="ada@example.org",
    customer_phone="",
    locale="en",
    source=None,
    price_amount=2501,
    fee_amount=0,
    currency="USD",
    expires_at=None,
    created_at=NOW,
    slots=(SLOT.slot_id,),
)


def test_cancelling_is_free_then_dear_then_over_each_to_the_second() -> None:
    free_until = SLOT.starts_at - timedelta(days=1)
    until = SLOT.starts_at - timedelta(hours=2)
    fees = []
    for now in (free_until, free_until + SECOND, until, until + SECOND):
        terms = cancellation(OFFERING, BOOKING, now=now)
        assert (terms.free_until, terms.until) == (free_until, until)
        fees.append((terms.allowed, terms.fee.amount))
    assert fees == [(True, 0), (True, 1251), (True, 1251), (False, 1251)]


def test_moving_is_free_until_its_time() -> None:
    until = SLOT.starts_at - timedelta(hours=1)
    assert rescheduling(OFFERING, BOOKING, now=until).allowed
    late = rescheduling(OFFERING, BOOKING, now=until + SECOND)
    assert not late.allowed
    assert (late.until, late.fee) == (until, Money(0, "USD"))


@pytest.mark.parametrize("status", ["held", "checked_in", "cancelled", "no_show", "expired"])
def test_only_a_confirmed_booking_is_moved_or_cancelled(status: str) -> None:
    booking = replace(BOOKING, status=status)  # type: ignore[arg-type]  # one of them
    assert not cancellation(OFFERING, booking, now=NOW).allowed
    assert not rescheduling(OFFERING, booking, now=NOW).allowed


def test_a_price_is_per_head_or_per_group_and_for_each_slot() -> None:
    assert OFFERING.price_of(4) == Money(5000, "USD")
    assert OFFERING.price_of(4, slots=2) == Money(10_000, "USD")
    assert replace(OFFERING, price_unit="group").price_of(4, slots=2) == Money(2500, "USD")


@pytest.mark.parametrize(
    ("slot", "party", "now", "why"),
    [
        (SLOT, 5, NOW, None),
        (SLOT, 6, NOW, "slot_full"),
        (SLOT, 1, NOW, "party_too_small"),
        (SLOT, 7, NOW, "party_too_large"),
        (replace(SLOT, state="closed"), 2, NOW, "slot_closed"),
        (SLOT, 2, SLOT.starts_at - timedelta(minutes=30), None),
        (SLOT, 2, SLOT.starts_at - timedelta(minutes=30) + SECOND, "slot_past"),
        (replace(SLOT, capacity=4), 2, NOW, "slot_full"),
    ],
)
def test_a_slot_is_refused_for_one_reason(
    slot: Slot, party: int, now: datetime, why: str | None
) -> None:
    assert refusal(slot, OFFERING, party=party, now=now) == why


def test_what_remains_is_never_less_than_nothing() -> None:
    assert SLOT.remaining == 5
    assert replace(SLOT, capacity=4).remaining == 0


def test_who_is_refused_for_the_size_of_the_party_is_told_which_are_admitted() -> None:
    for why in ("party_too_small", "party_too_large"):
        with pytest.raises(errors.PartyNotAdmitted) as refused:
            refuse_party(OFFERING, why)
        assert refused.value.details == {"field": "party", "party_min": 2, "party_max": 6}
    with pytest.raises(AssertionError):
        refuse_party(OFFERING, "slot_full")


def waiting_for(parties: list[int]) -> list[WaitingEntry]:
    return [
        WaitingEntry(
            ORG, UUID(int=n), SLOT.slot_id, OFFERING.offering_id, "waiting", party, "", "", "",
            "en", None,
        )
        for n, party in enumerate(parties)
    ]  # fmt: skip


@given(st.lists(st.integers(1, 8), max_size=12), st.integers(0, 20))
def test_offers_fill_what_is_free_and_pass_over_nobody_who_fits(
    parties: list[int], free: int
) -> None:
    entries = waiting_for(parties)
    chosen = offers(entries, free)
    left = free - sum(entry.party for entry in chosen)
    assert left >= 0
    assert chosen == sorted(chosen, key=entries.index)
    for entry in entries:
        if entry not in chosen:
            before = [one for one in chosen if entries.index(one) < entries.index(entry)]
            assert entry.party > free - sum(one.party for one in before)


def test_a_token_opens_one_thing_for_one_purpose() -> None:
    tokens, subject = Tokens(b"s" * 32), UUID(int=9)
    token = tokens.token("manage", ORG, subject)
    assert len(token) == 22
    assert tokens.opens(token, "manage", org_id=ORG, subject=subject)
    assert not tokens.opens(token, "waiting", org_id=ORG, subject=subject)
    assert not tokens.opens(token, "manage", org_id=OrgId(UUID(int=8)), subject=subject)
    assert not tokens.opens(token, "manage", org_id=ORG, subject=UUID(int=10))
    assert not Tokens(b"t" * 32).opens(token, "manage", org_id=ORG, subject=subject)
    assert not tokens.opens("né" + chr(0xD800), "manage", org_id=ORG, subject=subject)


def test_a_key_of_ones_own_is_printed_and_a_derived_one_is_its_meaning() -> None:
    own, derived = Caller("guest", UUID(int=7), "k"), Caller("guest", UUID(int=7))
    assert key_of(ORG, own, "place", 1).key == key_of(ORG, own, "place", 2).key
    assert key_of(ORG, own, "place", 1).fingerprint != key_of(ORG, own, "place", 2).fingerprint
    assert key_of(ORG, derived, "place", 1) == Key(
        key_of(ORG, derived, "place", 1).key, UUID(int=0), derived=True
    )
    assert key_of(ORG, derived, "place", 1).key != key_of(ORG, derived, "place", 2).key
    assert key_of(OrgId(UUID(int=8)), own, "place", 1).key != key_of(ORG, own, "place", 1).key


@pytest.mark.parametrize(
    ("say", "facts", "kind"),
    [
        ("key_reused", {}, errors.IdempotencyKeyReused),
        ("unknown_booking", {}, errors.UnknownBooking),
        ("unknown_slot", {"slot": str(SLOT.slot_id)}, errors.UnknownSlot),
        ("stale", {}, errors.ChangedMeanwhile),
        (
            "duplicate",
            {"ref": "x", "starts_at": NOW.isoformat(), "party": 2},
            errors.PossibleDuplicate,
        ),
        ("slot_closed", {"slot": str(SLOT.slot_id), "reason": "storm"}, errors.SlotClosed),
        ("slot_full", {"slot": str(SLOT.slot_id), "remaining": 1}, errors.SlotFull),
        ("below_sold", {"slot": str(SLOT.slot_id), "sold": 4}, errors.CapacityBelowSold),
        ("wrong_status", {"status": "checked_in"}, errors.AlreadyCheckedIn),
        ("wrong_status", {"status": "cancelled"}, errors.AlreadyCancelled),
        ("wrong_status", {"status": "expired"}, errors.HoldExpired),
        ("wrong_status", {"status": "released"}, errors.HoldExpired),
        ("wrong_status", {"status": "no_show"}, errors.WrongStatus),
    ],
)
def test_every_verdict_that_refuses_is_an_error_with_its_facts(
    say: str, facts: dict[str, object], kind: type[FullhouseError]
) -> None:
    with pytest.raises(kind) as refused:
        refuse(
            Verdict(say, facts, None),  # type: ignore[arg-type]  # each of them
            offering=OFFERING,
            zone="Europe/London",
        )
    details: dict[str, object] = msgspec.to_builtins(refused.value)
    if kind is errors.WrongStatus:
        assert details["booking_status"] == facts["status"]
    elif say == "duplicate":
        assert refused.value.details["starts_at"] == NOW
    elif say != "wrong_status":
        assert facts.items() <= details.items()
    assert refused.value.detail.endswith(".")


def test_an_outcome_of_another_kind_means_that_the_key_was_used_elsewhere() -> None:
    outcome = CapacityOutcome(SLOT.slot_id, 4)
    assert answered(Verdict("replayed", {}, outcome), CapacityOutcome).replayed
    with pytest.raises(errors.IdempotencyKeyReused):
        answered(Verdict("replayed", {}, outcome), WaitingOutcome)
    with pytest.raises(errors.SlotFull):
        answered(
            Verdict("slot_full", {"slot": str(SLOT.slot_id), "remaining": 0}, None), WaitingOutcome
        )


@contextmanager
def a_queue(marks: list[tuple[int, int | None, int | None, str]]) -> Iterator[deque[Waiting]]:
    """Commands by subject, key, entry on a waiting list, and who must not be there twice."""
    loop = asyncio.new_event_loop()
    yield deque(
        Waiting(
            Command(
                command_id=UUID(int=n),
                org_id=ORG,
                act="create",
                subject=UUID(int=1_000 + subject),
                actor="guest",
                correlation_id=UUID(int=0),
                key=None if key is None else UUID(int=2_000 + key),
                entry_id=None if entry is None else UUID(int=3_000 + entry),
                near_minutes=180 if guest else None,
                customer_email=guest,
            ),
            0.0,
            loop.create_future(),
        )
        for n, (subject, key, entry, guest) in enumerate(marks)
    )
    loop.close()


subjects = st.integers(0, 60)
marked = st.tuples(
    subjects, st.none() | subjects, st.none() | subjects, st.sampled_from(["", "", "a", "b"])
)


@given(st.lists(marked, max_size=150))
def test_groups_keep_the_order_and_never_hold_two_that_must_see_each_other(
    marks: list[tuple[int, int | None, int | None, str]],
) -> None:
    with a_queue(marks) as queue:
        commands, groups = [one.command for one in queue], []
        while queue:
            groups.append([one.command for one in take_group(queue)])
    assert [command for group in groups for command in group] == commands
    for group in groups:
        assert 1 <= len(group) <= GROUP_COMMANDS_MAX
        assert len({command.subject for command in group}) == len(group)
        named = [command.key for command in group if command.key is not None]
        guests = [command.customer_email for command in group if command.near_minutes]
        entries = [command.entry_id for command in group if command.entry_id is not None]
        assert len(set(named)) == len(named)
        assert len(set(entries)) == len(entries)
        assert len(set(guests)) == len(guests)


def test_a_group_is_as_large_as_it_may_be() -> None:
    with a_queue([(number, number, None, f"guest {number}") for number in range(100)]) as queue:
        assert len(take_group(queue)) == GROUP_COMMANDS_MAX
        assert len(take_group(queue)) == 100 - GROUP_COMMANDS_MAX
        assert take_group(queue) == []
