"""A time zone that Python knows and PostgreSQL does not, whose copy of the tz database is older."""

import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Final

NEW_ZONE: Final = "Europe/Newtown"


@contextmanager
def a_new_zone(folder: Path, *, like: str = "UTC") -> Iterator[None]:
    """`NEW_ZONE` is known to this process, with the clocks of another."""
    (folder / "Europe").mkdir()
    rules = resources.files("tzdata.zoneinfo").joinpath(*like.split("/")).read_bytes()
    (folder / NEW_ZONE).write_bytes(rules)
    zoneinfo.reset_tzpath([str(folder), *zoneinfo.TZPATH])
    try:
        yield
    finally:
        zoneinfo.reset_tzpath()
        zoneinfo.ZoneInfo.clear_cache()
