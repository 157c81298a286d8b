"""A bounded map never grows past its limit, whatever writes to it."""

from fullhouse.resilience.bounded import BoundedDict, ByteBoundedMap


def test_the_oldest_entry_makes_room_for_a_new_one() -> None:
    entries: BoundedDict[str, int] = BoundedDict(2)
    entries["a"] = 1
    entries["b"] = 2
    entries["c"] = 3
    assert dict(entries) == {"b": 2, "c": 3}


def test_a_new_value_makes_no_entry_younger() -> None:
    entries: BoundedDict[str, int] = BoundedDict(2)
    entries["a"] = 1
    entries["b"] = 2
    entries["a"] = 3
    entries["c"] = 4
    assert dict(entries) == {"b": 2, "c": 4}


def test_every_way_of_writing_keeps_the_limit() -> None:
    entries: BoundedDict[int, int] = BoundedDict(3)
    entries.update({number: number for number in range(10)})
    for number in range(10, 20):
        entries.setdefault(number, number)
    entries |= {number: number for number in range(20, 30)}
    assert list(entries) == [27, 28, 29]


def test_the_sizes_of_values_stay_within_the_bytes() -> None:
    entries: ByteBoundedMap[str, str] = ByteBoundedMap(10, len)
    entries["a"] = "1234"
    entries["b"] = "1234"
    entries["a"] = "12345"
    assert (list(entries), entries.bytes_used) == (["a", "b"], 9)
    entries["c"] = "12"
    assert (list(entries), entries.bytes_used) == (["b", "c"], 6), "a new value made a no younger"
    assert entries.pop("b") == "1234"
    assert entries.pop("b") is None
    assert (len(entries), entries.bytes_used) == (1, 2)
    entries.clear()
    assert (len(entries), entries.bytes_used, entries.get("c")) == (0, 0, None)


def test_a_value_above_the_bound_is_not_kept_and_displaces_only_its_own_key() -> None:
    entries: ByteBoundedMap[str, str] = ByteBoundedMap(10, len)
    entries["a"] = "1234"
    entries["b"] = "1234"
    entries["b"] = "x" * 11
    assert (list(entries), entries.bytes_used) == (["a"], 4)
