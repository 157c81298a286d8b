"""`python -m fullhouse` and the console script `fullhouse`: the same entry point."""

import os
import sys

from fullhouse.entrypoints import cli

_STANDARD_STREAMS = range(3)


def main() -> None:
    _open_standard_streams()
    cli.run(sys.argv[1:])


def _open_standard_streams() -> None:
    """Open those that are closed (`>&-`): the event loop aborts when it gets their numbers."""
    for number in _STANDARD_STREAMS:
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is not open


if __name__ == "__main__":
    main()
