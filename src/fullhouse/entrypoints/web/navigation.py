"""The navigation of the admin pages: one order, to which each page adds its item."""

from typing import Final

import msgspec

from fullhouse.booking.model.urls import admin_path, organisation_path
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.kernel.context import Permission
from fullhouse.localisation.translations import gettext_noop


class NavItem(msgspec.Struct, frozen=True):
    """An entry of the navigation, for those who may open its page."""

    name: str
    title: str
    icon: str
    allow: Permission

    @property
    def current(self) -> str:
        """As of a resource: the item that is marked on its pages."""
        return self.name


_ORDER: Final = (
    "overview",
    "today",
    "calendar",
    "bookings",
    "customers",
    "waiting-list",
    "offerings",
    "season",
    "messages",
    "team",
    "settings",
    "audit",
)
_PAGES: Final = (
    NavItem("overview", gettext_noop("Overview"), "overview", Permission.VIEW_BOOKINGS),
    NavItem("season", gettext_noop("Season"), "chart", Permission.VIEW_REPORTS),
    NavItem("today", gettext_noop("Today"), "day", Permission.VIEW_BOOKINGS),
    NavItem("calendar", gettext_noop("Calendar"), "calendar", Permission.VIEW_BOOKINGS),
)
"""The hand-made pages; a resource brings its own item."""


class Navigation(msgspec.Struct, frozen=True):
    """The admin pages of the resources and the hand-made ones."""

    resources: tuple[NavItem, ...] = ()

    @property
    def items(self) -> tuple[NavItem, ...]:
        return tuple(sorted((*_PAGES, *self.resources), key=lambda item: _ORDER.index(item.name)))

    def links(self, page: PageContext, current: str) -> tuple[Link, ...]:
        """What this member of staff may open, and the public page of the organisation."""
        _ = page.translations.gettext
        slug = page.organisation.slug
        items = (
            Link(
                _(item.title),
                admin_path(slug, item.name),
                current=item.name == current,
                icon=item.icon,
            )
            for item in self.items
            if page.context.may(item.allow)
        )
        return (*items, Link(_("Public page"), organisation_path(slug), icon="page"))
