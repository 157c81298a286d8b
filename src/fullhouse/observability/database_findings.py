"""What is wrong with the database, and who blocks whom. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Final

from msgspec import Struct

from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.observability.database_monitor import DatabaseSession, DatabaseState
from fullhouse.observability.limits import (
    BLOCKED_SECONDS_MAX,
    CACHE_BLOCKS_MIN,
    CACHE_HIT_SHARE_MIN,
    CONNECTIONS_SHARE_MAX,
    DEAD_ROWS_MIN,
    DEAD_ROWS_SHARE_MAX,
    IDLE_TRANSACTION_SECONDS_MAX,
    LONG_TRANSACTION_SECONDS,
    SLOT_BYTES_MAX,
    STANDBY_SECONDS_MAX,
    TRANSACTION_AGE_SHARE_MAX,
)

IDLE_IN_TRANSACTION: Final = "idle in transaction"


class BlockedSession(Struct, frozen=True):
    """A session that waits for a lock; `depth` is 1 for who waits for the root itself."""

    session: DatabaseSession
    depth: int


class BlockChain(Struct, frozen=True):
    """Who keeps others waiting and waits for nobody, and all who wait for it."""

    root_pid: int
    root: DatabaseSession | None
    """None for one that has just ended, and for what is no session of a client."""
    blocked: Sequence[BlockedSession]

    @property
    def longest_seconds(self) -> float:
        return max(one.session.state_seconds for one in self.blocked)


def block_chains(sessions: Sequence[DatabaseSession]) -> Sequence[BlockChain]:
    """One for each root, what has waited longest first.

    Who waits for several stands under the first. Sessions that wait for each other have no root
    until the server ends one of them; the least number stands for it.
    """
    known = {one.pid: one for one in sessions}
    roots: dict[int, list[BlockedSession]] = {}
    for one in sessions:
        if one.blocked_by:
            root, depth = _root_of(one, known)
            roots.setdefault(root, []).append(BlockedSession(one, depth))
    chains = [
        BlockChain(root, known.get(root), sorted(blocked, key=lambda b: (b.depth, b.session.pid)))
        for root, blocked in roots.items()
    ]
    return sorted(chains, key=lambda chain: -chain.longest_seconds)


def _root_of(one: DatabaseSession, known: Mapping[int, DatabaseSession]) -> tuple[int, int]:
    seen, pid, depth = {one.pid}, one.blocked_by[0], 1
    while pid not in seen and pid in known and known[pid].blocked_by:
        seen.add(pid)
        pid, depth = known[pid].blocked_by[0], depth + 1
    return (min(seen), depth) if pid in seen else (pid, depth)


class DatabaseTexts(Struct, frozen=True):
    """What is wrong in sentences, what hurts guests first."""

    text: LocaleFormatter
    state: DatabaseState

    def findings(self) -> Sequence[str]:
        return [
            *self.blocked(),
            *self._open_transactions(),
            *self._connections(),
            *self._indexes(),
            *self._age(),
            *self._tables(),
            *self._cache(),
            *self._replication(),
        ]

    def blocked(self) -> Iterator[str]:
        """Who keeps others waiting, for longer than anybody should."""
        ngettext = self.text.translations.ngettext
        for chain in block_chains(self.state.sessions):
            if chain.longest_seconds >= BLOCKED_SECONDS_MAX:
                by = self._program("" if chain.root is None else chain.root.program)
                yield ngettext(
                    "%(n)s session waits for a lock of %(program)s (process %(pid)s), for "
                    "%(long)s.",
                    "%(n)s sessions wait for a lock of %(program)s (process %(pid)s), for "
                    "%(long)s.",
                    len(chain.blocked),
                    program=by,
                    pid=chain.root_pid,
                    long=self._long(chain.longest_seconds),
                )

    def _program(self, name: str) -> str:
        return name or self.text.translations.gettext("a program without a name")

    def _open_transactions(self) -> Iterator[str]:
        _ = self.text.translations.gettext
        for one in self.state.sessions:
            facts = {"program": self._program(one.program), "pid": one.pid}
            if (
                one.state.startswith(IDLE_IN_TRANSACTION)
                and one.state_seconds >= IDLE_TRANSACTION_SECONDS_MAX
            ):
                yield _(
                    "%(program)s (process %(pid)s) has kept a transaction open for %(long)s "
                    "without doing anything.",
                    long=self._long(one.state_seconds),
                    **facts,
                )
            elif one.transaction_seconds >= LONG_TRANSACTION_SECONDS:
                yield _(
                    "A transaction of %(program)s (process %(pid)s) has lasted for %(long)s.",
                    long=self._long(one.transaction_seconds),
                    **facts,
                )

    def _connections(self) -> Iterator[str]:
        most = self.state.figures.connections_max
        if self.state.connections > CONNECTIONS_SHARE_MAX * most:
            yield self.text.translations.gettext(
                "%(n)s of %(most)s connections are taken.", n=self.state.connections, most=most
            )

    def _indexes(self) -> Iterator[str]:
        for one in self.state.indexes:
            if not one.is_valid:
                yield self.text.translations.gettext(
                    "The index %(name)s of %(table)s is not valid: run REINDEX INDEX CONCURRENTLY "
                    "%(name)s.",
                    name=one.name,
                    table=one.table_name,
                )

    def _age(self) -> Iterator[str]:
        figures = self.state.figures
        share = figures.transaction_age / figures.transaction_age_max
        if share > TRANSACTION_AGE_SHARE_MAX:
            yield self.text.translations.gettext(
                "%(share)s of the transaction numbers are used up: see what keeps autovacuum from "
                "its work.",
                share=self.text.percent(round(100 * share)),
            )

    def _tables(self) -> Iterator[str]:
        for one in self.state.tables:
            if one.dead_rows >= DEAD_ROWS_MIN and one.dead_share > DEAD_ROWS_SHARE_MAX:
                yield self.text.translations.gettext(
                    "%(share)s of the rows of %(table)s are dead: it waits to be cleaned up.",
                    share=self.text.percent(round(100 * one.dead_share)),
                    table=one.name,
                )

    def _cache(self) -> Iterator[str]:
        figures = self.state.figures
        share = figures.cache_hit_share
        if share is not None and figures.blocks > CACHE_BLOCKS_MIN and share < CACHE_HIT_SHARE_MIN:
            yield self.text.translations.gettext(
                "Only %(share)s of what is read is in memory: give PostgreSQL more of it.",
                share=self.text.percent(round(100 * share)),
            )

    def _replication(self) -> Iterator[str]:
        _ = self.text.translations.gettext
        for standby in self.state.standbys:
            if standby.behind_seconds > STANDBY_SECONDS_MAX:
                long = self._long(standby.behind_seconds)
                yield _("The standby %(name)s is %(long)s behind.", name=standby.name, long=long)
        for slot in self.state.slots:
            if not slot.is_active and slot.kept_bytes > SLOT_BYTES_MAX:
                yield _(
                    "Nobody reads the replication slot %(name)s, which keeps %(size)s.",
                    name=slot.name,
                    size=self.text.size(slot.kept_bytes),
                )

    def _long(self, seconds: float) -> str:
        return self.text.exact_duration(timedelta(seconds=max(1, round(seconds))))
