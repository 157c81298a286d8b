"""The log of a process, as the settings want it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from fullhouse.settings import Settings, unknown_variables
from fullhouse.telemetry.log import get_logger, start_logging

_LOG: Final = get_logger("settings")


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


def warn_of_unknown_variables() -> None:
    """Log each variable that looks like a setting and is none; once an installation."""
    for name, nearest in unknown_variables(os.environ).items():
        _LOG.warning("settings.variable_unknown", variable=name, nearest=nearest)
