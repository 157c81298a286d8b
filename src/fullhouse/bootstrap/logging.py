"""The log of a process, as the settings want it."""

from collections.abc import Iterator
from contextlib import contextmanager

from fullhouse.settings import Settings
from fullhouse.telemetry.log import start_logging


@contextmanager
def configured_logging(settings: Settings) -> Iterator[None]:
    """Log in the configured form and level while the block lasts."""
    logging = start_logging(
        form="json" if settings.log_json else "pretty", level=settings.log_level
    )
    try:
        yield
    finally:
        logging.close()
