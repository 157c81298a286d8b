"""Which path is which page."""

from collections.abc import Sequence
from typing import Final

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.http.request import Request
from fullhouse.entrypoints.http.response import Headers, Response
from fullhouse.entrypoints.http.routing import NOT_FOUND, Handler, Route, Router
from fullhouse.entrypoints.security.access import AccessControl
from fullhouse.entrypoints.web.limits import PAGE_PATH_BYTES_MAX
from fullhouse.entrypoints.web.pages.bookings import BookingPages
from fullhouse.entrypoints.web.pages.desk import DeskPages
from fullhouse.entrypoints.web.pages.entrance import EntrancePages
from fullhouse.entrypoints.web.pages.failures import ErrorPages
from fullhouse.entrypoints.web.pages.holds import HoldPages
from fullhouse.entrypoints.web.pages.lobby import Lobby
from fullhouse.entrypoints.web.pages.offerings import OfferingPages
from fullhouse.entrypoints.web.pages.organisations import OrganisationPages
from fullhouse.entrypoints.web.pages.waiting import WaitingPages
from fullhouse.entrypoints.web.render import load_templates, static_folder
from fullhouse.entrypoints.web.static_files import StaticFiles
from fullhouse.entrypoints.web.visit import Reception

SECURITY_HEADERS: Final[Headers] = (
    # No inline script or style and none from elsewhere: injected markup cannot run
    (
        b"content-security-policy",
        (
            b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
            b"connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    # Addresses carry the tokens of bookings: they are never sent to another site
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"x-robots-tag", b"noarchive"),
)


class PagesApp:
    """The pages and their static files as a section of the site."""

    headers: Headers = SECURITY_HEADERS

    def __init__(self, routes: Sequence[Route], errors: ErrorPages) -> None:
        self._router = Router(routes)
        self._errors = errors

    def find(self, request: Request) -> Route:
        """As `Router.find`; a slash at the end makes no difference."""
        if _is_malformed(request):
            request.query_string = b""  # the error page links to itself in other languages
            return NOT_FOUND
        return self._router.find(request, request.path.rstrip("/") or "/")

    def error_response(self, request: Request, error: Exception) -> Response:
        """Any error as a page."""
        return self._errors.response(request, error)


def _is_malformed(request: Request) -> bool:
    """Whether no page has this address: U+0000, raw bytes, or a path longer than any name."""
    path, query = request.path, request.query_string
    return (
        "\x00" in path
        or b"%00" in query
        or not query.isascii()
        or len(path.encode()) > PAGE_PATH_BYTES_MAX
    )


def build_pages(app: Application, access: AccessControl) -> PagesApp:
    """All pages, to be mounted at the root."""
    reception = Reception(load_templates())
    static = StaticFiles(static_folder())
    routes = [
        *_guest_pages(Lobby(app, reception)),
        *_staff_pages(app, access, reception),
        _get("/static/{file}", static.serve),
        _get("/static/{folder}/{file}", static.serve),
    ]
    return PagesApp(routes, ErrorPages(reception))


def _guest_pages(lobby: Lobby) -> Sequence[Route]:
    organisations = OrganisationPages(lobby)
    offerings = OfferingPages(lobby)
    holds = HoldPages(lobby)
    waiting = WaitingPages(lobby, offerings)
    bookings = BookingPages(lobby)
    return (
        _get("/", organisations.home),
        _get("/{org}", organisations.organisation),
        _get("/{org}/accent.css", organisations.accent),
        _get("/{org}/{offering}", offerings.offering),
        _post("/{org}/{offering}/holds", offerings.hold),
        _get("/{org}/{offering}/holds/{hold}", holds.details),
        _post("/{org}/{offering}/holds/{hold}", holds.confirm),
        _post("/{org}/{offering}/holds/{hold}/release", holds.release),
        _get("/{org}/{offering}/waiting", waiting.to_offering),
        _get("/{org}/{offering}/holds", waiting.to_offering),
        _post("/{org}/{offering}/waiting", waiting.join),
        _get("/{org}/w/{waiting}", waiting.place),
        _post("/{org}/w/{waiting}/leave", waiting.leave),
        _get("/{org}/b/{ref}", bookings.ticket),
        _get("/{org}/b/{ref}/calendar.ics", bookings.calendar),
        _get("/{org}/b/{ref}/change", bookings.change),
        _post("/{org}/b/{ref}/move", bookings.move),
        _post("/{org}/b/{ref}/cancel", bookings.cancel),
        _post("/{org}/b/{ref}/undo", bookings.undo),
    )


def _staff_pages(app: Application, access: AccessControl, reception: Reception) -> Sequence[Route]:
    entrance = EntrancePages(
        reception=reception,
        database=app.database,
        guard=access.sessions,
        unit_of_work=app.unit_of_work,
        redeem_sign_in_link=app.people.redeem_sign_in_link,
        sign_out=app.people.sign_out,
    )
    desk = DeskPages(Lobby(app, reception), access.sessions)
    return (
        _get("/admin", entrance.admin),
        _get("/admin/enter/{token}", entrance.door),
        _post("/admin/enter/{token}", entrance.enter),
        _post("/admin/leave", entrance.leave),
        _get("/admin/{org}/today", desk.today),
        _get("/admin/{org}/outbox", desk.outbox),
        _get("/admin/{org}/bookings/{ref}", desk.booking),
        _post("/admin/{org}/bookings/{ref}/check-in", desk.check_in),
        _post("/admin/{org}/bookings/{ref}/no-show", desk.no_show),
        _post("/admin/{org}/bookings/{ref}/undo", desk.undo),
    )


def _get(path: str, page: Handler) -> Route:
    return Route("GET", path, page)


def _post(path: str, page: Handler) -> Route:
    return Route("POST", path, page)
