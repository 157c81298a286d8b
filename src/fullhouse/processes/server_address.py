"""The address of the server that owns a data folder, left there for other commands."""

from pathlib import Path
from typing import Final

_FILE: Final = "server-address"


def write_address(data_dir: Path, url: str) -> None:
    """Leave the address; it stays after the end, since the next start mostly has the same."""
    (data_dir / _FILE).write_text(f"{url}\n", encoding="utf-8")


def read_address(data_dir: Path) -> str | None:
    """The address of the running server, or of the last one; None without any."""
    try:
        text = (data_dir / _FILE).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if text.startswith("http://") else None
