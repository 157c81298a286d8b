"""Addresses that are made of names."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fullhouse.people.model import RESERVED_SLUGS, is_slug
from fullhouse.people.model.slugs import suggested_slug


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Lily Lane", "lily-lane"),
        ("Müller's Hof & Söhne", "muellers-hof-soehne"),
        ("  --Straße 2 ", "strasse-2"),
        ("Łódź", "lodz"),
        ("Ísafjörður", "isafjoerdur"),
        ("Sign In", "sign-in-1"),
        ("สวนดอกไม้", ""),
    ],
)
def test_name_becomes_an_address_that_people_can_type(name: str, slug: str) -> None:
    assert suggested_slug(name) == slug


@given(st.text(max_size=300))
def test_address_of_any_name_is_one_or_none(name: str) -> None:
    slug = suggested_slug(name)
    assert slug == "" or (is_slug(slug) and slug not in RESERVED_SLUGS)
