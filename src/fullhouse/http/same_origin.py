"""Same-origin check of changes, against cross-site request forgery.

The staff cookie is `SameSite=Strict`, and a change must come from our own origin (`Sec-Fetch-Site`,
else `Origin`), which every browser sends with a POST since 2020 and no page can fake. A token in
each form would add a second secret to store, and forms that expire in an open tab at the front
desk; it would stop nothing that these two let through.
"""

from typing import Final

from fullhouse.http.errors import CrossSiteRequest
from fullhouse.http.request import Request

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110 §9.2.1)."""


def require_same_origin(request: Request) -> None:
    """Raise `CrossSiteRequest` for a change that a page of another site sent."""
    if request.method not in SAFE_METHODS and not is_from_own_page(request):
        raise CrossSiteRequest


def is_from_own_page(request: Request) -> bool:
    """Whether a page of our own sent the request, or no page at all."""
    header = request.header
    return is_same_origin(
        fetch_site=header(b"sec-fetch-site"),
        origin=header(b"origin"),
        host=header(b"host") or "",
    )


def is_same_origin(*, fetch_site: str | None, origin: str | None, host: str) -> bool:
    """Whether a request came from a page of our own, or from no page at all.

    A client that sends neither header is no browser, and has no cookie that another site could use.
    """
    if fetch_site is not None:
        return fetch_site in {"same-origin", "none"}
    if origin is None:
        return True
    return bool(host) and origin.partition("://")[2] == host
