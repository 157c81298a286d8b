"""Paths of this site that a client names, to go on to: never the address of another site."""

from typing import Final

from fullhouse.http.request import Request

_CHARACTERS_MAX: Final = 500


def local_path(given: str, *, below: str, never: tuple[str, ...] = ()) -> str:
    r"""The path that was asked for, if it is `below` or beneath it; else `below` itself.

    A browser takes `//host`, `/\host` and a path with a tab for another site's address. `never` are
    beginnings of paths that lead nowhere.
    """
    is_plain = given.isascii() and given.isprintable() and not set(given) & set("\\ ")
    is_below = given == below or given.startswith((f"{below}/", f"{below}?"))
    is_kept = is_plain and is_below and len(given) <= _CHARACTERS_MAX and not _is_dotted(given)
    return given if is_kept and not given.startswith(never) else below


def path_and_query(request: Request) -> str:
    """The address of a request within its site."""
    query = request.query_string.decode("latin-1")
    return f"{request.path}?{query}" if query else request.path


def _is_dotted(path: str) -> bool:
    """Whether a browser would shorten it: `/admin/../x` is `/x`."""
    decoded = path.partition("?")[0].replace("%2e", ".").replace("%2E", ".")
    return bool({".", ".."} & set(decoded.split("/"))) or "//" in decoded
