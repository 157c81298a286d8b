"""`fullhouse serve`: the web server, the worker and, unless another is named, the database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager
from typing import Annotated

import typer

from fullhouse.entrypoints.cli import DataDir, run_async, settings_with
from fullhouse.entrypoints.supervisor.ground import Ground, owned_ground
from fullhouse.entrypoints.supervisor.keeper import Program, output_of
from fullhouse.entrypoints.supervisor.listening import listening
from fullhouse.entrypoints.supervisor.place import Place, place_on
from fullhouse.entrypoints.supervisor.stopping import Stop, StoppedWhileStarting
from fullhouse.entrypoints.supervisor.supervise import supervise
from fullhouse.settings import Settings
from fullhouse.telemetry.log import start_logging

Host = Annotated[str | None, typer.Option(help="Where to listen [else FULLHOUSE_HOST].")]
Port = Annotated[int | None, typer.Option(help="Where to listen [else FULLHOUSE_PORT].")]
Workers = Annotated[int | None, typer.Option(help="Web processes [else FULLHOUSE_WORKERS].")]

GroundOf = Callable[[Settings], AbstractAsyncContextManager[Ground]]
StagesAt = Callable[[Place], tuple[Sequence[Program], ...]]
"""Programs, in the stages in which they are to stop."""


def serve(
    *,
    demo: Annotated[bool, typer.Option("--demo", help="Make and show the demo farm.")] = False,
    host: Host = None,
    port: Port = None,
    workers: Workers = None,
    data_dir: DataDir = None,
) -> None:
    """Run the web server and the worker until SIGTERM or Ctrl-C.

    Told to stop, they finish what is under way; told twice, they hurry.
    """
    given = {"host": host, "port": port, "workers": workers, "data_dir": data_dir}
    settings = settings_with(demo=demo or None, **given)
    run_async(serving(settings, owned_ground, lambda place: (place.web(), [place.worker()])))


async def serving(settings: Settings, ground_of: GroundOf, stages_at: StagesAt) -> None:
    """Run programs on a ground until told to stop; raises what keeps them from it."""
    stop = Stop()
    async with AsyncExitStack() as stack:
        stack.enter_context(logged(settings))
        stack.enter_context(stop.listening())
        listener = await stack.enter_async_context(listening(settings.host, settings.port))
        try:
            ground = await stop.while_starting(stack.enter_async_context(ground_of(settings)))
            place = stack.enter_context(place_on(ground, listener, settings))
            welcome = await stop.while_starting(output_of(place.demo())) if settings.demo else ""
        except StoppedWhileStarting:
            return
        await supervise(place.company(*stages_at(place), welcome=welcome), stop)


@contextmanager
def logged(settings: Settings) -> Iterator[None]:
    """Log as the settings say while the block lasts."""
    logging = start_logging(
        form="json" if settings.log_json else "pretty", level=settings.log_level
    )
    try:
        yield
    finally:
        logging.close()
