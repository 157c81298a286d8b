"""Values that every part shares: clock, ids, money, spans of time, errors."""

import copy
import pickle
import string
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import UUID, uuid5

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullhouse.kernel.clock import ManualClock, SystemClock
from fullhouse.kernel.errors import DeadlineExceeded, FullhouseError, Overloaded
from fullhouse.kernel.ids import (
    REFERENCE_LENGTH,
    REFERENCE_LETTERS,
    OrgId,
    RandomIds,
    derived_id,
    fingerprint,
)
from fullhouse.kernel.memory import row_bytes
from fullhouse.kernel.money import CurrencyMismatch, Money
from fullhouse.kernel.timespan import EmptySpan, Timespan
from fullhouse.people.model import Organisation

NOW = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
instants = st.datetimes(
    min_value=datetime(2020, 1, 1),  # noqa: DTZ001 - Hypothesis adds the zone
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)


@pytest.mark.parametrize(
    ("amount", "currency", "other"),
    [
        (1250, "EUR", 1250),
        (1250, "JPY", 13),
        (1249, "JPY", 12),
        (20, "JPY", 1),
        (0, "JPY", 0),
        (1250, "KWD", 12500),
    ],
)
def test_price_keeps_its_number_in_another_currency(amount: int, currency: str, other: int) -> None:
    assert Money(amount, "USD").same_number_in(currency) == Money(other, currency)


def test_manual_clock_moves_forward_on_advance_only() -> None:
    clock = ManualClock(NOW)
    clock.advance(timedelta(seconds=90))
    assert clock.now() == NOW + timedelta(seconds=90)
    assert clock.monotonic() == 90
    with pytest.raises(AssertionError):
        clock.advance(timedelta(seconds=-1))


def test_system_clock_is_in_utc_and_monotonic() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


def test_uuids_have_version_7_and_are_time_ordered() -> None:
    clock = ManualClock(NOW)
    ids, made = RandomIds(clock, Random(1)), []  # noqa: S311 - the same ids in every run
    for _ in range(500):
        made.append(ids.uuid())
        clock.advance(timedelta(milliseconds=1))
    assert sorted(made) == made
    assert {one.version for one in made} == {7}
    assert {one.variant for one in made} == {"specified in RFC 4122"}
    assert made[0].int >> 80 == int(NOW.timestamp() * 1000)


def test_uuids_from_system_randomness_are_unique() -> None:
    ids = RandomIds(ManualClock(NOW))
    assert len({ids.uuid() for _ in range(10_000)}) == 10_000
    assert len({ids.secret() for _ in range(100)}) == 100


def test_reference_uses_the_unambiguous_alphabet() -> None:
    ids = RandomIds(ManualClock(NOW), Random(1))  # noqa: S311 - as above
    letters = {letter for _ in range(1_000) for letter in ids.reference()}
    assert letters == set(REFERENCE_LETTERS)
    assert letters.isdisjoint("01OIL" + string.ascii_lowercase)
    assert len(ids.reference()) == REFERENCE_LENGTH


def test_secret_has_32_bytes_in_url_safe_base64() -> None:
    secret = RandomIds(ManualClock(NOW)).secret()
    assert len(secret) == 43
    assert set(secret) <= set(string.ascii_letters + string.digits + "-_")


@given(st.lists(st.text(alphabet="abc"), max_size=4), st.lists(st.text(alphabet="abc"), max_size=4))
def test_derived_ids_are_equal_exactly_for_equal_parts(one: list[str], other: list[str]) -> None:
    assert (derived_id(*one) == derived_id(*other)) == ("\x1f".join(one) == "\x1f".join(other))


def test_derived_id_of_known_parts_is_stable() -> None:
    kept_in_databases = uuid5(UUID("6f0cf9a5-2d6b-5f0f-9c1c-5a2f7d1f4b11"), "place\x1fRosa")
    assert derived_id("place", "Rosa") == kept_in_databases


@given(st.binary(), st.binary())
def test_fingerprints_differ_for_different_bodies(one: bytes, other: bytes) -> None:
    assert (fingerprint(one) == fingerprint(other)) == (one == other)


def test_money_adds_and_multiplies_within_one_currency() -> None:
    assert Money(250, "USD") + Money(50, "USD") == Money(300, "USD")
    assert Money(250, "USD") * 3 == Money(750, "USD")
    with pytest.raises(CurrencyMismatch):
        Money(1, "USD") + Money(1, "EUR")


@given(st.integers(0, 10**9), st.integers(0, 100))
def test_share_is_rounded_half_up_to_a_minor_unit(amount: int, percent: int) -> None:
    share = Money(amount, "USD").share(percent).amount
    assert -50 <= amount * percent - share * 100 < 50
    assert 0 <= share <= amount


def test_halves_are_rounded_up() -> None:
    assert Money(1, "USD").share(50) == Money(1, "USD")
    assert Money(149, "USD").share(1) == Money(1, "USD")
    assert Money(150, "USD").share(1) == Money(2, "USD")


@given(instants, instants, instants, instants)
def test_spans_overlap_exactly_when_they_share_an_instant(
    a: datetime, b: datetime, c: datetime, d: datetime
) -> None:
    (a, b), (c, d) = sorted((a, b)), sorted((c, d))
    if a == b or c == d:
        with pytest.raises(EmptySpan):
            Timespan(a, a)
        return
    one, other = Timespan(a, b), Timespan(c, d)
    assert one.overlaps(other) == other.overlaps(one) == (max(a, c) < min(b, d))
    assert one.overlaps(other) == (max(a, c) in one and max(a, c) in other)
    assert one.duration == b - a


def test_span_contains_its_start_and_excludes_its_end() -> None:
    span = Timespan(NOW, NOW + timedelta(minutes=30))
    assert NOW in span
    assert span.end not in span
    assert not span.overlaps(Timespan(span.end, span.end + timedelta(minutes=30)))


class TakenSlot(FullhouseError):
    """An error with a required and an optional attribute."""

    code = "taken_slot"
    message = "This time is taken."
    slot: UUID
    reason: str | None = None


def test_an_error_has_a_default_sentence_and_its_set_attributes_as_details() -> None:
    error = TakenSlot(slot=UUID(int=1))
    assert (str(error), error.detail) == ("This time is taken.", "This time is taken.")
    assert error.args == ("This time is taken.",)
    assert error.details == {"slot": UUID(int=1)}
    assert TakenSlot("No.", slot=UUID(int=1), reason="storm").details["reason"] == "storm"
    assert str(TakenSlot("No.", slot=UUID(int=1))) == "No."
    assert repr(error) == "TakenSlot('This time is taken.')"


def test_an_error_without_a_required_attribute_cannot_be_made() -> None:
    with pytest.raises(TypeError, match="slot"):
        TakenSlot("No.")  # type: ignore[call-arg]  # that is the point


def test_errors_differ_by_identity() -> None:
    error = TakenSlot(slot=UUID(int=1))
    assert error != TakenSlot(slot=UUID(int=1))
    assert len({error, error, TakenSlot(slot=UUID(int=1))}) == 2


def pickled(error: TakenSlot) -> TakenSlot:
    other: TakenSlot = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    return other


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, pickled])
def test_copies_of_an_error_are_complete(copied: Callable[[TakenSlot], TakenSlot]) -> None:
    error = TakenSlot("No.", slot=UUID(int=1), reason="storm")
    error.add_note("while testing")
    other = copied(error)
    assert (type(other), str(other), other.args) == (TakenSlot, "No.", ("No.",))
    assert other.details == error.details
    assert other.__notes__ == ["while testing"]


def test_errors_say_whether_to_try_again_and_when() -> None:
    assert not TakenSlot.transient
    assert Overloaded("Full.").transient
    assert DeadlineExceeded.code == "deadline_exceeded"
    assert Overloaded(retry_after_seconds=7).details == {"retry_after_seconds": 7}
    assert DeadlineExceeded().retry_after_seconds > 0


def test_the_memory_of_a_row_grows_with_its_texts() -> None:
    def row(name: str) -> Organisation:
        return Organisation(
            OrgId(UUID(int=1)), "slug", name, "", "", "", "en", "EUR", None, None, NOW
        )

    assert row_bytes(row("x" * 5_000)) - row_bytes(row("x")) == 4_999
