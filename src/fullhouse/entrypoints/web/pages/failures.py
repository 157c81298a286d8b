"""What cannot be shown, in the same language as all that can."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from litestar import Response
from litestar.exceptions import HTTPException

from fullhouse.entrypoints.web.errors import FromAnotherSite
from fullhouse.entrypoints.web.views import ErrorPage, Link
from fullhouse.entrypoints.web.visit import PageRequest, Reception, Visit
from fullhouse.kernel.errors import FullhouseError, InvalidInput, NotFound, TransientError
from fullhouse.localisation.translations import gettext_noop
from fullhouse.people.errors import NotSignedIn, SignInLinkSpent
from fullhouse.telemetry.log import get_logger

_STATUS: Final[tuple[tuple[type[FullhouseError], HTTPStatus], ...]] = (
    (FromAnotherSite, HTTPStatus.FORBIDDEN),
    (NotFound, HTTPStatus.NOT_FOUND),
    (InvalidInput, HTTPStatus.BAD_REQUEST),
    (TransientError, HTTPStatus.SERVICE_UNAVAILABLE),
)
_TEXTS: Final[Mapping[int, tuple[str, str]]] = {
    400: (
        gettext_noop("We could not read that"),
        gettext_noop(
            "Something in the address or the form was not as expected. "
            "Please go back and try again."
        ),
    ),
    403: (
        gettext_noop("That came from another site"),
        gettext_noop(
            "To keep your account safe, this can only be done from our own pages. "
            "Please go back and try again."
        ),
    ),
    404: (
        gettext_noop("There is nothing here"),
        gettext_noop(
            "The address may be mistyped, or what was here has been taken down. "
            "Nothing of yours is lost."
        ),
    ),
    405: (
        gettext_noop("That cannot be done here"),
        gettext_noop("Please go back and use the buttons of the page."),
    ),
    410: (
        gettext_noop("This has ended"),
        gettext_noop("What this link led to is over."),
    ),
    413: (
        gettext_noop("That was too much at once"),
        gettext_noop("Please shorten what you have typed and try again."),
    ),
    429: (
        gettext_noop("One moment, please"),
        gettext_noop(
            "Many requests have come from your address in a short time. "
            "Please try again in a few seconds."
        ),
    ),
    500: (
        gettext_noop("Something went wrong on our side"),
        gettext_noop(
            "We have noted it. If you were booking, look into your e-mail first: "
            "a confirmed booking is always written to you."
        ),
    ),
    503: (
        gettext_noop("We are very busy just now"),
        gettext_noop("Nothing was booked and nothing is lost. Please try again in a moment."),
    ),
}
"""Title and text of the statuses that have their own."""

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
        _ = visit.translations.gettext
        spoken = status if status in _TEXTS else _nearest(status)
        again = spoken in {429, 503}
        link = (
            Link(_("Try again"), request.url.path) if again else Link(_("To the start page"), "/")
        )
        title, text = _TEXTS[spoken]
        page = ErrorPage(_(title), _(text), link, status)
        return visit.page("error.html", page.title, status=status, page=page)


def _nearest(status: int) -> int:
    return 500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400


def _not_signed_in(visit: Visit, *, spent: bool) -> Response[str]:
    _ = visit.translations.gettext
    title = _("This link has been used") if spent else _("Please sign in")
    text = (
        _(
            "A sign-in link works once and for a limited time. Ask for a new "
            "one; in the demo, start it again to have one printed."
        )
        if spent
        else _("Open your sign-in link. In the demo, it is printed where the demo was started.")
    )
    return visit.page(
        "enter.html",
        title,
        status=HTTPStatus.GONE if spent else HTTPStatus.UNAUTHORIZED,
        title=title,
        text=text,
        action="",
        button="",
    )
