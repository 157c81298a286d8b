"""The navigation of the admin pages: one order, to which each page adds its item."""

from typing import Final

import msgspec

from fullhouse.booking.model.urls import ACCOUNT_PATH, admin_path, organisation_path
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link, NavigationView
from fullhouse.kernel.context import Permission
from fullhouse.localisation.translations import gettext_noop


class NavItem(msgspec.Struct, frozen=True):
    """An entry of the navigation, for those who may open its page."""

    name: str
    title: str
    icon: str
    allow: Permission
    section: str = ""
    """The item that its page belongs to, when it is none itself."""

    @property
    def current(self) -> str:
        """As of a resource: the item that is marked on its pages."""
        return self.section or self.name


_ORDER: Final = (
    "overview",
    "today",
    "calendar",
    "bookings",
    "customers",
    "waiting-list",
    "offerings",
    "season",
    "funnel",
    "messages",
    "team",
    "settings",
    "audit",
)
_OFFERINGS: Final = Permission.MANAGE_OFFERINGS
_PAGES: Final = (
    NavItem("overview", gettext_noop("Overview"), "overview", Permission.VIEW_BOOKINGS),
    NavItem("season", gettext_noop("Season"), "chart", Permission.VIEW_REPORTS),
    NavItem("funnel", gettext_noop("Visits"), "chart", Permission.VIEW_REPORTS),
    NavItem("today", gettext_noop("Today"), "day", Permission.VIEW_BOOKINGS),
    NavItem("calendar", gettext_noop("Calendar"), "calendar", Permission.VIEW_BOOKINGS),
)
"""The hand-made pages; a resource brings its own item."""


_ACTIONS: Final = (
    NavItem(
        "today?new=1#new", gettext_noop("Book for a caller"), "people", Permission.CHANGE_BOOKINGS
    ),
    NavItem("closures/new", gettext_noop("Close for weather or bloom"), "close", _OFFERINGS),
    NavItem("closures", gettext_noop("Closures"), "close", _OFFERINGS),
    NavItem("schedules", gettext_noop("Schedules"), "clock", _OFFERINGS),
    NavItem("schedules/new", gettext_noop("Add a schedule"), "clock", _OFFERINGS),
    NavItem("offerings/new", gettext_noop("Add an offering"), "calendar", _OFFERINGS),
    NavItem("venues", gettext_noop("Venues"), "place", _OFFERINGS),
    NavItem("venues/new", gettext_noop("Add a venue"), "place", _OFFERINGS),
    NavItem("dead-letters", gettext_noop("Failed jobs"), "history", Permission.MANAGE_ORGANISATION),
    NavItem(
        "received-webhooks",
        gettext_noop("Received webhooks"),
        "key",
        Permission.MANAGE_ORGANISATION,
    ),
    NavItem(
        "inconsistencies", gettext_noop("Consistency"), "history", Permission.MANAGE_ORGANISATION
    ),
    NavItem("team/new", gettext_noop("Invite a person"), "people", Permission.MANAGE_ACCESS),
)
"""What is a step further than the navigation, for the command palette."""


class Navigation(msgspec.Struct, frozen=True):
    """The admin pages of the resources and the hand-made ones."""

    resources: tuple[NavItem, ...] = ()

    @property
    def items(self) -> tuple[NavItem, ...]:
        return tuple(sorted((*_PAGES, *self.resources), key=lambda item: _ORDER.index(item.name)))

    def links(self, page: PageContext, current: str) -> NavigationView:
        """What this member of staff may open, and the public page of the organisation."""
        _ = page.translations.gettext
        slug = page.organisation.slug
        may = page.context.may
        places, actions = (
            tuple(
                Link(
                    _(item.title),
                    admin_path(slug, item.name),
                    current=item.name == current,
                    icon=item.icon,
                )
                for item in items
                if may(item.allow)
            )
            for items in (self.items, _ACTIONS)
        )
        account = Link(_("Your account"), ACCOUNT_PATH, icon="key")
        return NavigationView(
            (*places, Link(_("Public page"), organisation_path(slug), icon="page")),
            (*actions, account),
            admin_path(slug, "bookings") if may(Permission.VIEW_BOOKINGS) else "",
            admin_path(slug, "closures/new") if may(_OFFERINGS) else "",
        )
