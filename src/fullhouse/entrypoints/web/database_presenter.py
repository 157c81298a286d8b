"""Presenter of the database monitor: one sentence, locks, sessions, sizes, statements. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from fullhouse.booking.model.urls import DATABASE_PATH
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.observability.database_findings import BlockChain, DatabaseTexts, block_chains
from fullhouse.observability.database_monitor import (
    DatabaseSession,
    DatabaseState,
    IndexFigures,
    StatementFigures,
    TableFigures,
)

DATABASE_PARTS: Final = ("now", "activity", "statements", "space")
"""What is sent again when it changes, by its id on the page."""
_SHOWN_MAX: Final = 20


class WorkingSession(msgspec.Struct, frozen=True):
    """A session; `depth` says how many stand between it and who keeps it waiting."""

    pid: int
    program: str
    query: str
    state: str
    waits_for: str
    long: str
    depth: int = 0


class ChainRow(msgspec.Struct, frozen=True):
    """Who keeps others waiting, and who waits."""

    root: WorkingSession
    blocked: tuple[WorkingSession, ...]


class FigureTable(msgspec.Struct, frozen=True):
    """A table of figures: the first column names what the others are about."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class DatabaseView(msgspec.Struct, frozen=True):
    """The page."""

    title: str
    path: str
    sentence: str
    tone: str
    as_of: str
    findings: tuple[str, ...]
    totals: tuple[tuple[str, str], ...] = ()
    chains: tuple[ChainRow, ...] = ()
    sessions: tuple[WorkingSession, ...] = ()
    counts_statements: bool = True
    statements: tuple[FigureTable, ...] = ()
    tables: tuple[FigureTable, ...] = ()


class DatabasePresenter(msgspec.Struct, frozen=True):
    """Presents the last state that could be read."""

    text: LocaleFormatter
    state: DatabaseState | None
    is_current: bool

    def view(self) -> DatabaseView:
        _, state = self.text.translations.gettext, self.state
        away = "" if self.is_current else _("The database does not answer.")
        if state is None:
            sentence = away or _("Nothing is known yet.")
            return DatabaseView(_("Database"), DATABASE_PATH, sentence, "bad", "", ())
        found = tuple(DatabaseTexts(self.text, state).findings())
        return DatabaseView(
            title=_("Database"),
            path=DATABASE_PATH,
            sentence=away or (found[0] if found else _("Nothing is wrong with the database.")),
            tone="bad" if away else "warn" if found else "good",
            as_of=""
            if self.is_current
            else _("What follows is as it was at %(time)s.", time=self.text.listed_time(state.at)),
            findings=found if away else found[1:],
            totals=self._totals(state),
            chains=tuple(map(self._chain, block_chains(state.sessions))),
            sessions=tuple(map(self._session, state.sessions[:_SHOWN_MAX])),
            counts_statements=state.by_total is not None,
            statements=self._statements(state),
            tables=tuple(one for one in self._tables(state) if one.rows),
        )

    def _totals(self, state: DatabaseState) -> tuple[tuple[str, str], ...]:
        _, text, figures = self.text.translations.gettext, self.text, state.figures
        hit = figures.cache_hit_share
        age = figures.transaction_age / figures.transaction_age_max
        return (
            (_("Connections"), f"{state.connections} / {figures.connections_max}"),
            (_("Size"), text.size(figures.size_bytes)),
            (_("Read from memory"), "" if hit is None else text.percent(round(100 * hit))),
            (_("Transaction numbers used"), text.percent(round(100 * age))),
            (_("Deadlocks"), text.figure(figures.deadlocks)),
            ("PostgreSQL", figures.version.partition(" ")[0]),
        )

    def _chain(self, chain: BlockChain) -> ChainRow:
        pid = chain.root_pid
        root = WorkingSession(pid, "?", "", "", "", "")
        return ChainRow(
            root if chain.root is None else self._session(chain.root),
            tuple(
                msgspec.structs.replace(self._session(one.session), depth=min(one.depth, 3))
                for one in chain.blocked
            ),
        )

    def _session(self, one: DatabaseSession) -> WorkingSession:
        long = one.query_seconds if one.state == "active" else one.transaction_seconds
        return WorkingSession(
            one.pid, one.program, one.query, one.state, one.waits_for, self._long(long)
        )

    def _statements(self, state: DatabaseState) -> tuple[FigureTable, ...]:
        _ = self.text.translations.gettext
        heads = (_("Statement"), _("Count"), _("Total"), _("Mean"), _("Rows"))
        return tuple(
            FigureTable(title, heads, tuple(map(self._statement, found)))
            for title, found in (
                (_("Statements that took most time in all"), state.by_total or ()),
                (_("Statements that take longest"), state.by_mean),
            )
        )

    def _statement(self, one: StatementFigures) -> tuple[str, ...]:
        text = self.text
        return (
            one.query,
            text.figure(one.calls),
            text.latency(one.total_seconds),
            text.latency(one.mean_seconds),
            text.figure(one.row_count),
        )

    def _tables(self, state: DatabaseState) -> Sequence[FigureTable]:
        _, text = self.text.translations.gettext, self.text
        return (
            FigureTable(
                _("Connections"),
                (_("Program"), _("Connections"), _("At work")),
                tuple((one.program, str(one.connections), str(one.busy)) for one in state.programs),
            ),
            FigureTable(
                _("Indexes to look at"),
                (_("Index"), _("Table"), _("Size"), _("What is the matter")),
                tuple(map(self._index, state.indexes)),
            ),
            FigureTable(
                _("Largest tables"),
                (
                    *(_("Table"), _("With indexes"), _("Indexes"), _("Rows"), _("Dead rows")),
                    _("Cleaned up last"),
                ),
                tuple(map(self._table, state.tables)),
            ),
            FigureTable(
                _("Standbys"),
                (_("Name"), _("State"), _("Kind"), _("Behind"), _("Behind in time")),
                tuple(
                    (
                        s.name,
                        s.state,
                        s.kind,
                        text.size(s.behind_bytes),
                        self._long(s.behind_seconds),
                    )
                    for s in state.standbys
                ),
            ),
            FigureTable(
                _("Replication slots"),
                (_("Name"), _("Read"), _("Keeps")),
                tuple(
                    (s.name, _("yes") if s.is_active else _("no"), text.size(s.kept_bytes))
                    for s in state.slots
                ),
            ),
        )

    def _index(self, one: IndexFigures) -> tuple[str, ...]:
        _ = self.text.translations.gettext
        why = _("Nothing has used it.") if one.is_valid else _("It is not valid.")
        return one.name, one.table_name, self.text.size(one.bytes), why

    def _table(self, one: TableFigures) -> tuple[str, ...]:
        text = self.text
        return (
            one.name,
            text.size(one.total_bytes),
            text.size(one.index_bytes),
            text.figure(one.live_rows),
            f"{text.figure(one.dead_rows)} ({text.percent(round(100 * one.dead_share))})",
            self._when(one.vacuumed_at),
        )

    def _when(self, at: datetime | None) -> str:
        return self.text.translations.gettext("never") if at is None else self.text.listed_time(at)

    def _long(self, seconds: float) -> str:
        if seconds < 1:
            return self.text.latency(seconds)
        return self.text.exact_duration(timedelta(seconds=round(seconds)))
