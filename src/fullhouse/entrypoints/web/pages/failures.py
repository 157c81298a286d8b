"""What cannot be shown, in the same language as all that can."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from litestar import Response
from litestar.exceptions import HTTPException

from fullhouse.entrypoints.web.errors import FromAnotherSite
from fullhouse.entrypoints.web.views import ErrorPage, Link
from fullhouse.entrypoints.web.visit import PageRequest, Reception, Visit
from fullhouse.kernel.errors import FullhouseError, InvalidInput, NotFound, TransientError
from fullhouse.people.errors import NotSignedIn, SignInLinkSpent
from fullhouse.telemetry.log import get_logger

_STATUS: Final[tuple[tuple[type[FullhouseError], HTTPStatus], ...]] = (
    (FromAnotherSite, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (InvalidInput, HTTPStatus.BAD_REQUEST),
    (TransientError, HTTPStatus.SERVICE_UNAVAILABLE),
)
_SPOKEN: Final = frozenset({400, 403, 404, 405, 410, 413, 429, 500, 503})
_log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Failures:
    """Turns errors into pages. `page` is for whoever refuses a request before it gets here."""

    reception: Reception

    def of_house(self, request: PageRequest, error: FullhouseError) -> Response[str]:
        """An error of ours: each kind has its status and its words."""
        visit = self.reception.visit(request)
        if isinstance(error, NotSignedIn | SignInLinkSpent):
            return _not_signed_in(visit, spent=isinstance(error, SignInLinkSpent))
        status = next((status for kind, status in _STATUS if isinstance(error, kind)), None)
        if status is None:
            return self.of_anything(request, error)
        answer = self.page(request, status)
        if isinstance(error, TransientError):
            answer.headers["retry-after"] = str(error.retry_after_seconds)
        return answer

    def of_http(self, request: PageRequest, error: HTTPException) -> Response[str]:
        """An error of the protocol: no such page, a form too long."""
        return self.page(request, error.status_code)

    def of_anything(self, request: PageRequest, error: Exception) -> Response[str]:
        """Our own fault: said so, and noted."""
        _log.error("page_failed", path=request.url.path, exc_info=error)
        return self.page(request, HTTPStatus.INTERNAL_SERVER_ERROR)

    def page(self, request: PageRequest, status: int) -> Response[str]:
        """The page of a status; those without words of their own speak as their class."""
        visit = self.reception.visit(request)
        words = visit.words
        spoken = status if status in _SPOKEN else _nearest(status)
        again = spoken in {429, 503}
        link = (
            Link(words("error.retry"), request.url.path)
            if again
            else Link(words("error.home"), "/")
        )
        page = ErrorPage(
            words(f"error.title_{spoken}"), words(f"error.text_{spoken}"), link, status
        )
        return visit.page("error.html", page.title, status=status, page=page)


def _nearest(status: int) -> int:
    return 500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400


def _not_signed_in(visit: Visit, *, spent: bool) -> Response[str]:
    words = visit.words
    title = words("admin.enter_gone_title" if spent else "admin.signed_out_title")
    return visit.page(
        "enter.html",
        title,
        status=HTTPStatus.GONE if spent else HTTPStatus.UNAUTHORIZED,
        title=title,
        text=words("admin.enter_gone" if spent else "admin.signed_out"),
        action="",
        button="",
    )
