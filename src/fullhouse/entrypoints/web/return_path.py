"""Where a page goes on after signing in: a path of the staff area, and nothing else."""

from typing import Final

from fullhouse.booking.model.urls import ADMIN_PATH
from fullhouse.http.request import Request

_CHARACTERS_MAX: Final = 500
_OUTSIDE: Final = ("/admin/enter", "/admin/leave", "/admin/sign-in", "/admin/forgotten")


def return_path(given: str) -> str:
    r"""The path that was asked for, or the staff area for anything else.

    A browser takes `//host`, `/\host` and a path with a tab for another site's address.
    """
    is_plain = given.isascii() and given.isprintable() and not set(given) & set("\\ ")
    below = given == ADMIN_PATH or given.startswith((f"{ADMIN_PATH}/", f"{ADMIN_PATH}?"))
    if not (is_plain and below and len(given) <= _CHARACTERS_MAX and not _is_dotted(given)):
        return ADMIN_PATH
    return ADMIN_PATH if given.startswith(_OUTSIDE) else given


def path_of(request: Request) -> str:
    """The path and query of a page that can be opened again."""
    query = request.query_string.decode("latin-1")
    return return_path(f"{request.path}?{query}" if query else request.path)


def _is_dotted(path: str) -> bool:
    """Whether a browser would shorten it: `/admin/../x` is `/x`."""
    decoded = path.partition("?")[0].replace("%2e", ".").replace("%2E", ".")
    return bool({".", ".."} & set(decoded.split("/"))) or "//" in decoded
