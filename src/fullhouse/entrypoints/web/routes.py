"""Which address is which page."""

from collections.abc import Awaitable, Callable

from litestar import Response, Router, get, head, post
from litestar.handlers import HTTPRouteHandler
from litestar.static_files import create_static_files_router

from fullhouse.bootstrap import House
from fullhouse.entrypoints.session import StaffGuard
from fullhouse.entrypoints.web.pages.bookings import BookingPages
from fullhouse.entrypoints.web.pages.desk import DeskPages
from fullhouse.entrypoints.web.pages.entrance import EntrancePages
from fullhouse.entrypoints.web.pages.failures import Failures
from fullhouse.entrypoints.web.pages.holds import HoldPages
from fullhouse.entrypoints.web.pages.lobby import Lobby
from fullhouse.entrypoints.web.pages.offerings import OfferingPages
from fullhouse.entrypoints.web.pages.organisations import OrganisationPages
from fullhouse.entrypoints.web.pages.waiting import WaitingPages
from fullhouse.entrypoints.web.render import load_templates, static_folder
from fullhouse.entrypoints.web.visit import SECURITY_HEADERS, PageRequest, Reception
from fullhouse.kernel.limits import BODY_BYTES_MAX
from fullhouse.people.actions.enter_by_link import EnterByLink
from fullhouse.people.actions.leave_session import LeaveSession

PageHandler = Callable[[PageRequest], Awaitable[Response[str]]]


def web_routes(house: House) -> list[Router]:
    """All pages and what they are made of, to be mounted at the root.

    What goes wrong is shown by the application's own handlers: Litestar copies a router deeply, and
    with it whatever its methods belong to.
    """
    reception = Reception(load_templates())
    pages = Router(
        path="/",
        route_handlers=[*_guest_pages(Lobby(house, reception)), *_staff_pages(house, reception)],
        request_max_body_size=BODY_BYTES_MAX,
        include_in_schema=False,
    )
    return [pages, _static_files()]


def web_failures() -> Failures:
    """The error pages, for whoever refuses a request before it reaches a page."""
    return Failures(Reception(load_templates()))


def _guest_pages(lobby: Lobby) -> list[HTTPRouteHandler]:
    organisations = OrganisationPages(lobby)
    offerings = OfferingPages(lobby)
    holds = HoldPages(lobby)
    waiting = WaitingPages(lobby, offerings)
    bookings = BookingPages(lobby)
    return [
        *_get("/", organisations.home),
        *_get("/{org:str}", organisations.organisation),
        *_get("/{org:str}/accent.css", organisations.accent),
        *_get("/{org:str}/{offering:str}", offerings.offering),
        _post("/{org:str}/{offering:str}/holds", offerings.hold),
        *_get("/{org:str}/{offering:str}/holds/{hold:str}", holds.details),
        _post("/{org:str}/{offering:str}/holds/{hold:str}", holds.confirm),
        _post("/{org:str}/{offering:str}/holds/{hold:str}/release", holds.release),
        *_get(
            ["/{org:str}/{offering:str}/waiting", "/{org:str}/{offering:str}/holds"],
            waiting.to_offering,
        ),
        _post("/{org:str}/{offering:str}/waiting", waiting.join),
        *_get("/{org:str}/w/{waiting:str}", waiting.place),
        _post("/{org:str}/w/{waiting:str}/leave", waiting.leave),
        *_get("/{org:str}/b/{ref:str}", bookings.ticket),
        *_get("/{org:str}/b/{ref:str}/calendar.ics", bookings.calendar),
        *_get("/{org:str}/b/{ref:str}/change", bookings.change),
        _post("/{org:str}/b/{ref:str}/move", bookings.move),
        _post("/{org:str}/b/{ref:str}/cancel", bookings.cancel),
        _post("/{org:str}/b/{ref:str}/undo", bookings.undo),
    ]


def _staff_pages(house: House, reception: Reception) -> list[HTTPRouteHandler]:
    guard = StaffGuard(house.database, house.clock)
    entrance = EntrancePages(
        reception,
        house.database,
        guard,
        EnterByLink(house.database, house.clock, house.ids),
        LeaveSession(house.database, house.clock, house.ids),
    )
    desk = DeskPages(Lobby(house, reception), guard)
    return [
        *_get("/admin", entrance.admin),
        *_get("/admin/enter/{token:str}", entrance.door),
        _post("/admin/enter/{token:str}", entrance.enter),
        _post("/admin/leave", entrance.leave),
        *_get("/admin/{org:str}/today", desk.today),
        *_get("/admin/{org:str}/outbox", desk.outbox),
        *_get("/admin/{org:str}/bookings/{ref:str}", desk.booking),
        _post("/admin/{org:str}/bookings/{ref:str}/check-in", desk.check_in),
        _post("/admin/{org:str}/bookings/{ref:str}/no-show", desk.no_show),
        _post("/admin/{org:str}/bookings/{ref:str}/undo", desk.undo),
    ]


def _get(path: str | list[str], page: PageHandler) -> list[HTTPRouteHandler]:
    """The page, and its headers alone for whoever only asks whether it is there."""

    async def headers_alone(request: PageRequest) -> Response[None]:
        answer = await page(request)
        return Response(
            None,
            status_code=answer.status_code,
            headers=answer.headers,
            cookies=answer.cookies,
            media_type=answer.media_type,
        )

    return [get(path)(_plain(page)), head(path)(headers_alone)]


def _post(path: str, page: PageHandler) -> HTTPRouteHandler:
    return post(path)(_plain(page))


def _plain(page: PageHandler) -> PageHandler:
    """A plain function: Litestar copies handlers deeply, and with a method the house behind it."""

    async def handler(request: PageRequest) -> Response[str]:
        return await page(request)

    return handler


def _static_files() -> Router:
    """Their addresses carry their versions, so that browsers may keep them for ever."""
    return create_static_files_router(
        path="/static",
        directories=[static_folder()],
        include_in_schema=False,
        after_request=_keep_for_ever,
    )


def _keep_for_ever(answer: Response[str]) -> Response[str]:
    answer.headers.update(SECURITY_HEADERS)
    answer.headers["cache-control"] = "public, max-age=31536000, immutable"
    return answer
