"""A browser and a site for every journey; a page for each width and with or without script."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright
from tests.conftest import EMBEDDED, TEMPLATE, TestServers, run_on
from tests.journeys.site import Farm, Site

CHROMIUM = "/usr/bin/chromium-headless-shell"
PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 900}


@dataclass(frozen=True, slots=True)
class Watched:
    """A page, and what its console said of errors."""

    page: Page
    troubles: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def site(servers: TestServers) -> Iterator[Site]:
    server = servers[EMBEDDED]
    asyncio.run(run_on(server, f"CREATE DATABASE journeys TEMPLATE {TEMPLATE}"))
    site = Site(server.url_of("journeys"))
    site.open()
    yield site
    site.close()


@pytest.fixture(scope="package")
def browser(site: Site) -> Iterator[Browser]:
    """Of all journeys, and of no other test: while the driver's event loop runs, none can run one.

    What needs a loop of its own is made before, as the site is, or in the site's loop.
    """
    assert site.port
    with sync_playwright() as playwright:
        # A page with `Cross-Origin-Opener-Policy` would get a process beside that of the empty one
        args = ["--no-sandbox", "--renderer-process-limit=1"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=args)
        yield browser
        browser.close()


@pytest.fixture
def farm(site: Site) -> Farm:
    return site.a_farm()


@pytest.fixture(params=["phone", "desktop"])
def width(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["script", "no script"])
def script(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    """A visitor: on a desktop and with script, unless the journey asks for `width` or `script`."""
    asked = request.fixturenames
    is_phone = "width" in asked and request.getfixturevalue("width") == "phone"
    has_script = "script" not in asked or request.getfixturevalue("script") == "script"
    context = browser.new_context(
        viewport=PHONE if is_phone else DESKTOP,
        has_touch=is_phone,
        java_script_enabled=has_script,
        locale="en-GB",
    )
    watched = _watched(context)
    yield watched.page
    context.close()
    assert watched.troubles == []


@pytest.fixture(scope="module")
def kept_page(browser: Browser) -> Iterator[Watched]:
    context = browser.new_context(viewport=DESKTOP, locale="en-GB")
    yield _watched(context)
    context.close()


@pytest.fixture
def checked_page(kept_page: Watched) -> Iterator[Page]:
    """The page of a visitor that tests of what a page is like use one after the other.

    Their subject is no way of a visitor, and to compile the check of accessibility anew for each
    takes as long as the check. Cookies, storage, routes, size and colours are a new visitor's; what
    may be cached is kept.
    """
    page = kept_page.page
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    yield page
    page.unroute_all()
    page.context.clear_cookies()
    page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    assert page.context.pages == [page]
    troubles = kept_page.troubles.copy()
    kept_page.troubles.clear()
    assert troubles == []


def _watched(context: BrowserContext) -> Watched:
    """A new page; any error in its console fails the test, CSP violations included."""
    context.set_default_timeout(15_000)
    watched = Watched(context.new_page())
    note = watched.troubles.append
    watched.page.on("pageerror", lambda error: note(str(error)))
    watched.page.on(
        "console", lambda message: note(message.text) if _is_trouble(message.text) else None
    )
    return watched


def _is_trouble(text: str) -> bool:
    return "Content Security Policy" in text or "TypeError" in text or "ReferenceError" in text
