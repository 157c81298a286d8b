"""The pages of the operator: links on each of them, for the palette and the page of businesses."""

from typing import Final

from msgspec import Struct

from fullhouse.booking.model.urls import (
    ACCOUNT_PATH,
    ACCOUNTS_PATH,
    ADMIN_PATH,
    CIRCUITS_PATH,
    DATABASE_PATH,
    DOMAINS_PATH,
    FLAGS_PATH,
    LATENCY_PATH,
    MODE_PATH,
    OPERATIONS_PATH,
    OPTIMISATIONS_PATH,
    SERVICE_LEVEL_PATH,
)
from fullhouse.entrypoints.web.views import Link, NavigationView
from fullhouse.localisation.translations import Translations, gettext_noop
from fullhouse.observability.alert_texts import ALERTS_PATH


class OperatorPage(Struct, frozen=True):
    """A page, and what one does there."""

    path: str
    title: str
    text: str
    icon: str


_PAGES: Final = (
    OperatorPage(
        OPERATIONS_PATH, gettext_noop("Operations"), gettext_noop("See how it all is"), "overview"
    ),
    OperatorPage(
        ALERTS_PATH, gettext_noop("Alerts"), gettext_noop("See what is wrong and was"), "warn"
    ),
    OperatorPage(
        LATENCY_PATH,
        gettext_noop("Speed"),
        gettext_noop("See how long pages, queries and jobs take"),
        "chart",
    ),
    OperatorPage(
        DATABASE_PATH,
        gettext_noop("Database"),
        gettext_noop("See who waits for whom, and how large it is"),
        "queue",
    ),
    OperatorPage(
        OPTIMISATIONS_PATH,
        gettext_noop("Optimisations"),
        gettext_noop("See what would make it faster"),
        "clock",
    ),
    OperatorPage(
        SERVICE_LEVEL_PATH,
        gettext_noop("Service level"),
        gettext_noop("See what a month was like, and why time was lost"),
        "chart",
    ),
    OperatorPage(
        MODE_PATH,
        gettext_noop("Operating mode"),
        gettext_noop("Set what works, or maintenance"),
        "settings",
    ),
    OperatorPage(
        CIRCUITS_PATH,
        gettext_noop("Outside services"),
        gettext_noop("See which are called, or keep it so"),
        "change",
    ),
    OperatorPage(
        FLAGS_PATH,
        gettext_noop("New features"),
        gettext_noop("See how they fare, or give one to some first"),
        "list",
    ),
    OperatorPage(
        ACCOUNTS_PATH,
        gettext_noop("Accounts"),
        gettext_noop("Disable an account or sign somebody out"),
        "people",
    ),
    OperatorPage(
        DOMAINS_PATH,
        gettext_noop("Domains"),
        gettext_noop("Confirm the domain of a business"),
        "place",
    ),
)


def is_operator_page(path: str) -> bool:
    return any(one.path == path for one in _PAGES)


def operator_page_title(href: str, translations: Translations) -> str:
    """The name of the page that an address leads to, with whatever query."""
    path = href.partition("?")[0]
    (title,) = (one.title for one in _PAGES if one.path == path)
    return translations.gettext(title)


def operator_links(translations: Translations) -> tuple[Link, ...]:
    """Each with what one does there, for a list of choices."""
    _ = translations.gettext
    return tuple(Link(_(one.title), one.path, _(one.text)) for one in _PAGES)


def operator_navigation(translations: Translations, current: str) -> NavigationView:
    """The same pages as navigation, with those that every person has."""
    _ = translations.gettext
    places = tuple(
        Link(_(one.title), one.path, current=one.path == current, icon=one.icon) for one in _PAGES
    )
    return NavigationView(
        places,
        (
            Link(_("Businesses"), ADMIN_PATH, icon="page"),
            Link(_("Your account"), ACCOUNT_PATH, icon="key"),
        ),
    )
