"""`fullhouse database`: what the database does now, and what is wrong with it."""

from collections.abc import Iterator

import msgspec
import typer

from fullhouse.bootstrap.observability import build_database_monitor
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.kernel.clock import SystemClock
from fullhouse.localisation.formatter import utc_english
from fullhouse.observability.database_findings import DatabaseTexts, block_chains
from fullhouse.observability.database_monitor import (
    DatabaseSession,
    DatabaseState,
    StatementFigures,
)
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded import database_at

_TABLES_SHOWN = 8
_TEXT = utc_english()


class DatabaseOutput(msgspec.Struct, frozen=True):
    """Sentences about what is wrong, and all that was read."""

    findings: tuple[str, ...]
    state: DatabaseState


def database(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Show what the database does now, and who waits for whom.

    Statements are shown by name or shape, never with anybody's data. Exit status 1 when something
    is wrong. Works beside a running server.
    """
    state = run_async(read_database(settings_with(data_dir=data_dir)))
    found = tuple(DatabaseTexts(_TEXT, state).findings())
    print_result(
        DatabaseOutput(found, state), as_json=as_json, text="\n".join(format_database(state, found))
    )
    if found:
        raise typer.Exit(1)


async def read_database(settings: Settings) -> DatabaseState:
    async with database_at(settings.database_url, settings.data_dir) as url:
        monitor = build_database_monitor(
            lambda: connect(url, application_name="fullhouse database"), SystemClock()
        )
        return await monitor.read()


def format_database(state: DatabaseState, found: tuple[str, ...]) -> Iterator[str]:
    yield from (f"  {sentence}" for sentence in found or ("No problems found.",))
    figures = state.figures
    hit = figures.cache_hit_share
    yield (
        f"\n  PostgreSQL {figures.version}: {_TEXT.size(figures.size_bytes)}, "
        f"{state.connections} of {figures.connections_max} connections"
        + ("" if hit is None else f", {round(100 * hit)}% read from memory")
    )
    for chain in block_chains(state.sessions):
        yield "\n  Waiting for a lock:"
        yield f"    {_session(chain.root)}" if chain.root else f"    process {chain.root_pid}"
        yield from (
            f"{'      ' + '  ' * one.depth}{_session(one.session)}" for one in chain.blocked
        )
    if state.sessions:
        yield "\n  At work:"
        yield from (f"    {_session(one)}" for one in state.sessions)
    yield "\n  Largest tables:"
    for table in state.tables[:_TABLES_SHOWN]:
        yield (
            f"    {table.name:<28} {_TEXT.size(table.total_bytes):>10}  {table.live_rows} rows, "
            f"{table.dead_rows} dead"
        )
    for index in state.indexes:
        yield f"    index {index.name}: {'unused' if index.is_valid else 'not valid'}"
    yield from _statements(state)


def _statements(state: DatabaseState) -> Iterator[str]:
    if state.by_total is None:
        yield "\n  Statements are not counted: the extension pg_stat_statements is missing."
        return
    yield "\n  Statements that took most time in all:"
    yield from map(_statement, state.by_total[:_TABLES_SHOWN])


def _statement(one: StatementFigures) -> str:
    return (
        f"    {_TEXT.latency(one.total_seconds):>10}  {one.calls:>8} x "
        f"{_TEXT.latency(one.mean_seconds):>10}  {one.query}"
    )


def _session(one: DatabaseSession) -> str:
    waits = f", waits for {one.waits_for}" if one.waits_for else ""
    return (
        f"{one.pid} {one.program}: {one.query} ({one.state} for {one.state_seconds:.1f} s{waits})"
    )
