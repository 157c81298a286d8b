"""The addresses of the server that owns a data folder and of its sandbox, left for commands."""

from pathlib import Path
from typing import Literal

Listening = Literal["server", "sandbox"]


def write_address(data_dir: Path, url: str, *, of: Listening = "server") -> None:
    """Leave the address; it stays after the end, since the next start mostly has the same."""
    _file(data_dir, of).write_text(f"{url}\n", encoding="utf-8")


def read_address(data_dir: Path, *, of: Listening = "server") -> str | None:
    """The address of the running one, or of the last one; None without any."""
    try:
        text = _file(data_dir, of).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text if text.startswith("http://") else None


def _file(data_dir: Path, of: Listening) -> Path:
    return data_dir / f"{of}-address"
