"""Recovery codes: how hard they are to guess, and how they may be typed."""

from fullhouse.people.model.one_time_codes import new_recovery_code, recovery_code_hash

LETTERS = 32
"""Of base32."""


def test_a_recovery_code_has_so_many_random_bits_that_a_fast_hash_is_enough() -> None:
    codes = {new_recovery_code() for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        letters = code.replace("-", "")
        assert LETTERS ** len(letters) >= 2**112
        assert letters.isalnum()
        assert letters.islower()


def test_a_recovery_code_is_found_however_it_is_spaced() -> None:
    code = new_recovery_code()
    for typed in (code.upper(), code.replace("-", " "), f"  {code.replace('-', '')} "):
        assert recovery_code_hash(typed) == recovery_code_hash(code)
