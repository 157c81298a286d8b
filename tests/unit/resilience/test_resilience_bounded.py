"""A bounded map never grows past its limit, whatever writes to it."""

from fullhouse.resilience.bounded import BoundedDict


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
