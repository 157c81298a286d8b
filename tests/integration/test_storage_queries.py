"""Files of named queries are read strictly."""

from pathlib import Path

import pytest

from fullhouse.storage.errors import BadQueryFile
from fullhouse.storage.queries import NamedQueries


def load(folder: Path, text: str) -> NamedQueries:
    (folder / "file.sql").write_text(text)
    return NamedQueries.load({"part": folder})


def test_parameters_are_numbered_in_the_order_they_appear_and_only_once(tmp_path: Path) -> None:
    query = load(
        tmp_path,
        "-- name: both\n-- A sentence.\nSELECT :b::text, :a, :b, ARRAY[:a], 'at 10:30', \"c:d\";\n",
    )["part.both"]
    assert query.parameters == ("b", "a")
    assert query.sql == "SELECT $1::text, $2, $1, ARRAY[$2], 'at 10:30', \"c:d\";"
    assert query.arguments({"a": 1, "b": 2}) == [2, 1]
    assert query.sentence == "A sentence."


def test_a_query_without_a_sentence_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadQueryFile, match="sentence"):
        load(tmp_path, "-- name: mute\nSELECT 1;\n")


def test_a_query_without_sql_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadQueryFile, match="empty"):
        load(tmp_path, "-- name: hollow\n-- A sentence.\n")


def test_two_queries_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadQueryFile, match="twice"):
        load(tmp_path, 2 * "-- name: same\n-- A sentence.\nSELECT 1;\n")


def test_all_queries_of_the_program_can_be_read(catalogue: NamedQueries) -> None:
    assert len(catalogue) == len({query.name for query in catalogue})
