"""The table of pages: path, handler and permission."""

from collections.abc import Sequence
from functools import cache, partial
from typing import Final

from msgspec import Struct

from fullhouse.booking.metrics import FunnelMetrics
from fullhouse.booking.reads.search import BookingSearches
from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.security.access import AccessControl
from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.security.outage_pass import OutagePass
from fullhouse.entrypoints.web.account_routes import account_routes
from fullhouse.entrypoints.web.admin.blocks import AdminResource
from fullhouse.entrypoints.web.admin.booking_acts import BookingActs
from fullhouse.entrypoints.web.admin.bookings import BookingResource
from fullhouse.entrypoints.web.admin.customer_sections import CustomerRow
from fullhouse.entrypoints.web.admin.customers import CustomerResource
from fullhouse.entrypoints.web.admin.offerings import OfferingResource
from fullhouse.entrypoints.web.admin.personal_data import PersonalDataPages
from fullhouse.entrypoints.web.admin.picture_fields import PictureUpload
from fullhouse.entrypoints.web.admin.resource import resource_routes
from fullhouse.entrypoints.web.admin.retention import RetentionPage
from fullhouse.entrypoints.web.admin.team import TeamResource
from fullhouse.entrypoints.web.business_routes import BusinessPages
from fullhouse.entrypoints.web.day_routes import calendar_routes, run_sheet_routes
from fullhouse.entrypoints.web.dispatch import PageDispatcher, PageRoute, get, post
from fullhouse.entrypoints.web.limits import PAGE_PATH_BYTES_MAX
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.offering_routes import offering_routes
from fullhouse.entrypoints.web.operations_routes import operations_routes
from fullhouse.entrypoints.web.page_context import LEGAL_NAMES, PageContextFactory
from fullhouse.entrypoints.web.pages.arrivals import Arrivals
from fullhouse.entrypoints.web.pages.booking_answers import BookingAnswerPages
from fullhouse.entrypoints.web.pages.booking_contact import BookingContactPages
from fullhouse.entrypoints.web.pages.booking_links import BookingLinks
from fullhouse.entrypoints.web.pages.booking_messages import BookingMessages
from fullhouse.entrypoints.web.pages.bookings import BookingPages
from fullhouse.entrypoints.web.pages.crawlers import CrawlerPages
from fullhouse.entrypoints.web.pages.delivery import DeliveryNotes
from fullhouse.entrypoints.web.pages.drafts import Drafts
from fullhouse.entrypoints.web.pages.errors import ErrorPages
from fullhouse.entrypoints.web.pages.follow_ups import DigestPages, RatingPages, UnsubscribePages
from fullhouse.entrypoints.web.pages.funnel import FunnelCounter
from fullhouse.entrypoints.web.pages.holds import HoldPages
from fullhouse.entrypoints.web.pages.live_access import MemberAccess
from fullhouse.entrypoints.web.pages.live_holds import LiveHolds
from fullhouse.entrypoints.web.pages.live_pages import LivePages, Parts
from fullhouse.entrypoints.web.pages.offering_loader import OfferingPageLoader
from fullhouse.entrypoints.web.pages.offerings import OfferingPages
from fullhouse.entrypoints.web.pages.organisations import OrganisationPages
from fullhouse.entrypoints.web.pages.pictures import PicturePages
from fullhouse.entrypoints.web.pages.tickets import TicketPages
from fullhouse.entrypoints.web.pages.waiting_list import WaitingListPages
from fullhouse.entrypoints.web.pages.waiting_room import WaitingRoomPages
from fullhouse.entrypoints.web.render import load_templates, static_folder
from fullhouse.http.live_feeds import LiveFeeds
from fullhouse.http.request import Request
from fullhouse.http.response import Headers, Response
from fullhouse.http.routing import NOT_FOUND, Handler, Route, Router
from fullhouse.http.server.health import HealthProbe
from fullhouse.http.server.waiting_room import WaitingRoom
from fullhouse.http.shutdown import ShutdownSignal
from fullhouse.http.static_files import StaticFiles
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import Overloaded
from fullhouse.messages.actions.change_digest import ChangeDigest
from fullhouse.messages.actions.rate_visit import RateVisit
from fullhouse.observability.health import Health
from fullhouse.observability.limits import OVERVIEW_SECONDS
from fullhouse.people.reads.pictures import PictureBytes

BROWSE: Final = Permission.BROWSE
BOOK: Final = Permission.BOOK


class PagesApp:
    """The pages and their static files as a section of the site."""

    def __init__(
        self, routes: Sequence[Route], errors: ErrorPages, waiting_room: WaitingRoomPages
    ) -> None:
        self._router = Router(routes)
        self._errors = errors
        self._waiting_room = waiting_room
        self.headers: Headers = waiting_room.headers
        self.overload_response = waiting_room.refusal

    def find(self, request: Request) -> Route:
        """As `Router.find`; a slash at the end makes no difference."""
        if _is_malformed(request):
            request.query_string = b""  # the error page links to itself in other languages
            return NOT_FOUND
        return self._router.find(request, request.path.rstrip("/") or "/")

    def error_response(self, request: Request, error: Exception, *, route: str) -> Response:
        """Any error as a page; of what was refused because of too many others, the waiting room."""
        if isinstance(error, Overloaded):
            return self._waiting_room.page(request)
        return self._errors.response(request, error, route=route)


def _is_malformed(request: Request) -> bool:
    """Return whether no page can have this URL: U+0000, raw bytes, or a path that is too long."""
    path, query = request.path, request.query_string
    return (
        "\x00" in path
        or b"%00" in query
        or not query.isascii()
        or len(path.encode()) > PAGE_PATH_BYTES_MAX
    )


def build_pages(
    app: Application, access: AccessControl, waiting_room: WaitingRoom, *, probe: HealthProbe
) -> PagesApp:
    """All pages, to be mounted at the root."""
    contexts = PageContextFactory(
        load_templates(),
        app.ids,
        app.clock,
        sends_email=app.settings.smtp_url is not None,
        base_url=app.settings.base_url,
        modes=app.modes,
    )
    health, outage_pass = probe.reports.health, OutagePass(app.tokens.secret, app.clock)
    dispatcher = PageDispatcher(contexts, access, app.profiles, outage_pass)
    static = _static_files()
    routes = [
        *map(dispatcher.route, page_routes(app, access.sessions, probe.shutdown, health=health)),
        Route("GET", "/favicon.ico", _favicon(static)),
        Route("GET", "/static/{file}", static.serve),
        Route("GET", "/static/{folder}/{file}", static.serve),
    ]
    waiting_pages = WaitingRoomPages(contexts.templates, waiting_room)
    return PagesApp(routes, ErrorPages(contexts), waiting_pages)


@cache
def _static_files() -> StaticFiles:
    """Read and compressed once."""
    return StaticFiles(static_folder())


def _favicon(static: StaticFiles) -> Handler:
    """The icon at the address at which browsers look for one, also from other programs' pages."""

    async def serve(request: Request) -> Response:
        return static.file("favicon.ico", request)

    return serve


def page_routes(
    app: Application, sessions: AccountSessions, shutdown: ShutdownSignal, *, health: Health
) -> Sequence[PageRoute]:
    """Every page and form target with the permission that it needs."""
    return (
        *_guest_routes(app, sessions),
        *account_routes(app, sessions),
        *operations_routes(app, sessions, shutdown, health=health),
        *_staff_routes(app, sessions, shutdown),
    )


def _guest_routes(app: Application, sessions: AccountSessions) -> Sequence[PageRoute]:
    loader = OfferingPageLoader(app.catalogue, app.availability, app.clock)
    crawlers = CrawlerPages(app.database, app.catalogue, app.directory)
    organisations = OrganisationPages(app.database, app.catalogue)
    pictures = PicturePages(PictureBytes(app.database))
    live_holds = LiveHolds(
        app.bookings, app.booking.place_hold, app.booking.release_hold, app.clock
    )
    offerings = OfferingPages(
        loader,
        live_holds,
        Drafts.sealed_by(app.tokens.secret),
        app.ids,
        FunnelCounter(app.metrics.get(FunnelMetrics)),
    )
    return (
        get("/", organisations.home, BROWSE, on_domains=True),
        get("/robots.txt", crawlers.robots, BROWSE, on_domains=True),
        get("/sitemap.xml", crawlers.sitemap, BROWSE, on_domains=True),
        get("/domains/ask", crawlers.domain, BROWSE),
        get("/{org}", organisations.organisation, BROWSE),
        get("/{org}/accent.css", organisations.accent, BROWSE),
        *(
            get(f"/{{org}}/{name}", partial(organisations.legal, name=name), BROWSE)
            for name in LEGAL_NAMES
        ),
        get("/{org}/pictures/{picture}/{size}", pictures.picture, BROWSE),
        get("/{org}/{offering}", offerings.offering, BROWSE),
        post("/{org}/{offering}/holds", offerings.hold, BOOK),
        *_hold_routes(app, offerings),
        *_waiting_list_routes(app, offerings),
        *_booking_routes(app, loader, sessions),
    )


def _hold_routes(app: Application, offerings: OfferingPages) -> Sequence[PageRoute]:
    holds = HoldPages(
        offerings,
        app.bookings,
        app.booking.confirm_hold,
        app.booking.release_hold,
        app.tokens,
    )
    return (
        get("/{org}/{offering}/holds/{hold}", holds.details, BOOK),
        post("/{org}/{offering}/holds/{hold}", holds.confirm, BOOK),
        post("/{org}/{offering}/holds/{hold}/release", holds.release, BOOK),
    )


def _waiting_list_routes(app: Application, offerings: OfferingPages) -> Sequence[PageRoute]:
    waiting_list = WaitingListPages(
        offerings,
        app.database,
        app.bookings,
        app.booking.join_waiting_list,
        app.booking.leave_waiting_list,
        app.booking.confirm_hold,
        app.tokens,
    )
    return (
        get("/{org}/{offering}/waiting", waiting_list.redirect_to_offering, BROWSE),
        get("/{org}/{offering}/holds", waiting_list.redirect_to_offering, BROWSE),
        post("/{org}/{offering}/waiting", waiting_list.join, BOOK),
        get("/{org}/w/{entry}", waiting_list.entry, BOOK),
        post("/{org}/w/{entry}/accept", waiting_list.accept, BOOK),
        post("/{org}/w/{entry}/leave", waiting_list.leave, BOOK),
    )


def _booking_routes(
    app: Application, loader: OfferingPageLoader, sessions: AccountSessions
) -> Sequence[PageRoute]:
    bookings = BookingPages(
        loader,
        app.bookings,
        app.booking.cancel_booking,
        app.booking.move_booking,
        app.booking.restore_booking,
        app.booking.renew_link,
        app.unit_of_work,
        app.tokens,
        sessions,
        app.settings.base_url,
        DeliveryNotes(app.database),
    )
    contact = BookingContactPages(bookings, app.unit_of_work, app.booking.change_contact)
    answers = BookingAnswerPages(bookings, app.unit_of_work, app.booking.change_answers)
    tickets = TicketPages(app.unit_of_work, app.booking.send_tickets)
    digests = DigestPages(bookings, ChangeDigest())
    ratings, mails = RatingPages(bookings, RateVisit()), UnsubscribePages(bookings)
    return (
        get("/{org}/b/{ref}/rating", tickets.with_link(ratings.form), BOOK),
        post("/{org}/b/{ref}/rating", tickets.with_link(ratings.save), BOOK),
        get("/{org}/d/{account}", digests.form, BOOK),
        post("/{org}/d/{account}", digests.stop, BOOK),
        get("/{org}/u/{address}", mails.form, BOOK),
        post("/{org}/u/{address}", mails.unsubscribe, BOOK),
        post("/{org}/u/{address}/again", mails.resubscribe, BOOK),
        get("/{org}/b", tickets.form, BOOK),
        post("/{org}/b", tickets.send_by_email, BOOK),
        post("/{org}/b/{ref}/send", tickets.send_by_ref, BOOK),
        get("/{org}/b/{ref}", tickets.with_link(bookings.ticket), BOOK),
        get("/{org}/b/{ref}/calendar.ics", tickets.with_link(bookings.calendar), BOOK),
        get("/{org}/b/{ref}/change", tickets.with_link(bookings.change), BOOK),
        post("/{org}/b/{ref}/move", tickets.with_link(bookings.move), BOOK),
        get("/{org}/b/{ref}/cancel", tickets.with_link(bookings.cancel_page), BOOK),
        post("/{org}/b/{ref}/cancel", tickets.with_link(bookings.cancel), BOOK),
        post("/{org}/b/{ref}/undo", tickets.with_link(bookings.undo), BOOK),
        get("/{org}/b/{ref}/contact", tickets.with_link(contact.form), BOOK),
        post("/{org}/b/{ref}/contact", tickets.with_link(contact.change), BOOK),
        get("/{org}/b/{ref}/answers", tickets.with_link(answers.form), BOOK),
        post("/{org}/b/{ref}/answers", tickets.with_link(answers.change), BOOK),
        post("/{org}/b/{ref}/renew", tickets.with_link(bookings.renew), BOOK),
    )


def _staff_routes(
    app: Application, sessions: AccountSessions, shutdown: ShutdownSignal
) -> Sequence[PageRoute]:
    searches = BookingSearches(app.database, app.catalogue)
    arrivals = Arrivals(
        app.bookings,
        searches,
        app.booking.check_in,
        app.booking.mark_no_show,
        app.booking.undo_check_in,
        app.clock,
    )
    links = BookingLinks(app.unit_of_work, searches, app.booking.renew_link)
    messages = BookingMessages(app.database)
    acts = _booking_acts(app, searches, arrivals)
    bookings = BookingResource(searches, arrivals, messages, links, acts, app.access_log).resource()
    people = _customer_resource(app)
    pictures = PictureUpload(app.unit_of_work, app.people.encode_picture, app.people.add_picture)
    offerings = OfferingResource(app.database, app.booking.save_offering, pictures).resource()
    business = BusinessPages(app, pictures, _live_lists(app, sessions, shutdown))
    team = TeamResource(
        app.unit_of_work,
        app.people.change_team,
        sends_email=app.settings.smtp_url is not None,
        base_url=app.settings.base_url,
    ).resource()
    resources = (bookings, people, offerings, team)
    navigation = Navigation((*(one.nav_item for one in resources), *business.items))
    return (
        *run_sheet_routes(app, arrivals, navigation, sessions=sessions, shutdown=shutdown),
        *calendar_routes(app, acts, navigation),
        *business.routes(navigation),
        *resource_routes(bookings, navigation, app.unit_of_work),
        *resource_routes(people, navigation, app.unit_of_work),
        *_personal_data_routes(app, navigation),
        *offering_routes(app, offerings, navigation, upload=pictures),
        *resource_routes(team, navigation, app.unit_of_work),
    )


def _live_lists(app: Application, sessions: AccountSessions, shutdown: ShutdownSignal) -> LivePages:
    """Streams what went wrong at a business to those who manage it."""
    access = MemberAccess(sessions, Permission.MANAGE_ORGANISATION)
    feeds = LiveFeeds[Parts](shutdown, again_seconds=OVERVIEW_SECONDS)
    return LivePages(access, app.clock, feeds)


def _booking_acts(app: Application, searches: BookingSearches, arrivals: Arrivals) -> BookingActs:
    return BookingActs(
        searches,
        arrivals,
        app.availability,
        app.unit_of_work,
        app.booking.cancel_booking,
        app.booking.move_booking,
        app.booking.undo_change,
        app.booking.change_contact,
        app.booking.change_answers,
        app.booking.send_tickets,
        app.booking.write_note,
        app.booking.write_to_guest,
        app.clock,
    )


def _personal_data_routes(app: Application, navigation: Navigation) -> Sequence[PageRoute]:
    data = PersonalDataPages(app.database, navigation, app.access_log)
    retention = RetentionPage(app.unit_of_work, navigation, app.customers.set_retention)
    path, allow = "/admin/{org}/customers", Permission.MANAGE_CUSTOMERS
    return (
        get(f"{path}/retention", retention.show, allow),
        post(f"{path}/retention", retention.save, allow),
        get(f"{path}/{{key}}/data", data.show, allow),
        get(f"{path}/{{key}}/data.json", data.json, allow),
    )


def _customer_resource(app: Application) -> AdminResource[CustomerRow, Struct]:
    return CustomerResource(
        app.database, app.catalogue, app.unit_of_work, app.customers, app.access_log
    ).resource()
