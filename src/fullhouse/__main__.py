"""`python -m fullhouse` and the console script `fullhouse`: the same entry point."""

import os
import signal
import sys

_STANDARD_STREAMS = range(3)


def main() -> None:
    """Run the command line. Ctrl-C ends the program like any other signal while it is loaded."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    _open_standard_streams()
    from fullhouse.kernel.memory import loading  # noqa: PLC0415

    with loading():
        # Loaded here because it takes a third of a second, in which an interrupt was a traceback
        from fullhouse.entrypoints import cli  # noqa: PLC0415

        cli.load(sys.argv[1:])
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
