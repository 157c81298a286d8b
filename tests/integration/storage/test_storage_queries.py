"""Named query files: parameters are numbered, malformed files are refused."""

from pathlib import Path

import pytest

from fullhouse.storage.errors import BadQueryFile
from fullhouse.storage.queries import NamedQueries


def load(folder: Path, text: str) -> NamedQueries:
    (folder / "file.sql").write_text(text)
    return NamedQueries.load({"part": folder})


def test_parameters_are_numbered_once_in_order_of_appearance(tmp_path: Path) -> None:
    query = load(
        tmp_path,
        "-- name: both\n-- A sentence.\nSELECT :b::text, :a, :b, ARRAY[:a], 'at 10:30', \"c:d\";\n",
    )["part.both"]
    assert query.parameters == ("b", "a")
    assert query.sql == "SELECT $1::text, $2, $1, ARRAY[$2], 'at 10:30', \"c:d\";"
    assert query.arguments({"a": 1, "b": 2}) == [2, 1]
    assert query.description == "A sentence."


def test_query_without_a_description_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadQueryFile, match="description"):
        load(tmp_path, "-- name: mute\nSELECT 1;\n")


def test_query_without_sql_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadQueryFile, match="empty"):
        load(tmp_path, "-- name: hollow\n-- A sentence.\n")


@pytest.mark.parametrize("name", ["", "two words", "1st", "slots!"])
def test_query_without_a_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadQueryFile, match="no name"):
        load(tmp_path, f"-- name: {name}\n-- A sentence.\nSELECT 1;\n")


def test_a_heading_with_other_spaces_does_not_join_its_query_to_the_one_before(
    tmp_path: Path,
) -> None:
    text = "-- name: one\n-- A sentence.\nSELECT 1;\n--name :two \n-- Another.\nSELECT 2;\n"
    assert {query.name: query.sql for query in load(tmp_path, text)} == {
        "part.one": "SELECT 1;",
        "part.two": "SELECT 2;",
    }


def test_comments_within_a_statement_are_left_out(tmp_path: Path) -> None:
    text = "-- name: one\n-- A sentence.\nSELECT 1,\n    -- As :you see.\n    :two;\n"
    query = load(tmp_path, text)["part.one"]
    assert query.sql == "SELECT 1,\n    $1;"
    assert query.description == "A sentence.\nAs :you see."


def test_duplicate_query_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadQueryFile, match="twice"):
        load(tmp_path, 2 * "-- name: same\n-- A sentence.\nSELECT 1;\n")


def test_all_queries_of_the_product_load(catalogue: NamedQueries) -> None:
    assert len(catalogue) == len({query.name for query in catalogue})
