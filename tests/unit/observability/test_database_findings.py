"""Who blocks whom, what a statement is called, and which sentences say what is wrong."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from fullhouse.bootstrap.schema import named_queries
from fullhouse.localisation.formatter import utc_english
from fullhouse.observability.database_findings import DatabaseTexts, block_chains
from fullhouse.observability.database_monitor import (
    DatabaseFigures,
    DatabaseSession,
    DatabaseState,
    ProgramConnections,
    ReplicationSlot,
    Standby,
    TableFigures,
)
from fullhouse.observability.statement_names import StatementNames, shape_of

WELL = DatabaseState(
    at=datetime(2027, 6, 12, 8, 0, tzinfo=UTC),
    figures=DatabaseFigures(
        version="18.1",
        connections_max=100,
        size_bytes=1,
        blocks=2_000_000,
        cache_hit_share=0.99,
        deadlocks=0,
        temp_bytes=0,
        transaction_age=200_000_000,
        transaction_age_max=2_000_000_000,
        freeze_age=200_000_000,
        is_standby=False,
        query_size="1024",
        counts_statements=True,
    ),
    sessions=[],
    programs=[ProgramConnections("fullhouse web", 20, 1)],
    tables=[TableFigures("booking", 1, 1, 1_000_000, 100_000, None, None, 0, 0)],
    indexes=[],
    standbys=[Standby("b", "streaming", "async", 5_000_000_000, 20.0)],
    slots=[ReplicationSlot("b", is_active=True, kept_bytes=5_000_000_000)],
    by_total=None,
    by_mean=(),
)


def a_session(pid: int, blocked_by: Sequence[int] = (), **facts: object) -> DatabaseSession:
    session = DatabaseSession(pid, "web", "active", "", 1.0, 1.0, 1.0, "part.query", blocked_by)
    return replace(session, **facts)


def findings(state: DatabaseState) -> Sequence[str]:
    return DatabaseTexts(utc_english(), state).findings()


def test_chains_lead_to_roots_the_longest_wait_first() -> None:
    chains = block_chains(
        [
            a_session(1),
            a_session(2, [1]),
            a_session(3, [2]),
            a_session(4, [3, 1]),
            a_session(5, [99], state_seconds=9.0),
            a_session(7, [8]),
            a_session(8, [7], state_seconds=2.0),
        ]
    )
    assert [(chain.root_pid, chain.root is None) for chain in chains] == [
        (99, True),
        (7, False),
        (1, False),
    ]
    assert [(one.session.pid, one.depth) for one in chains[2].blocked] == [(2, 1), (3, 2), (4, 3)]


@pytest.mark.parametrize(
    ("sql", "shape"),
    [
        (
            "SELECT *\n  FROM t WHERE a = 'O''Hara' AND b = $12",
            "SELECT * FROM t WHERE a = ? AND b = ?",
        ),
        ("SELECT 1.5e3, t1.c2, E'it\\'s' -- x@y.org", "SELECT ?, t1.c2, ?"),
        ("VALUES ($1 /*, ... */), (1, 2,3);", "VALUES (?), (?)"),
        ("DO $body$ secret $body$", "DO ?"),
        ("SELECT 'cut of", "SELECT ?"),
    ],
)
def test_shape_of_a_statement_has_nobodys_data(sql: str, shape: str) -> None:
    assert shape_of(sql) == shape


def test_every_named_query_is_known_by_its_text_whole_or_cut_by_the_server() -> None:
    names = StatementNames(named_queries(), {"ledger commit": "SELECT ledger_commit($1)"})
    for query in named_queries():
        assert shape_of(names.name_or_shape(query.sql)) == shape_of(query.name) or (
            shape_of(named_queries()[names.name_or_shape(query.sql)].sql) == shape_of(query.sql)
        )
    longest = max(named_queries(), key=lambda query: len(query.sql))
    assert len(longest.sql) > 1_100
    assert names.name_or_shape(longest.sql[:1_023]) == longest.name
    assert names.name_or_shape(f"PREPARE fullhouse_plan AS {longest.sql}") == longest.name
    assert names.name_or_shape("SELECT ledger_commit($1)") == "ledger commit"
    assert len(names.name_or_shape("SELECT " + "a, " * 1_000)) == 161


def test_nothing_is_said_of_a_database_that_is_well() -> None:
    assert findings(WELL) == []


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (
            replace(WELL, programs=[ProgramConnections("x", 91, 1)]),
            "91 of 100 connections are taken.",
        ),
        (
            replace(WELL, figures=replace(WELL.figures, cache_hit_share=0.5)),
            "Only 50% of what is read is in memory: give PostgreSQL more of it.",
        ),
        (
            replace(WELL, figures=replace(WELL.figures, transaction_age=1_000_000_000)),
            "50% of the transaction numbers are used up: see what keeps autovacuum from its work.",
        ),
        (
            replace(WELL, tables=[replace(WELL.tables[0], dead_rows=1_000_000)]),
            "50% of the rows of booking are dead: it waits to be cleaned up.",
        ),
        (
            replace(WELL, standbys=[replace(WELL.standbys[0], behind_seconds=90.0)]),
            "The standby b is 1 minute 30 seconds behind.",
        ),
        (
            replace(WELL, slots=[replace(WELL.slots[0], is_active=False)]),
            "Nobody reads the replication slot b, which keeps 5.0 GB.",
        ),
        (
            replace(WELL, sessions=[a_session(1, transaction_seconds=61.0)]),
            "A transaction of web (process 1) has lasted for 1 minute 1 second.",
        ),
        (
            replace(WELL, sessions=[a_session(2, [1], state_seconds=5.0)]),
            "1 session waits for a lock of a program without a name (process 1), for 5 seconds.",
        ),
    ],
)
def test_what_is_wrong_is_said(state: DatabaseState, sentence: str) -> None:
    assert findings(state) == [sentence]
