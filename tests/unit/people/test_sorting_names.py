"""By which word a list by surname sorts."""

import pytest

from fullhouse.people.model.person_names import sorting_name


@pytest.mark.parametrize(
    ("name", "surname"),
    [
        ("Ana Lopez", "lopez"),
        ("Lopez, Ana", "lopez"),
        ("Martin Luther King Jr.", "king"),
        ("Öle Östlund", "ostlund"),
        ("Prince", "prince"),
        ("Jr.", "jr."),
        ("", ""),
        ("Ana,", "ana,"),
    ],
)
def test_a_name_is_sorted_by_its_surname(name: str, surname: str) -> None:
    assert sorting_name(name).startswith(f"{surname} ")


def test_people_of_one_surname_are_sorted_by_their_first_names() -> None:
    assert sorting_name("Ana Lopez") < sorting_name("Bea Lopez") < sorting_name("Ana Marr")
