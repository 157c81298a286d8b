"""The command line. One file a command: `cli/check.py` with its function `check` is all it takes.

The folder is the menu, so a command that is not in the tree is not offered, and a new one needs
no entry anywhere. Only the file of the command that was asked for is loaded: `fullhouse doctor`
does not wait for the web framework. An underscore is spoken as a hyphen (`dead_letters.py`), and
one at the end, which keeps a Python word free, is not spoken (`import_.py`).

A command takes the shared options below. It prints its result with `answer`, raises a
`FullhouseError` for what it knows to be wrong (a sentence on standard error, exit status 1), and
`typer.Exit(1)` when it answered in full and all is not well.
"""

import errno
import importlib
import os
import pkgutil
import sys
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Final, NoReturn, TextIO, TypeVar

import msgspec
import typer
import uvloop
from pydantic import ValidationError

from fullhouse.entrypoints.supervisor.stopping import EndedBySignal, unless_ended
from fullhouse.kernel.errors import FullhouseError
from fullhouse.settings import Settings

T = TypeVar("T")


class FileUnwritable(FullhouseError):
    """The file that was asked for cannot be made there."""

    code = "file_unwritable"
    message = "The file cannot be written."


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Where the embedded PostgreSQL keeps its data [else FULLHOUSE_DATA_DIR; "
        "FULLHOUSE_DATABASE_URL names another PostgreSQL].",
        show_default=False,
    ),
]
"""The option of every command that touches data; hand it to `settings_with`."""

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
"""The option of every command whose answer a program may read; hand it to `answer`."""

STATUS_FAILED: Final = 1
STATUS_MISUSED: Final = 2
STATUS_ENDED: Final = 128
"""As a shell has it, with the signal's number added: 143 for SIGTERM, 130 for Ctrl-C."""


def run(arguments: Sequence[str]) -> NoReturn:
    """Carry out one command line and leave: with status 0 only when all is well."""
    try:
        application(_wanted(arguments))(args=list(arguments), prog_name="fullhouse")
    except FullhouseError as error:
        typer.echo(f"fullhouse: {error.detail or error.code}", err=True)
        sys.exit(STATUS_FAILED)
    except ValidationError as error:
        typer.echo(f"fullhouse: {_what_is_wrong(error)}", err=True)
        sys.exit(STATUS_MISUSED)
    except EndedBySignal as ended:
        typer.echo(f"fullhouse: {ended}", err=True)
        sys.exit(STATUS_ENDED + ended.number)
    sys.exit(0)


def application(names: Iterable[str]) -> typer.Typer:
    """The root command, with the commands of these files in the order of the alphabet."""
    root = typer.Typer(
        name="fullhouse",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # brackets in a help text are brackets
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    root.callback()(_root)
    for name in sorted(names):
        module = importlib.import_module(f"{__name__}.{name}")
        root.command(spoken(name))(getattr(module, name))
    return root


def commands() -> list[str]:
    """The names of the files in this folder: each is a command."""
    return [module.name for module in pkgutil.iter_modules(__path__)]


def spoken(name: str) -> str:
    """How a command's file is called on the command line: `dead_letters` as `dead-letters`."""
    return name.rstrip("_").replace("_", "-")


def settings_with(**given: object) -> Settings:
    """The environment's settings, with what was given on the command line put over them.

    `None` means not given. A data folder given by hand means the embedded server, whatever the
    environment says about another one.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    if "data_dir" in chosen:
        chosen["database_url"] = None
    return Settings.model_validate(chosen)


def run_async(work: Coroutine[object, object, T]) -> T:
    """Run a command's work to its end, on the same kind of event loop as the server's.

    SIGTERM, SIGINT (Ctrl-C) or SIGHUP ends it early: it is cancelled, so that it takes away what it
    has set up, and `EndedBySignal` is raised. Work that hears the signals itself is not cancelled.
    """
    return uvloop.run(unless_ended(work))


def answer(value: object, *, as_json: bool, words: str) -> None:
    """Print the value for programs, or else the words for people."""
    typer.echo(msgspec.json.encode(value).decode() if as_json else words)


@contextmanager
def written(path: Path) -> Iterator[TextIO]:
    """A text file that has its name only once it is whole.

    Raises `FileUnwritable`, before any work is done where that can be known. What is no file (a
    pipe, a terminal) is written to as it is.
    """
    is_special = path.exists() and not path.is_file() and not path.is_dir()
    beside = path if is_special else path.with_name(f"{path.name}.part")
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        out = beside.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with out:
            yield out
        if not is_special:
            beside.replace(path)
    except BaseException:
        if not is_special:
            beside.unlink(missing_ok=True)
        raise


def _unwritable(path: Path, error: OSError) -> FileUnwritable:
    return FileUnwritable(f"{path} cannot be written: {error.strerror}. Name another file.")


def _wanted(arguments: Sequence[str]) -> list[str]:
    """The file of the command that is asked for; all of them where the menu must be shown."""
    names = commands()
    return [name for name in names if spoken(name) in arguments[:1]] or names


def _show_version(wanted: bool) -> None:  # noqa: FBT001 - typer hands the flag over by position
    if wanted:
        typer.echo(f"fullhouse {version('fullhouse')}")
        raise typer.Exit


def _root(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and stop.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """A booking engine that fills every place once and never twice."""


def _what_is_wrong(error: ValidationError) -> str:
    """Name each setting at fault by its variable, without repeating a value that may be secret."""
    return "; ".join(
        f"FULLHOUSE_{'_'.join(str(step) for step in fault['loc']).upper()}: {fault['msg']}"
        for fault in error.errors(include_input=False, include_url=False)
    )
