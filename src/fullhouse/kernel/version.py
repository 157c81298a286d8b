"""The version of this program."""

from functools import cache
from importlib.metadata import version


@cache
def program_version() -> str:
    """As installed; read once, since all that is known of the package is parsed for it."""
    return version("fullhouse")
