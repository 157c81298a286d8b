"""The navigation of the admin pages."""

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


_TODAY: Final = NavItem("today", gettext_noop("Today"), "day", Permission.VIEW_BOOKINGS)
_OUTBOX: Final = NavItem("outbox", gettext_noop("E-mails"), "email", Permission.VIEW_MESSAGES)


class Navigation(msgspec.Struct, frozen=True):
    """The admin pages of the resources and the hand-made ones."""

    resources: tuple[NavItem, ...] = ()

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
            for item in (_TODAY, *self.resources, _OUTBOX)
            if page.context.may(item.allow)
        )
        return (*items, Link(_("Public page"), organisation_path(slug), icon="page"))
