"""`fullhouse doctor`: check the installation and explain each failure."""

import enum
import os
import platform
import resource
import shutil
import socket
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from fullhouse.bootstrap.schema import schema
from fullhouse.entrypoints.cli import AsJson, DataDir, print_result, run_async, settings_with
from fullhouse.http.server.limits import OPEN_FILES_MAX
from fullhouse.http.server.listening import answers
from fullhouse.http.server.server import allowed_files, capacity_of
from fullhouse.integrations.limits import REDIS_DOCTOR_SECONDS_MAX
from fullhouse.integrations.redis import redis_store
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import FullhouseError, InvalidInput
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded import database_at, default_data_dir
from fullhouse.storage.limits import DISK_FREE_BYTES_MIN, POSTGRES_VERSION_MIN
from fullhouse.storage.schema import require_current_schema, require_supported_server

PYTHON_MIN: Final = (3, 11)
_MEBIBYTE: Final = 1024 * 1024


class CheckStatus(enum.StrEnum):
    """The status of one check; a note is no failure."""

    OK = "ok"
    NOTE = "note"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The result of one check, explained in a sentence."""

    name: str
    status: CheckStatus
    message: str


def doctor(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Check Python, files, disk, database, tables, mail, Redis and address; explain each failure.

    Works beside a running server, changes nothing and creates nothing. Exit status 0 means that no
    check failed.
    """
    results = run_async(run_checks(settings_with(data_dir=data_dir)))
    ok = all(result.status is not CheckStatus.FAILED for result in results)
    print_result({"ok": ok, "checks": results}, as_json=as_json, text=format_results(results))
    if not ok:
        raise typer.Exit(1)


async def run_checks(settings: Settings) -> list[CheckResult]:
    """Run all checks, the database last."""
    data_dir = settings.data_dir or default_data_dir()
    results = [check_python(sys.version_info[:2]), check_mail(settings)]
    results.append(check_files(*resource.getrlimit(resource.RLIMIT_NOFILE)))
    results.append(await check_address(settings.host, settings.port))
    if settings.redis_url is not None:
        results.append(await check_redis(settings.redis_url.get_secret_value()))
    if settings.database_url is None:
        results.append(check_disk(data_dir))
    if settings.database_url is None and not (data_dir / "postgres").exists():
        message = f"There are no data in {data_dir} yet; the first `fullhouse serve` makes them."
        return [*results, CheckResult("database", CheckStatus.NOTE, message)]
    return [*results, *await check_database(settings)]


def check_python(version: tuple[int, int]) -> CheckResult:
    message = f"Python {platform.python_version()} on {platform.system()}."
    if version < PYTHON_MIN:
        return CheckResult(
            "python", CheckStatus.FAILED, f"{message} Fullhouse needs 3.11 or newer."
        )
    return CheckResult("python", CheckStatus.OK, message)


def check_files(soft: int, hard: int) -> CheckResult:
    """Say how many connections and streams the limits of open files leave to a web process."""
    capacity = capacity_of(allowed_files(hard))
    message = (
        f"A process may open {_count(hard)} files (soft limit {_count(soft)}, raised by itself):"
        f" {capacity.connections} connections and {capacity.streams} streams."
    )
    best = capacity_of(OPEN_FILES_MAX)
    if capacity != best:
        more = f"{best.connections} and {best.streams}"
        message = f"{message} Allow {OPEN_FILES_MAX} (LimitNOFILE) for {more}."
        return CheckResult("files", CheckStatus.NOTE, message)
    return CheckResult("files", CheckStatus.OK, message)


def _count(limit: int) -> str:
    return "any number of" if limit == resource.RLIM_INFINITY else str(limit)


def check_disk(data_dir: Path) -> CheckResult:
    """Check the free space of the data folder, or of its nearest existing parent."""
    existing = next(
        folder for folder in (data_dir, *data_dir.absolute().parents) if folder.exists()
    )
    free = shutil.disk_usage(existing).free
    message = f"{free // _MEBIBYTE} MiB are free at {existing}."
    if free < DISK_FREE_BYTES_MIN:
        needed = DISK_FREE_BYTES_MIN // _MEBIBYTE
        return CheckResult(
            "disk", CheckStatus.FAILED, f"{message} Below {needed} MiB, bookings may fail."
        )
    if not os.access(existing, os.W_OK):
        return CheckResult(
            "disk", CheckStatus.FAILED, f"{existing} cannot be written by this user."
        )
    return CheckResult("disk", CheckStatus.OK, message)


def check_mail(settings: Settings) -> CheckResult:
    if settings.smtp_url is None:
        message = "No mail server is set (FULLHOUSE_SMTP_URL): e-mails are stored, not sent."
        return CheckResult("mail", CheckStatus.NOTE, message)
    return CheckResult("mail", CheckStatus.OK, "A mail server is set.")


async def check_redis(url: str) -> CheckResult:
    """Check that Redis answers; without Redis each process reads from the database."""
    try:
        async with redis_store(
            url, SystemClock(), timeout_seconds=REDIS_DOCTOR_SECONDS_MAX
        ) as store:
            if await store.ping():
                return CheckResult("redis", CheckStatus.OK, "Redis answers.")
    except InvalidInput as error:
        return CheckResult("redis", CheckStatus.FAILED, f"{error.detail} (FULLHOUSE_REDIS_URL)")
    message = "Redis does not answer (FULLHOUSE_REDIS_URL): each process reads for itself."
    return CheckResult("redis", CheckStatus.NOTE, message)


async def check_address(host: str, port: int) -> CheckResult:
    """Check that the address is free, or that Fullhouse already answers there."""
    if await answers(host, port, "/livez"):
        return await _check_readiness(host, port)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        message = f"{host}:{port} cannot be used: {why}. Choose another FULLHOUSE_PORT."
        return CheckResult("address", CheckStatus.FAILED, message)
    return CheckResult("address", CheckStatus.OK, f"{host}:{port} is free.")


async def _check_readiness(host: str, port: int) -> CheckResult:
    message = f"Fullhouse answers at {host}:{port}"
    if await answers(host, port, "/readyz"):
        return CheckResult("address", CheckStatus.OK, f"{message}.")
    message = f"{message}, but is not ready: its /readyz says why, and docs/runbooks what to do."
    return CheckResult("address", CheckStatus.FAILED, message)


async def check_database(settings: Settings) -> list[CheckResult]:
    """Check that the database answers, is new enough, and has the tables of this program."""
    async with AsyncExitStack() as stack:
        try:
            url = await stack.enter_async_context(
                database_at(settings.database_url, settings.data_dir)
            )
            connection = await connect(url, application_name="fullhouse doctor")
        except FullhouseError as error:
            return [CheckResult("database", CheckStatus.FAILED, f"No database: {error.detail}.")]
        stack.push_async_callback(connection.close)
        version = connection.get_server_version()
        answers_text = f"PostgreSQL {version.major}.{version.micro} answers"
        try:
            await require_supported_server(connection)
        except FullhouseError:
            message = f"{answers_text}; Fullhouse needs {POSTGRES_VERSION_MIN} or newer."
            return [CheckResult("database", CheckStatus.FAILED, message)]
        results = [CheckResult("database", CheckStatus.OK, f"{answers_text}.")]
        try:
            await require_current_schema(connection, schema())
        except FullhouseError as error:
            return [*results, CheckResult("tables", CheckStatus.FAILED, f"{error.detail}.")]
        return [*results, CheckResult("tables", CheckStatus.OK, "All tables are up to date.")]


def format_results(results: Sequence[CheckResult]) -> str:
    """The results as text: one line per check, and a summary."""
    failed = sum(result.status is CheckStatus.FAILED for result in results)
    lines = [f"{result.status:<6}  {result.name:<8}  {result.message}" for result in results]
    return "\n".join([*lines, f"Failed: {failed}." if failed else "Nothing is wrong."])
