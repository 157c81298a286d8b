"""The command line. One file a command: `cli/check.py` with its function `check` is all it takes.

The commands are the files of this folder, so a new command needs no registration. Only the file
of the requested command is loaded: `fullhouse doctor` does not wait for the web framework. An
underscore in a file name is a hyphen in the command (`dead_letters.py`); a trailing one, which
avoids a Python keyword, is dropped (`import_.py`). A file with a leading underscore is no command.

A command takes the shared options below. It prints its result with `print_result`, raises a
`FullhouseError` for a known fault (a sentence on standard error, exit status 1, and 2 for
`InvalidInput`), and `typer.Exit(1)` when the result is complete but reports a failure.
"""

import ast
import errno
import importlib
import io
import os
import pkgutil
import sys
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Annotated, Final, NoReturn, TextIO, TypeVar

import msgspec
import typer
import uvloop
from pydantic import ValidationError

from fullhouse.concurrency.signals import CancelledBySignal, cancel_on_signal
from fullhouse.invalid_settings import InvalidSettings, invalid_settings
from fullhouse.kernel.errors import FullhouseError, InvalidInput
from fullhouse.settings import Settings

T = TypeVar("T")


def no_such_id(id_: str) -> InvalidInput:
    """For an id that is none of what the command lists."""
    return InvalidInput(f"{id_} is no id that `list` shows.", field="ids")


def printable_text(text: str | None) -> str | None:
    """An option that is looked for as it is: bytes that are no text cannot be."""
    if text is not None and not text.isprintable():
        raise typer.BadParameter("Give text in one line.")
    return text


class FileUnwritable(FullhouseError):
    """The output file cannot be created at the given path."""

    code = "file_unwritable"
    message = "The file cannot be written."


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        help="Data folder of the embedded PostgreSQL [else FULLHOUSE_DATA_DIR; "
        "FULLHOUSE_DATABASE_URL sets another database].",
        show_default=False,
    ),
]
"""The option of every command that touches data; pass it to `settings_with`."""

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
"""The option of every command whose result a program may read; pass it to `print_result`."""

ListedIds = Annotated[
    list[str] | None, typer.Argument(help="Ids that `list` shows.", show_default=False)
]
"""The argument of every command that lists things and does something about some of them."""

HELP_OPTIONS: Final = ("-h", "--help")
STATUS_FAILED: Final = 1
STATUS_MISUSED: Final = 2
_STANDARD_OUTPUT: Final = 1
_OUTPUT_ERRORS: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
"""Of writing: an error of opening a file has its name."""
STATUS_SIGNALLED: Final = 128
"""Plus the number of the signal, as in a shell: 143 for SIGTERM, 130 for Ctrl-C."""


def load(arguments: Sequence[str]) -> None:
    """Import what a command line needs."""
    for name in _named(arguments):
        _module(name)


def run(arguments: Sequence[str]) -> NoReturn:
    """Run one command line and exit; the status is 0 only when the command succeeded."""
    for stream in (sys.stdout, sys.stderr):
        _write_any_character(stream)
    try:
        named = _named(arguments)
        root = application(named) if named else overview()
        root(args=list(arguments), prog_name="fullhouse")
    except (FullhouseError, OSError, BaseExceptionGroup) as error:
        sys.exit(_failed(error))
    except CancelledBySignal as cancelled:
        typer.echo(f"fullhouse: {cancelled}", err=True)
        sys.exit(STATUS_SIGNALLED + cancelled.number)
    sys.exit(0)


def _failed(error: BaseException) -> int:
    """Print the sentence of each known error; the exit status. Raises what nobody foresaw."""
    if isinstance(error, BaseExceptionGroup):
        return max(_failed(each) for each in error.exceptions)
    for line in _detail_of(error).splitlines():
        typer.echo(f"fullhouse: {line}", err=True)
    is_misuse = isinstance(error, InvalidSettings | InvalidInput)
    return STATUS_MISUSED if is_misuse else STATUS_FAILED


def _detail_of(error: BaseException) -> str:
    """The sentences of a known error: one of ours, or of the file system."""
    if isinstance(error, FullhouseError):
        return error.detail
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}."
    if isinstance(error, OSError) and error.errno in _OUTPUT_ERRORS:
        if sys.stdout is not None:  # else Python writes what is left of it once more at the end
            os.dup2(os.open(os.devnull, os.O_WRONLY), _STANDARD_OUTPUT)
        return f"Writing failed: {error.strerror}. Make room, or write elsewhere."
    raise error


def _write_any_character(stream: TextIO | None) -> None:
    """Write UTF-8 to files and pipes, and to a terminal what it has no character for in ASCII."""
    if isinstance(stream, io.TextIOWrapper):
        encoding = None if stream.isatty() else "utf-8"
        stream.reconfigure(encoding=encoding, errors="backslashreplace")


def application(names: Iterable[str]) -> typer.Typer:
    """The root command with the commands of these files, in alphabetical order."""
    root = _root_command()
    for name in sorted(names):
        root.command(command_name(name))(getattr(_module(name), name))
    return root


def _named(arguments: Sequence[str]) -> list[str]:
    return [name for name in commands() if command_name(name) in arguments[:1]]


def _module(name: str) -> ModuleType:
    return importlib.import_module(f"{__name__}.{name}")


def overview() -> typer.Typer:
    """The root command with all commands by name and description alone: nothing is imported."""
    root = _root_command()
    for name in sorted(commands()):
        root.command(command_name(name), help=description_of(name))(_not_loaded)
    return root


def description_of(name: str) -> str:
    """The docstring of a command, read from its file."""
    path = Path(__file__).with_name(f"{name}.py")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    (function,) = (
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name
    )
    return ast.get_docstring(function) or ""


def _not_loaded() -> NoReturn:
    raise AssertionError("the file of a command is loaded before it runs")


def _root_command() -> typer.Typer:
    root = typer.Typer(
        name="fullhouse",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,  # brackets in a help text are brackets
        context_settings={"help_option_names": list(HELP_OPTIONS)},
    )
    root.callback()(_root)
    return root


def commands() -> list[str]:
    """The names of the command files in this folder."""
    names = (module.name for module in pkgutil.iter_modules(__path__))
    return [name for name in names if not name.startswith("_")]


def command_name(name: str) -> str:
    """The command of a file name: `dead-letters` for `dead_letters`."""
    return name.rstrip("_").replace("_", "-")


def settings_with(**given: object) -> Settings:
    """The settings of the environment, overridden by the options of the command line.

    `None` means not given. A data folder on the command line selects the embedded server, even when
    the environment configures another database. Raises `InvalidSettings`.
    """
    chosen = {name: value for name, value in given.items() if value is not None}
    if "data_dir" in chosen:
        chosen["database_url"] = None
    try:
        return Settings.model_validate(chosen)
    except ValidationError as error:
        raise invalid_settings(error, options=chosen) from None


def run_async(work: Coroutine[object, object, T]) -> T:
    """Run the work of a command, on the same kind of event loop as the server.

    SIGTERM, SIGINT (Ctrl-C) or SIGHUP cancels the work, so that it removes what it has set up, and
    `CancelledBySignal` is raised. Work that installs its own signal handlers is not cancelled.
    """
    return uvloop.run(cancel_on_signal(work))


def print_result(value: object, *, as_json: bool, text: str) -> None:
    """Print the value as JSON for programs, or else the text for people."""
    typer.echo(msgspec.json.encode(value).decode() if as_json else text)


@contextmanager
def atomic_text_file(path: Path) -> Iterator[TextIO]:
    """Open a text file that gets its name only when the block has succeeded.

    Raises `FileUnwritable`, before the block runs where possible. A special file (a pipe, a
    terminal) is written to directly.
    """
    try:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        is_special = path.exists() and not path.is_file()
        partial = path if is_special else path.with_name(f"{path.name}.part")
        out = partial.open("w", encoding="utf-8", newline="")
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with out:
            yield out
        if not is_special:
            partial.replace(path)
    except BaseException as error:
        if not is_special:
            partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in _OUTPUT_ERRORS:
            raise _unwritable(path, error) from error
        raise


def _unwritable(path: Path, error: OSError) -> FileUnwritable:
    return FileUnwritable(f"{path} cannot be written: {error.strerror}. Name another file.")


def _show_version(requested: bool) -> None:  # noqa: FBT001 - typer hands the flag over by position
    if requested:
        typer.echo(f"fullhouse {version('fullhouse')}")
        raise typer.Exit


def _root(
    *,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Show the version and exit.", callback=_show_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Fullhouse, a self-hosted booking engine."""
