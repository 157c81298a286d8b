"""What every page must keep to, whoever asks: made from the table of pages, so a new one is in it.

Each route is asked with what its business really has, so that the pages behind it open.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import product
from urllib.parse import quote, urlencode

import pytest
from tests.builders.api_client import Answer, ApiClient
from tests.builders.hostile_inputs import QUERY_NAMES
from tests.builders.page_markup import Form, host_of, markup_of, query_names
from tests.builders.victim import VictimData

from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.web.dispatch import PageRoute
from fullhouse.entrypoints.web.routes import page_routes
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.context import GUEST, OPERATOR, RequestContext
from fullhouse.kernel.ids import INSTALLATION

pytestmark = pytest.mark.timeout(300)

PARAMETER = re.compile(r"{(\w+)}")
STREAM = "/live"
"""How the path of a stream ends: it is not read to its end here."""
ELSEWHERE = "evil.example"
MARK = "<zq7 onload=x>\"'zq7&\r\nX-Zq7: 1"
"""Text that would be an element, end an attribute, or add a header."""
UNESCAPED = (b"<zq7", b"\"'zq7", b"\"'ZQ7")
FOLLOWED = re.compile(rb"evil\.example|javascript:|data:t", re.IGNORECASE)
"""What is in the markup of a page that leads somewhere else."""
FORM_TYPE = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True)
class Visited:
    """A page as it answered, and how it was asked."""

    route: PageRoute
    path: str
    answer: Answer

    @property
    def is_protected(self) -> bool:
        return self.route.allow not in GUEST.permissions

    @property
    def is_html(self) -> bool:
        return self.answer.headers.get("content-type", "").startswith("text/html")


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who owns the business and asks for its pages, never so fast as to be refused."""

    api: ApiClient
    cookie: Mapping[str, str]

    async def ask(
        self,
        method: str,
        path: str,
        *,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        clock = self.api.app.clock
        assert isinstance(clock, ManualClock)
        clock.advance(timedelta(milliseconds=100))
        sent = {**self.cookie, "Sec-Fetch-Site": "same-origin", **(headers or {})}
        content = None
        if fields is not None:
            sent["Content-Type"] = FORM_TYPE
            content = urlencode(fields).encode()
        return await self.api.ask(method, f"/{path}", headers=sent, content=content)


def routes_of(api: ApiClient) -> Iterator[PageRoute]:
    for route in page_routes(
        api.app,
        AccountSessions(api.app.database, api.app.clock),
        api.shutdown,
        health=api.health.reports.health,
    ):
        if not route.path.endswith(STREAM):
            yield route


def paths_of(route: PageRoute, org: str, data: VictimData) -> Iterator[str]:
    """The path with each thing of the business for each of its parameters."""
    path = route.path.replace("{org}", org).replace("{offering}", "sunflowers")
    names = PARAMETER.findall(path)
    for values in product((*data.ids, "sunflowers"), repeat=min(len(names), 1)):
        filled = path
        for name in names:
            filled = filled.replace(f"{{{name}}}", values[0])
        yield filled + (f"?t={data.token}" if "/b/" in filled or "/w/" in filled else "")


OPENED: dict[str, int] = {}
"""By route which of the things of a business it showed: it is tried first at the next business."""


async def visit(visitor: Visitor, route: PageRoute, data: VictimData) -> Visited:
    """The page with the first thing that it shows; else as it refuses."""
    visited = None
    paths = list(enumerate(paths_of(route, visitor.api.org, data)))
    paths.sort(key=lambda path: path[0] != OPENED.get(route.path))
    for number, path in paths:
        answer = await visitor.ask("GET", path)
        visited = Visited(route, path, answer)
        if answer.status == 200:
            OPENED[route.path] = number
            break
    assert visited is not None
    return visited


async def vera(api: ApiClient) -> Mapping[str, str]:
    """The cookie of somebody who owns the business and runs the installation too."""
    app, cookie = api.app, await api.staff_cookie("Vera")
    context = RequestContext(OPERATOR, app.ids.uuid())
    async with app.unit_of_work(context, api.business.org_id) as uow:
        account_id = await app.people.grant_role(uow, name="Vera", role="owner")
    async with app.unit_of_work(context, INSTALLATION) as uow:
        await app.people.set_operator(uow, account_id, is_operator=True)
    return cookie


@pytest.fixture
async def visitor(victim: ApiClient) -> Visitor:
    return Visitor(victim, await vera(victim))


@pytest.fixture
async def visited(visitor: Visitor, victim_data: VictimData) -> Sequence[Visited]:
    """Every page, as its owner and the operator see it."""
    texts = {"terms": "Our terms.", "privacy": "Our promise.", "imprint": "Ada, London"}
    told = await visitor.api.ask("PATCH", "", json=texts, key=visitor.api.key)
    assert told.status == 200, told.body
    routes = [route for route in routes_of(visitor.api) if route.method == "GET"]
    return [await visit(visitor, route, victim_data) for route in routes]


async def form_answers(visitor: Visitor, data: VictimData) -> Sequence[Visited]:
    """How each target of a form answers when nothing was filled in."""
    found = []
    for route in routes_of(visitor.api):
        if route.method == "POST":
            someone = replace(visitor, cookie=await vera(visitor.api))
            path = next(paths_of(route, visitor.api.org, data))
            found.append(Visited(route, path, await someone.ask("POST", path, fields={})))
    return found


def policy_of(answer: Answer) -> Mapping[str, str]:
    directives = answer.headers["content-security-policy"].split("; ")
    return {name: sources for name, _, sources in (one.partition(" ") for one in directives)}


async def test_pages_open_and_load_neither_foreign_content_nor_an_address_with_a_secret(
    visitor: Visitor,
    visited: Sequence[Visited],
    victim_data: VictimData,
    *,
    subtests: pytest.Subtests,
) -> None:
    """What is attacked here are pages, not refusals.

    The address of a link to a booking would be in the logs and caches of what is loaded.
    """
    opened = [page.route.path for page in visited if page.answer.status == 200]
    closed = [f"{p.answer.status} {p.path}" for p in visited if p.answer.status != 200]
    assert len(opened) >= 3 * len(closed), closed
    ours = {"", host_of(visitor.api.app.settings.base_url)}
    for page in visited:
        if page.is_html:
            with subtests.test(page.path):
                markup = markup_of(page.answer.body)
                urls = [*markup.loads, *(form.action for form in markup.forms), *markup.links]
                assert not {host_of(url) for url in urls} - ours
                secret = (victim_data.token, "?t=")
                assert not [url for url in markup.loads if any(one in url for one in secret)]


async def test_answers_are_closed_to_frames_and_foreign_content_and_personal_ones_to_caches(
    visitor: Visitor,
    visited: Sequence[Visited],
    victim_data: VictimData,
    *,
    subtests: pytest.Subtests,
) -> None:
    """Personal are pages for those who signed in, of a secret link, and the answers to forms."""
    answers = await form_answers(visitor, victim_data)
    personal = [p for p in visited if p.is_protected or "?t=" in p.path or "/holds" in p.path]
    assert len(personal) > 10
    for page in (*visited, *answers):
        with subtests.test(f"{page.route.method} {page.path}"):
            assert_closed(page.answer)
    for page in (*personal, *answers):
        with subtests.test(f"{page.route.method} {page.path} and caches"):
            assert page.answer.headers["cache-control"] == "no-store"


def assert_closed(answer: Answer) -> None:
    headers, policy = answer.headers, policy_of(answer)
    assert policy["default-src"] == "'none'"
    assert policy["base-uri"] == "'none'"
    is_framed = "sandbox" in policy  # an e-mail in its preview
    assert policy["frame-ancestors"] == ("'self'" if is_framed else "'none'")
    assert "unsafe" not in policy.get("script-src", "")
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in {"same-origin", "no-referrer"}
    assert headers["cross-origin-opener-policy"] == "same-origin"
    if answer.body:
        media_type = headers["content-type"]
        is_text = media_type.startswith("text/") or "xml" in media_type
        assert not is_text or "charset=utf-8" in media_type


async def test_methods_that_no_page_has_do_nothing_and_echo_nothing(
    visitor: Visitor,
    visited: Sequence[Visited],
    *,
    subtests: pytest.Subtests,
) -> None:
    for page in visited:
        with subtests.test(page.path):
            head = await visitor.ask("HEAD", page.path)
            assert (head.status, head.body) == (page.answer.status, b"")
            for method in ("OPTIONS", "TRACE", "TRACK", "DEBUG"):
                answer = await visitor.ask(method, page.path, headers={"X-Echo": "zq7"})
                assert answer.status == 405, method
                assert b"zq7" not in answer.body
                assert "access-control-allow-origin" not in answer.headers


def with_marks(form: Mapping[str, str], text: str) -> Iterator[Mapping[str, str]]:
    """The form with the text in each of its fields, and in all at once."""
    yield dict.fromkeys(form, text)
    for name in form:
        yield {**form, name: text}


def forms_of(pages: Iterable[Visited]) -> Iterator[tuple[str, Form]]:
    """Each form of each page once, and its whole address."""
    known: set[tuple[str, ...]] = set()
    for page in pages:
        if page.is_html:
            for form in markup_of(page.answer.body).forms:
                url = form.action or page.path
                key = (form.method, PARAMETER.sub("", url), *sorted(form.fields))
                if url.startswith("/") and key not in known:
                    known.add(key)
                    yield url, form


def assert_not_reflected(answer: Answer, asked: object) -> None:
    """The text did not become markup, a header, or the address that a browser is sent to."""
    assert answer.status < 500, asked
    assert "x-zq7" not in answer.headers, asked
    assert host_of(answer.headers.get("location", "")) != ELSEWHERE, asked
    if answer.headers.get("content-type", "").startswith("text/html"):
        assert not [text for text in UNESCAPED if text in answer.body], asked
        if not FOLLOWED.search(answer.body):
            return  # so nothing in it leads there: no letter of this is escaped
        markup = markup_of(answer.body)
        followed = [*markup.loads, *markup.links, *(form.action for form in markup.forms)]
        assert ELSEWHERE not in {host_of(url) for url in followed}, asked
        scripts = [url for url in followed if url.lower().startswith(("javascript:", "data:t"))]
        assert not scripts, asked


async def test_no_query_comes_back_unescaped(
    visitor: Visitor, visited: Sequence[Visited], *, subtests: pytest.Subtests
) -> None:
    texts = (MARK, f"//{ELSEWHERE}/", f"/\\{ELSEWHERE}", f"https://{ELSEWHERE}", "javascript:zq7")
    names = {
        page.path: query_names(markup_of(page.answer.body)) for page in visited if page.is_html
    }
    everywhere = {*QUERY_NAMES, "next", "return"}.union(*names.values()) - {"t"}
    all_at_once = [urlencode(dict.fromkeys(sorted(everywhere), text)) for text in texts]
    for page in visited:
        path, _, query = page.path.partition("?")
        alone = [urlencode({name: MARK}) for name in sorted(names.get(page.path, ()))]
        with subtests.test(path):
            for hostile in (*all_at_once, *alone):
                asked = f"{path}?{query}&{hostile}"
                assert_not_reflected(await visitor.ask("GET", asked), asked)


async def test_no_segment_of_a_path_comes_back_unescaped(
    visitor: Visitor, visited: Sequence[Visited], *, subtests: pytest.Subtests
) -> None:
    for page in visited:
        segments = page.path.partition("?")[0].split("/")[1:]
        with subtests.test(page.path):
            for position, text in product(range(len(segments)), (MARK, f"/{ELSEWHERE}")):
                hostile = [*segments[:position], quote(text, safe=""), *segments[position + 1 :]]
                asked = "/" + "/".join(hostile)
                assert_not_reflected(await visitor.ask("GET", asked), asked)


async def test_no_field_of_a_form_comes_back_unescaped_then_or_later(
    visitor: Visitor,
    visited: Sequence[Visited],
    victim_data: VictimData,
    *,
    subtests: pytest.Subtests,
) -> None:
    """What a form stored is on the pages that are visited again in the end."""
    forms = [one for one in forms_of(visited) if one[1].method == "POST"]
    assert len(forms) > 10
    for url, form in forms:
        someone = replace(visitor, cookie=await vera(visitor.api))
        with subtests.test(url):
            for text in (MARK, f"//{ELSEWHERE}/"):
                for fields in with_marks(form.fields, text):
                    answer = await someone.ask("POST", url, fields=fields)
                    assert_not_reflected(answer, (url, fields))
    for page in visited:
        with subtests.test(f"{page.path} afterwards"):
            again = await visit(visitor, page.route, victim_data)
            assert_not_reflected(again.answer, page.path)
