"""The navigation of the admin pages."""

from typing import Final

from fullhouse.booking.model.urls import admin_path, organisation_path
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link
from fullhouse.localisation.translations import gettext_noop

_NAV_ITEMS: Final = (
    ("today", gettext_noop("Today"), "day"),
    ("outbox", gettext_noop("Outbox"), "email"),
)


def navigation(page: PageContext, current: str) -> tuple[Link, ...]:
    """The admin pages, and the public page of the organisation."""
    _ = page.translations.gettext
    slug = page.organisation.slug
    items = (
        Link(_(name), admin_path(slug, item), current=item == current, icon=icon)
        for item, name, icon in _NAV_ITEMS
    )
    return (*items, Link(_("Public page"), organisation_path(slug), icon="page"))
