"""Error pages, in the language of the visitor."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

import msgspec

from fullhouse.booking.errors import BookingError
from fullhouse.booking.model.urls import SIGN_IN_PATH, organisation_path, with_query
from fullhouse.customers.errors import CustomerError
from fullhouse.entrypoints.security.errors import WrongOrganisation
from fullhouse.entrypoints.web.account_views import return_path
from fullhouse.entrypoints.web.page_context import PageContext, PageContextFactory
from fullhouse.entrypoints.web.views import ErrorPage, Link
from fullhouse.http import errors as http
from fullhouse.http.local_path import path_and_query
from fullhouse.http.request import Request
from fullhouse.http.response import Response
from fullhouse.http.same_origin import SAFE_METHODS, is_from_own_page
from fullhouse.kernel.errors import (
    FullhouseError,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    ServiceUnavailable,
    TransientError,
    VersionConflict,
)
from fullhouse.localisation.translations import gettext_noop
from fullhouse.messages.errors import InvalidEmailText, MessageNotRetryable, TooManyWebhooks
from fullhouse.people.errors import (
    NotPermitted,
    NotSignedIn,
    PeopleError,
    SignInLinkSpent,
    UnknownOrganisation,
)
from fullhouse.resilience.errors import (
    InconsistencySettled,
    NoRepair,
    NotServedNow,
    RepairChanged,
    RepairNotUndoable,
)
from fullhouse.resilience.operating_mode import OperatingMode
from fullhouse.storage.errors import DatabaseUnavailable, EncryptionKeyMissing
from fullhouse.telemetry import correlation
from fullhouse.telemetry.log import get_logger

_STATUS: Final[Mapping[type[FullhouseError], HTTPStatus]] = {
    http.RouteNotFound: HTTPStatus.NOT_FOUND,
    http.MethodNotAllowed: HTTPStatus.METHOD_NOT_ALLOWED,
    http.RequestTimedOut: HTTPStatus.REQUEST_TIMEOUT,
    http.BodyTooLarge: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    http.WrongMediaType: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    http.HttpError: HTTPStatus.BAD_REQUEST,
    http.TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    http.CrossSiteRequest: HTTPStatus.FORBIDDEN,
    NotPermitted: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    InvalidInput: HTTPStatus.BAD_REQUEST,
    TransientError: HTTPStatus.SERVICE_UNAVAILABLE,
    EncryptionKeyMissing: HTTPStatus.CONFLICT,
    WrongOrganisation: HTTPStatus.FORBIDDEN,
    # What the state of things refuses, and a page has no sentence of its own for
    BookingError: HTTPStatus.CONFLICT,
    CustomerError: HTTPStatus.CONFLICT,
    PeopleError: HTTPStatus.CONFLICT,
    IdempotencyKeyReused: HTTPStatus.CONFLICT,
    InconsistencySettled: HTTPStatus.CONFLICT,
    InvalidEmailText: HTTPStatus.BAD_REQUEST,
    MessageNotRetryable: HTTPStatus.CONFLICT,
    NoRepair: HTTPStatus.CONFLICT,
    RepairChanged: HTTPStatus.CONFLICT,
    RepairNotUndoable: HTTPStatus.CONFLICT,
    TooManyWebhooks: HTTPStatus.CONFLICT,
    VersionConflict: HTTPStatus.CONFLICT,
}
_TEXTS: Final[Mapping[int, tuple[str, str]]] = {
    400: (
        gettext_noop("We couldn't read that"),
        gettext_noop(
            "Something in the address or the form is wrong. Please go back and try again."
        ),
    ),
    403: (
        gettext_noop("Your account may not do this"),
        gettext_noop("Ask the owner of the business if you need it."),
    ),
    404: (
        gettext_noop("Page not found"),
        gettext_noop(
            "The address may be wrong, or the page was removed. Your bookings are not affected."
        ),
    ),
    405: (
        gettext_noop("This isn't possible here"),
        gettext_noop("Please go back and use the buttons on the page."),
    ),
    409: (
        gettext_noop("This is not possible as things are now"),
        gettext_noop("Nothing was changed. Please go back and look again."),
    ),
    410: (
        gettext_noop("This link has expired"),
        gettext_noop("The page it opened is no longer available."),
    ),
    413: (
        gettext_noop("That's too long"),
        gettext_noop("Please shorten what you have typed and try again."),
    ),
    429: (
        gettext_noop("Please wait a moment"),
        gettext_noop(
            "We've had many requests from your network in a short time. Please try "
            "again in a few seconds."
        ),
    ),
    500: (
        gettext_noop("Something went wrong on our side"),
        gettext_noop(
            "The error was recorded. If you were booking, check your e-mail first: we "
            "always e-mail a confirmation."
        ),
    ),
    503: (
        gettext_noop("We're very busy right now"),
        gettext_noop("Nothing was booked. Please try again in a moment."),
    ),
}
"""Title and text of the statuses that have their own."""

_TEXTS_WITHOUT_EMAIL: Final[Mapping[int, tuple[str, str]]] = {
    **_TEXTS,
    500: (
        _TEXTS[500][0],
        gettext_noop(
            "The error was recorded. If you were booking, please ask us before you book again."
        ),
    ),
}
"""Those of a site that sends no e-mail."""

_TRY_AGAIN: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
_SEND_AGAIN: Final = _TRY_AGAIN | {HTTPStatus.INTERNAL_SERVER_ERROR}
"""Statuses after which a form is sent again: it is done once, however often it comes."""

_TEXTS_OF: Final[Mapping[type[Exception], tuple[str, str]]] = {
    http.CrossSiteRequest: (
        gettext_noop("This came from another website"),
        gettext_noop(
            "To keep your account safe, this is only possible on our own pages. Please "
            "go back and try again."
        ),
    ),
    EncryptionKeyMissing: (
        gettext_noop("This isn't set up yet"),
        gettext_noop("Ask the people who run this site to set its encryption key."),
    ),
}
"""Errors with a text of their own."""


_NOT_SHOWN: Final = (
    gettext_noop("This page can't be shown right now"),
    gettext_noop("Your bookings are not affected. Please try again in a few minutes."),
)
_NOT_DONE: Final = (
    gettext_noop("This isn't possible right now"),
    gettext_noop("Nothing was booked or changed. Please try again in a few minutes."),
)
_ESSENTIAL: Final = (
    gettext_noop("Reports and exports are paused"),
    gettext_noop("They are paused so that bookings stay fast. Please try again later."),
)
_MAINTENANCE: Final = (
    gettext_noop("We'll be back soon"),
    gettext_noop(
        "We're working on this site. Your bookings are not affected. Please try again in a few "
        "minutes."
    ),
)
_SECRETS: Final = ("password", "code", "secret", "token")
"""Words in the names of fields whose values no page may show."""

_log = get_logger(__name__)


class ErrorPages(msgspec.Struct, frozen=True):
    """Turns errors into pages."""

    contexts: PageContextFactory

    def response(self, request: Request, error: Exception, *, route: str) -> Response:
        """The page of an error; an unexpected one is logged."""
        if isinstance(error, NotSignedIn | SignInLinkSpent):
            show = _not_signed_in if isinstance(error, NotSignedIn) else _link_spent
            return show(self.contexts.build(request))
        status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), None)
        if status is None:
            _log.error("http.page_failed", route=route, exc_info=error)
            return self.page(request, HTTPStatus.INTERNAL_SERVER_ERROR)
        home = _home(request) if _is_below_organisation(error) else "/"
        texts = _TEXTS_OF.get(type(error)) or _unavailable_texts(request, error)
        response = self.page(request, status, texts, home=home)
        if isinstance(error, TransientError):
            return response.with_headers((b"retry-after", b"%d" % error.retry_after_seconds))
        if isinstance(error, http.MethodNotAllowed):
            return response.with_headers((b"allow", error.allow.encode()))
        return response

    def page(
        self,
        request: Request,
        status: int,
        texts: tuple[str, str] | None = None,
        *,
        home: str = "/",
    ) -> Response:
        """The page of a status; without a text of its own it has that of its class (4xx, 5xx)."""
        # It says itself what is not possible: no notice beside it
        page = msgspec.structs.replace(self.contexts.build(request), mode=OperatingMode.FULL)
        _ = page.translations.gettext
        translated = status if status in _TEXTS else _nearest(status)
        # With its query: without the token of its link a ticket would not be found
        link = (
            Link(_("Try again"), page.same_page(request.query))
            if translated in _TRY_AGAIN
            else Link(_("Home page"), home)
        )
        is_form = request.method not in SAFE_METHODS and translated in _SEND_AGAIN
        fields = _fields_to_send_again(request) if is_form else ()
        title, text = texts or (_TEXTS if page.sends_email else _TEXTS_WITHOUT_EMAIL)[translated]
        is_ours = status == HTTPStatus.INTERNAL_SERVER_ERROR
        reference = str(correlation.current() or "") if is_ours else ""
        content = ErrorPage(_(title), _(text), link, status, is_form, fields, reference)
        return page.render("error.html", content.title, status=status, page=content)


def _unavailable_texts(request: Request, error: Exception) -> tuple[str, str] | None:
    """The texts of what is known not to work at present, so that nobody tries in vain."""
    if isinstance(error, NotServedNow) and error.mode == OperatingMode.MAINTENANCE:
        return _MAINTENANCE
    if isinstance(error, NotServedNow) and error.mode == OperatingMode.ESSENTIAL:
        return _ESSENTIAL
    if not isinstance(error, ServiceUnavailable | DatabaseUnavailable):
        return None
    return _NOT_SHOWN if request.method in SAFE_METHODS else _NOT_DONE


def _fields_to_send_again(request: Request) -> tuple[tuple[str, str], ...]:
    """What was typed; nothing of a form with a secret, which no page may show.

    Nor of one that a page of another site has sent: the button would send it as if from ours.
    """
    fields = request.form_read if is_from_own_page(request) else {}
    if any(word in name for name in fields for word in _SECRETS):
        return ()
    return tuple(fields.items())


def _is_below_organisation(error: Exception) -> bool:
    """Whether something is not there, of an organisation that is."""
    return isinstance(error, NotFound) and not isinstance(error, UnknownOrganisation)


def _home(request: Request) -> str:
    """Where who looks for something of an organisation goes on from."""
    if request.path.startswith("/admin/"):
        return "/admin"
    org = request.path_params.get("org")
    return "/" if org is None else organisation_path(org)


def _nearest(status: int) -> int:
    return 500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400


def _not_signed_in(page: PageContext) -> Response:
    """The way to sign in and come back. A form is not sent again: its page is opened again."""
    _ = page.translations.gettext
    if page.request.method in SAFE_METHODS:
        return page.redirect(
            with_query(SIGN_IN_PATH, next=return_path(path_and_query(page.request)))
        )
    return page.render(
        "sign_in.html",
        _("Please sign in"),
        status=HTTPStatus.UNAUTHORIZED,
        title=_("Please sign in"),
        text=_("Your session has ended, so nothing was changed."),
        action="",
        button="",
        link=Link(_("Sign in"), SIGN_IN_PATH),
    )


def _link_spent(page: PageContext) -> Response:
    _ = page.translations.gettext
    return page.render(
        "sign_in.html",
        _("This link has been used"),
        status=HTTPStatus.GONE,
        title=_("This link has been used"),
        text=_(
            "A sign-in link works once and for a limited time. "
            "Ask your administrator for a new one."
        ),
        action="",
        button="",
        link=Link(_("Sign in"), SIGN_IN_PATH),
    )
