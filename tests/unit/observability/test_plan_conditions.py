"""What an index could use of a condition, as PostgreSQL writes it in a plan."""

import pytest

from fullhouse.observability.plan_conditions import terms_of


@pytest.mark.parametrize(
    ("condition", "terms"),
    [
        ("((org_id = $1) AND (ref = $2))", ["org_id equal", "ref equal"]),
        ("(($2 > starts_at) AND ('a'::text = kind))", ["starts_at range", "kind constant"]),
        ("(b.slot_id = s.slot_id)", ["b.slot_id equal", "s.slot_id equal"]),
        ("(status = ANY ($1))", ["status equal"]),
        ("($1 = ANY (kinds))", []),
        ("((kind)::text = $1)", ["kind equal"]),
        ("(COALESCE(a, b) = $1)", []),
        ("((a = $1) OR (b = $2))", []),
        ("(((a = $1) OR (b = 1)) AND (c < now()))", ["c range"]),
        ("(token_hash <> $2)", []),
        ("((NOT is_merged) AND is_current)", ["is_merged constant", "is_current constant"]),
        ('("user" = $1)', ["user equal"]),
        ("(name = 'x) AND (y = 1'::text)", ["name constant"]),
        ("((lower(a) ~~ $1) AND (b > (InitPlan 1).col1))", ["b range"]),
        ("", []),
    ],
)
def test_columns_and_how_they_are_compared(condition: str, terms: list[str]) -> None:
    found = [
        f"{term.alias}{'.' if term.alias else ''}{term.column} {term.kind}"
        for term in terms_of(condition)
    ]
    assert found == terms


def test_what_is_the_same_for_every_run_can_be_a_predicate() -> None:
    condition = (
        "((e.ended_at IS NULL) AND (e.status = ANY ('{due,leased}'::text[])) AND (e.phone <> ''"
        "::text) AND (e.n = 4))"
    )
    assert [term.text for term in terms_of(condition)] == [
        "ended_at IS NULL",
        "status = ANY ('{due,leased}'::text[])",
        "phone <> ''::text",
        "n = 4",
    ]
