"""`python -m fullhouse` and the console script `fullhouse`: the same entry point."""

import sys

from fullhouse.entrypoints import cli


def main() -> None:
    cli.run(sys.argv[1:])


if __name__ == "__main__":
    main()
