"""Connections that outlive the test that opened them, so that the next one finds them warm.

A process of PostgreSQL costs 4 ms to start and end, and learns each table, query and function anew.
To the program a kept connection is a new one: it has a new client's object, and its session was
cleaned of settings, listeners, locks, cursors and temporary tables. The client's prepared
statements stay, and the codecs of types: 110 of each were prepared for a test.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple
from weakref import WeakKeyDictionary

import asyncpg
import pytest

KEPT_PER_KIND_MAX: Final = 6
_CLEAN: Final = (
    "CLOSE ALL; UNLISTEN *; SELECT pg_advisory_unlock_all(); DISCARD TEMP; DISCARD SEQUENCES; "
    "RESET ROLE; RESET ALL"
)
_CLEAN_SECONDS_MAX: Final = 5.0
_ERRORS: Final = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError)

connect_anew: Final = asyncpg.connection.connect
"""As ever, also while connections are kept."""
_close = asyncpg.Connection.close
_terminate = asyncpg.Connection.terminate
_set_type_codec = asyncpg.Connection.set_type_codec

Codec = tuple[object, ...]


class _Kind(NamedTuple):
    """Connections of one kind are the same to the program."""

    url: str
    options: str


class _Opened(NamedTuple):
    """What is known of a connection that the program has."""

    kind: _Kind
    codecs: set[Codec]


class _Parked(NamedTuple):
    """What a connection consists of, but for the object that the program has."""

    opened: _Opened
    connection_class: type[asyncpg.Connection]
    parts: tuple[Any, ...]
    statements: Mapping[Any, Any]

    def unpark(self) -> asyncpg.Connection:
        connection: Any = self.connection_class(*self.parts)
        self.parts[0].set_connection(connection)
        for key, entry in self.statements.items():
            connection._stmt_cache.put(key, entry._statement)
        return connection  # type: ignore[no-any-return]

    @property
    def is_usable(self) -> bool:
        protocol, _, loop, *_ = self.parts
        return loop is asyncio.get_running_loop() and bool(protocol.is_connected())


@dataclass(slots=True)
class KeptConnections:
    """Takes the place of opening and closing, for the databases that are `kept`."""

    kept: set[str] = field(default_factory=set)
    """The URLs; to all others connections are opened and closed as ever."""
    _opened: "WeakKeyDictionary[asyncpg.Connection, _Opened]" = field(
        default_factory=WeakKeyDictionary
    )
    _clean: dict[_Kind, list[_Parked]] = field(default_factory=lambda: defaultdict(list))
    _used: list[_Parked] = field(default_factory=list)
    """Those that were dropped without a word: cleaned between two tests."""

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Connections are opened and closed here from now on."""

        async def close(connection: asyncpg.Connection, **options: float | None) -> None:
            await self._close(connection, options.get("timeout"))

        def terminate(connection: asyncpg.Connection) -> None:
            self._terminate(connection)

        async def set_type_codec(
            connection: asyncpg.Connection,
            name: str,
            **options: Any,  # noqa: ANN401 - whatever it takes
        ) -> None:
            opened, codec = self._opened.get(connection), (name, *sorted(options.items()))
            if opened is None or codec not in opened.codecs:
                await _set_type_codec(connection, name, **options)
            if opened is not None:
                opened.codecs.add(codec)

        patch.setattr(asyncpg, "connect", self._connect)
        patch.setattr(asyncpg.connection, "connect", self._connect)
        patch.setattr(asyncpg.Connection, "close", close)
        patch.setattr(asyncpg.Connection, "terminate", terminate)
        patch.setattr(asyncpg.Connection, "set_type_codec", set_type_codec)

    async def server_pids(self) -> list[int]:
        """The processes of all that are kept, cleaned by now."""
        used, self._used = self._used, []
        for parked in used:
            if parked.is_usable:
                await self._keep(parked.opened, parked.unpark())
        return [one.parts[0].get_server_pid() for kept in self._clean.values() for one in kept]

    def drop(self, url: str) -> None:
        """End the connections to a database that is kept no longer."""
        self.kept.discard(url)
        for kind in [kind for kind in self._clean if kind.url == url]:
            for parked in self._clean.pop(kind):
                _terminate(parked.unpark())

    async def _connect(
        self,
        url: str | None = None,
        **options: Any,  # noqa: ANN401 - whatever it takes
    ) -> asyncpg.Connection:
        if url not in self.kept:
            return await connect_anew(url, **options)
        named = sorted((name, value) for name, value in options.items() if name != "loop")
        kind = _Kind(url, repr(named))
        usable = [parked for parked in self._clean[kind] if parked.is_usable]
        if usable:
            self._clean[kind].remove(usable[-1])
            connection, codecs = usable[-1].unpark(), usable[-1].opened.codecs
        else:
            connection, codecs = await connect_anew(url, **options), set()
        self._opened[connection] = _Opened(kind, codecs)
        return connection

    async def _close(self, connection: asyncpg.Connection, seconds: float | None) -> None:
        opened = self._opened.pop(connection, None)
        if opened is None or connection.is_closed() or opened.kind.url not in self.kept:
            await _close(connection, timeout=seconds)
        else:
            await self._keep(opened, connection)

    async def _keep(self, opened: _Opened, connection: asyncpg.Connection) -> None:
        if len(self._clean[opened.kind]) >= KEPT_PER_KIND_MAX:
            await _close(connection)
            return
        try:
            if connection.is_in_transaction():
                await connection.execute("ROLLBACK", timeout=_CLEAN_SECONDS_MAX)
            await connection.execute(_CLEAN, timeout=_CLEAN_SECONDS_MAX)
        except _ERRORS:
            _terminate(connection)
        else:
            self._clean[opened.kind].append(_parked(opened, connection))

    def _terminate(self, connection: asyncpg.Connection) -> None:
        opened = self._opened.pop(connection, None)
        if opened is None or opened.kind.url not in self.kept or not _is_idle(connection):
            _terminate(connection)
        else:
            self._used.append(_parked(opened, connection))


def _is_idle(connection: asyncpg.Connection) -> bool:
    """Whether ending it would interrupt nothing; of those of a pool nobody knows."""
    untyped: Any = connection
    with contextlib.suppress(asyncpg.InterfaceError):
        return type(connection) is asyncpg.Connection and not (
            connection.is_closed()
            or untyped._protocol._is_cancelling()
            or untyped._stmt_exclusive_section._acquired
            or connection.is_in_transaction()
        )
    return False


def _parked(opened: _Opened, connection: asyncpg.Connection) -> _Parked:
    """Take the connection from the object that the program has: to it, it is closed."""
    taken: Any = connection
    parts = (
        taken._protocol,
        taken._transport,
        taken._loop,
        taken._addr,
        taken._config,
        taken._params,
    )
    statements = dict(taken._stmt_cache._entries)
    taken._stmt_cache._entries.clear()  # else they would be closed
    taken._aborted, taken._protocol = True, None
    taken._cleanup()
    return _Parked(opened, type(connection), parts, statements)
