"""How soon the relay tries again after a failure."""

from fullhouse.jobs.relay import retry_seconds


def test_what_ends_by_itself_is_tried_soon_and_what_does_not_ever_more_slowly() -> None:
    transient = [retry_seconds(n, is_transient=True) for n in range(1, 2_000)]
    assert transient[:4] == [1, 2, 4, 5]
    assert max(transient) == 5, "a database that is back waits for no try of an hour without it"
    others = [retry_seconds(n, is_transient=False) for n in range(1, 2_000)]
    assert others[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert max(others) == 60
