"""The rules of booking without a database: terms, prices, refusals, offers, links and groups."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs
from tests.builders.business import ADA, an_offering

from fullhouse.booking import errors
from fullhouse.booking.events import CheckedIn
from fullhouse.booking.ledger.commands import IdempotencyKey, idempotency_key
from fullhouse.booking.ledger.verdicts import raise_verdict, result_of
from fullhouse.booking.model.booking import (
    SOURCES,
    TARGETS,
    TRANSITIONS,
    Booking,
    BookingId,
    Status,
    Verb,
)
from fullhouse.booking.model.commands import VerdictCode
from fullhouse.booking.model.outcomes import CapacityOutcome, WaitingOutcome
from fullhouse.booking.model.slot import Slot, SlotId, refusals, time_refusal
from fullhouse.booking.model.terms import cancellation, rescheduling
from fullhouse.booking.model.tokens import LinkSigner
from fullhouse.booking.model.waiting import (
    OfferCandidate,
    WaitingEntry,
    choose_offers,
    longest_offer,
    offer_length,
)
from fullhouse.booking.policy import raise_refusal
from fullhouse.booking.ports import Verdict
from fullhouse.booking.updates import StatusChange, replay_key, status_event
from fullhouse.kernel.context import GUEST, RequestContext
from fullhouse.kernel.errors import FullhouseError, IdempotencyKeyReused
from fullhouse.kernel.ids import OrgId
from fullhouse.kernel.money import Money

NOW = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
ORG = OrgId(UUID(int=1))
SECOND = timedelta(seconds=1)

OFFERING = an_offering(
    price_amount=1250, party_min=2, party_max=6, book_until_minutes=30, move_until_minutes=60
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
    places=2,
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
    link_version=1,
    slots=(SLOT.slot_id,),
)

BY_GUEST = RequestContext(GUEST, UUID(int=7))
BY_STAFF = RequestContext(ADA, UUID(int=8))


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
    booking = structs.replace(BOOKING, status=status)
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
        (structs.replace(SLOT, state="closed"), 2, NOW, "slot_closed"),
        (SLOT, 2, SLOT.starts_at - timedelta(minutes=30), None),
        (SLOT, 2, SLOT.starts_at - timedelta(minutes=30) + SECOND, "slot_past"),
        (structs.replace(SLOT, capacity=4), 2, NOW, "slot_full"),
    ],
)
def test_a_slot_is_refused_for_one_reason(
    slot: Slot, party: int, now: datetime, why: str | None
) -> None:
    assert refusals(OFFERING, party=party, now=now, zone="UTC")(slot) == why


@given(
    starts_in=st.timedeltas(min_value=timedelta(days=-1), max_value=timedelta(days=40)),
    ahead=st.integers(1, 35),
    notice=st.integers(0, 3_000),
    now=st.timedeltas(timedelta(), timedelta(days=300)).map(lambda later: NOW + later),
    zone=st.sampled_from(["UTC", "Europe/London", "America/Sao_Paulo", "Pacific/Chatham"]),
)
def test_many_slots_are_refused_by_time_as_one_is(
    starts_in: timedelta, ahead: int, notice: int, now: datetime, zone: str
) -> None:
    offering = replace(OFFERING, book_ahead_days=ahead, book_until_minutes=notice)
    slot = structs.replace(SLOT, starts_at=now + starts_in)
    found = refusals(offering, party=2, now=now, zone=zone)(slot)
    assert found == time_refusal(offering, slot.starts_at, now=now, zone=zone)


def test_what_remains_is_never_less_than_nothing() -> None:
    assert SLOT.remaining == 5
    assert structs.replace(SLOT, capacity=4).remaining == 0


def test_who_is_refused_for_the_size_of_the_party_is_told_which_are_admitted() -> None:
    for why in ("party_too_small", "party_too_large"):
        with pytest.raises(errors.PartyNotAdmitted) as refused:
            raise_refusal(OFFERING, why)
        assert refused.value.details == {"field": "party", "party_min": 2, "party_max": 6}
    with pytest.raises(AssertionError):
        raise_refusal(OFFERING, "slot_full")


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
    chosen = choose_offers(entries, free)
    left = free - sum(entry.party for entry in chosen)
    assert left >= 0
    assert chosen == sorted(chosen, key=entries.index)
    for entry in entries:
        if entry not in chosen:
            before = [one for one in chosen if entries.index(one) < entries.index(entry)]
            assert entry.party > free - sum(one.party for one in before)


def test_a_token_opens_one_thing_for_one_purpose() -> None:
    tokens, subject = LinkSigner(b"s" * 32), UUID(int=9)
    token = tokens.token("manage", ORG, subject)
    assert len(token) == 22
    assert tokens.verify(token, "manage", org_id=ORG, subject=subject)
    assert not tokens.verify(token, "waiting", org_id=ORG, subject=subject)
    assert not tokens.verify(token, "manage", org_id=OrgId(UUID(int=8)), subject=subject)
    assert not tokens.verify(token, "manage", org_id=ORG, subject=UUID(int=10))
    assert not tokens.verify(token, "manage", org_id=ORG, subject=subject, version=2)
    assert not LinkSigner(b"t" * 32).verify(token, "manage", org_id=ORG, subject=subject)
    assert not tokens.verify("né" + chr(0xD800), "manage", org_id=ORG, subject=subject)


def test_a_client_key_is_checked_by_fingerprint_and_a_derived_key_is_its_content() -> None:
    client, derived = (
        RequestContext(GUEST, UUID(int=7), "k"),
        RequestContext(GUEST, UUID(int=7)),
    )

    def key(context: RequestContext, place: int, org_id: OrgId = ORG) -> IdempotencyKey:
        return idempotency_key(org_id, context, "place", place)

    assert key(client, 1).key == key(client, 2).key
    assert key(client, 1).fingerprint != key(client, 2).fingerprint
    assert key(derived, 1) == IdempotencyKey(key(derived, 1).key, UUID(int=0), is_derived=True)
    assert key(derived, 1).key != key(derived, 2).key
    assert key(client, 1, OrgId(UUID(int=8))).key != key(client, 1).key


def test_every_verb_has_one_target_and_every_status_but_held_is_reached() -> None:
    for verb in get_args(Verb):
        assert {after for (_, other), after in TRANSITIONS.items() if other == verb} == {
            TARGETS[verb]
        }
        assert SOURCES[verb] == tuple(before for before, other in TRANSITIONS if other == verb)
    assert set(TRANSITIONS.values()) == set(get_args(Status)) - {"held"}


@pytest.mark.parametrize(("verb", "repeats"), [("cancel", True), ("check_in", False)])
def test_an_immediate_repeat_of_a_change_has_its_key_and_an_undo_frees_it(
    verb: Verb, *, repeats: bool
) -> None:
    guest = RequestContext(GUEST, UUID(int=7))
    change = StatusChange(verb=verb, event=status_event(CheckedIn), replayable=verb != "check_in")
    applied = structs.replace(BOOKING, status=TARGETS[verb], version=2)
    undone = structs.replace(BOOKING, version=3)
    assert (replay_key(guest, change, BOOKING) == replay_key(guest, change, applied)) is repeats
    assert replay_key(guest, change, BOOKING) != replay_key(guest, change, undone)
    assert change.expected_statuses(BOOKING) == SOURCES[verb]
    assert change.expected_statuses(applied) == ()


VERDICTS: list[tuple[VerdictCode, dict[str, object], type[FullhouseError]]] = [
    ("key_reused", {}, IdempotencyKeyReused),
    ("unknown_booking", {}, errors.UnknownBooking),
    ("unknown_slot", {"slot": str(SLOT.slot_id)}, errors.UnknownSlot),
    ("stale", {}, errors.ChangedMeanwhile),
    ("duplicate", {"ref": "x", "starts_at": NOW.isoformat(), "party": 2}, errors.PossibleDuplicate),
    ("customer_full", {"bookings_max": 5}, errors.TooManyBookings),
    ("slot_closed", {"slot": str(SLOT.slot_id), "reason": "storm"}, errors.SlotClosed),
    ("slot_full", {"slot": str(SLOT.slot_id), "remaining": 1}, errors.SlotFull),
    ("below_sold", {"slot": str(SLOT.slot_id), "sold": 4}, errors.CapacityBelowSold),
    ("wrong_status", {"status": "checked_in"}, errors.AlreadyCheckedIn),
    ("wrong_status", {"status": "cancelled"}, errors.AlreadyCancelled),
    ("wrong_status", {"status": "expired"}, errors.HoldHasExpired),
    ("wrong_status", {"status": "released"}, errors.HoldHasExpired),
    ("wrong_status", {"status": "no_show"}, errors.WrongStatus),
]


@pytest.mark.parametrize(("code", "details", "kind"), VERDICTS)
def test_every_refusing_verdict_is_an_error_with_its_details(
    code: VerdictCode, details: dict[str, object], kind: type[FullhouseError]
) -> None:
    with pytest.raises(kind) as refused:
        raise_verdict(
            Verdict(code, details, None), BY_STAFF, offering=OFFERING, zone="Europe/London"
        )
    raised: dict[str, object] = msgspec.to_builtins(refused.value)
    if kind is errors.WrongStatus:
        assert raised["booking_status"] == details["status"]
    elif code == "duplicate":
        assert refused.value.details["starts_at"] == NOW
    elif code != "wrong_status":
        assert details.items() <= raised.items()
    assert refused.value.detail.endswith(".")


def test_a_guest_is_not_told_which_booking_a_duplicate_is_of() -> None:
    details: dict[str, object] = {"ref": "K7QF2M9D", "starts_at": NOW.isoformat(), "party": 2}
    with pytest.raises(errors.PossibleDuplicate) as refused:
        raise_verdict(Verdict("duplicate", details, None), BY_GUEST, offering=None, zone=None)
    assert refused.value.details == {}


def test_an_outcome_of_another_kind_means_that_the_key_was_used_elsewhere() -> None:
    outcome = CapacityOutcome(SLOT.slot_id, 4)
    assert result_of(Verdict("replayed", {}, outcome), CapacityOutcome, BY_GUEST).replayed
    with pytest.raises(IdempotencyKeyReused):
        result_of(Verdict("replayed", {}, outcome), WaitingOutcome, BY_GUEST)
    with pytest.raises(errors.SlotFull):
        result_of(
            Verdict("slot_full", {"slot": str(SLOT.slot_id), "remaining": 0}, None),
            WaitingOutcome,
            BY_GUEST,
        )


@pytest.mark.parametrize(
    ("ahead", "longest"),
    [
        (timedelta(minutes=10), timedelta(minutes=30)),
        (timedelta(days=1), timedelta(minutes=30)),
        (timedelta(days=2), timedelta(hours=1)),
        (timedelta(days=7), timedelta(hours=3, minutes=30)),
        (timedelta(days=90), timedelta(hours=6)),
    ],
)
def test_an_offer_lasts_the_longer_the_further_ahead_the_slot_is(
    ahead: timedelta, longest: timedelta
) -> None:
    offering = an_offering(waiting_offer_minutes=30)
    assert longest_offer(offering, NOW + ahead, now=NOW) == longest


def test_an_offer_lasts_for_whole_minutes() -> None:
    (entry,) = waiting_for([2])
    candidate = OfferCandidate(**structs.asdict(entry))
    starts_at = NOW + timedelta(days=2, minutes=20)
    assert offer_length(an_offering(), candidate, starts_at, now=NOW) == timedelta(hours=1)
