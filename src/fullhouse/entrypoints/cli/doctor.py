"""`fullhouse doctor`: what is right and what is wrong with this installation, in words."""

import enum
import os
import platform
import shutil
import socket
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from fullhouse.bootstrap import schema
from fullhouse.entrypoints.cli import AsJson, DataDir, answer, run_async, settings_with
from fullhouse.entrypoints.supervisor.listening import answers
from fullhouse.integrations.redis import redis_level
from fullhouse.kernel.clock import SystemClock
from fullhouse.kernel.errors import FullhouseError, InvalidInput
from fullhouse.kernel.limits import (
    DISK_FREE_BYTES_MIN,
    POSTGRES_VERSION_MIN,
    REDIS_DOCTOR_SECONDS_MAX,
)
from fullhouse.settings import Settings
from fullhouse.storage.connection import connect
from fullhouse.storage.embedded import database_at, default_data_dir
from fullhouse.storage.schema import require_current_schema, require_supported_server

PYTHON_MIN: Final = (3, 11)
_MEBIBYTE: Final = 1024 * 1024


class Verdict(enum.StrEnum):
    """How a thing is: well, well but worth knowing, or wrong."""

    WELL = "well"
    NOTE = "note"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing looked at, and what was found, as a sentence."""

    about: str
    verdict: Verdict
    words: str


def doctor(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Say what is right and what is wrong: Python, disk, database, tables, mail, Redis, address.

    Works beside a running server, changes nothing, and makes nothing that is not there yet.
    """
    symptoms = run_async(examined(settings_with(data_dir=data_dir)))
    well = all(symptom.verdict is not Verdict.WRONG for symptom in symptoms)
    answer({"well": well, "symptoms": symptoms}, as_json=as_json, words=in_words(symptoms))
    if not well:
        raise typer.Exit(1)


async def examined(settings: Settings) -> list[Symptom]:
    """Look at everything, the database last."""
    data_dir = settings.data_dir or default_data_dir()
    symptoms = [of_python(sys.version_info[:2]), of_mail(settings)]
    symptoms.append(await of_address(settings.host, settings.port))
    if settings.redis_url is not None:
        symptoms.append(await of_redis(settings.redis_url.get_secret_value()))
    if settings.database_url is None:
        symptoms.append(of_disk(data_dir))
    if settings.database_url is None and not (data_dir / "postgres").exists():
        words = f"There are no data in {data_dir} yet; the first `fullhouse serve` makes them."
        return [*symptoms, Symptom("database", Verdict.NOTE, words)]
    return [*symptoms, *await of_database(settings)]


def of_python(version: tuple[int, int]) -> Symptom:
    words = f"Python {platform.python_version()} on {platform.system()}."
    if version < PYTHON_MIN:
        return Symptom("python", Verdict.WRONG, f"{words} Fullhouse needs 3.11 or newer.")
    return Symptom("python", Verdict.WELL, words)


def of_disk(data_dir: Path) -> Symptom:
    """How much room is left where the data are, or will be."""
    there = next(folder for folder in (data_dir, *data_dir.absolute().parents) if folder.exists())
    free = shutil.disk_usage(there).free
    words = f"{free // _MEBIBYTE} MiB are free at {there}."
    if free < DISK_FREE_BYTES_MIN:
        needed = DISK_FREE_BYTES_MIN // _MEBIBYTE
        return Symptom("disk", Verdict.WRONG, f"{words} Below {needed} MiB, bookings may fail.")
    if not os.access(there, os.W_OK):
        return Symptom("disk", Verdict.WRONG, f"{there} cannot be written by this user.")
    return Symptom("disk", Verdict.WELL, words)


def of_mail(settings: Settings) -> Symptom:
    if settings.smtp_url is None:
        words = "No mail server is set (FULLHOUSE_SMTP_URL): letters are kept, not sent."
        return Symptom("mail", Verdict.NOTE, words)
    return Symptom("mail", Verdict.WELL, "A mail server is set.")


async def of_redis(url: str) -> Symptom:
    """Whether it answers; nothing depends on it."""
    try:
        async with redis_level(
            url, SystemClock(), patience_seconds=REDIS_DOCTOR_SECONDS_MAX
        ) as level:
            if await level.answers():
                return Symptom("redis", Verdict.WELL, "Redis answers.")
    except InvalidInput as error:
        return Symptom("redis", Verdict.WRONG, f"{error.detail} (FULLHOUSE_REDIS_URL)")
    words = "Redis does not answer (FULLHOUSE_REDIS_URL): each process reads for itself."
    return Symptom("redis", Verdict.NOTE, words)


async def of_address(host: str, port: int) -> Symptom:
    """Whether the address is free, or ours already."""
    if await answers(host, port, "/livez"):
        return Symptom("address", Verdict.WELL, f"Fullhouse answers at {host}:{port}.")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        words = f"{host}:{port} cannot be used: {why}. Choose another FULLHOUSE_PORT."
        return Symptom("address", Verdict.WRONG, words)
    return Symptom("address", Verdict.WELL, f"{host}:{port} is free.")


async def of_database(settings: Settings) -> list[Symptom]:
    """Whether it can be reached, is new enough, and has the tables this program needs."""
    async with AsyncExitStack() as stack:
        try:
            url = await stack.enter_async_context(
                database_at(settings.database_url, settings.data_dir)
            )
            connection = await connect(url, application_name="fullhouse doctor")
        except FullhouseError as error:
            return [Symptom("database", Verdict.WRONG, f"No database: {error.detail}.")]
        stack.push_async_callback(connection.close)
        version = connection.get_server_version()
        found = f"PostgreSQL {version.major}.{version.micro} answers"
        try:
            await require_supported_server(connection)
        except FullhouseError:
            words = f"{found}; Fullhouse needs {POSTGRES_VERSION_MIN} or newer."
            return [Symptom("database", Verdict.WRONG, words)]
        symptoms = [Symptom("database", Verdict.WELL, f"{found}.")]
        try:
            await require_current_schema(connection, schema())
        except FullhouseError as error:
            return [*symptoms, Symptom("tables", Verdict.WRONG, f"{error.detail}.")]
        return [*symptoms, Symptom("tables", Verdict.WELL, "All tables are up to date.")]


def in_words(symptoms: Sequence[Symptom]) -> str:
    """One line a symptom, and a last one that sums up."""
    wrong = sum(symptom.verdict is Verdict.WRONG for symptom in symptoms)
    lines = [f"{symptom.verdict:<5}  {symptom.about:<8}  {symptom.words}" for symptom in symptoms]
    return "\n".join([*lines, f"Wrong: {wrong}." if wrong else "Nothing is wrong."])
