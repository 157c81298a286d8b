"""Every operation and every page against tables of hostile input: none of it is an error of ours.

Each header, path segment, query parameter, form field and field of a body is tried by itself in a
request that is valid otherwise, so that it gets as deep as it can. `FULLHOUSE_HOSTILE` is the
number of requests a table, chosen with a fixed seed; a whole table has some ten thousand.
"""

import json
import os
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from random import Random
from typing import Final
from urllib.parse import quote, urlencode

import pytest
from msgspec.inspect import is_struct_type
from structlog.testing import capture_logs
from tests.builders.api_client import ApiClient, an_api_client
from tests.builders.business import Business
from tests.builders.hostile_inputs import (
    FORMS,
    HEADERS,
    METHODS,
    MULTIPARTS,
    QUERIES,
    QUERY_NAMES,
    TEXTS,
    TOKENS,
)
from tests.builders.operations import Things, a_write, some_things
from tests.builders.raw_requests import RawHeaders, RawRequest, ask_raw

from fullhouse.bootstrap.application import Application
from fullhouse.entrypoints.security.account_sessions import AccountSessions
from fullhouse.entrypoints.web.dispatch import PageRoute
from fullhouse.entrypoints.web.routes import page_routes
from fullhouse.http.operations.arguments import names_of
from fullhouse.kernel.clock import ManualClock

REQUESTS: Final = int(os.environ.get("FULLHOUSE_HOSTILE", "1000"))
SEED: Final = 2027
STREAM: Final = "/live"
DAY: Final = "2027-06-19"
USUAL_FIELDS: Final = ("slot", "party", "name", "email", "row", "step", "allow_duplicate")
ACTION: Final = re.compile(r'\b(?:form)?action="([^"?]*)')
FIELD: Final = re.compile(r'name="([\w.]+)"')
_FORM_TYPE: Final = (b"content-type", b"application/x-www-form-urlencoded")


@pytest.fixture
async def api(app: Application, business: Business) -> AsyncIterator[ApiClient]:
    api = await an_api_client(app, business)
    async with api.client:
        yield api


async def requests_of_operations(api: ApiClient, things: Things) -> list[RawRequest]:
    """A valid request for each operation, as the owner."""
    headers = ((b"authorization", f"Bearer {api.key}".encode()),)
    found = []
    for operation in api.root.api.operations:
        sent = await a_write(api, operation, things)
        body = json.dumps(sent.json).encode() if sent.json else sent.content or b""
        kind = b"text/calendar" if sent.content else b"application/json"
        found.append(
            RawRequest(
                method=sent.method,
                path=f"/api/v1/{api.org}{sent.path}" if operation.has_organisation else sent.path,
                query=f"date={DAY}" if operation.path.endswith(STREAM) else "",
                headers=(*headers, (b"content-type", kind)),
                body=body,
            )
        )
    return found


def parameters_of(api: ApiClient) -> list[list[str]]:
    """The names of the parameters of each operation, and one that it does not have."""
    return [
        ["unknown", *(name for kind in (one.query, one.token) if kind for name in names_of(kind))]
        for one in api.root.api.operations
    ]


def fields_of(api: ApiClient) -> list[Sequence[str]]:
    """The names of the fields that the body of each operation can have."""
    kinds = [one.body.type if one.body else None for one in api.root.api.operations]
    return [kind.__struct_fields__ if is_struct_type(kind) else () for kind in kinds]


async def requests_of_pages(api: ApiClient, things: Things) -> list[RawRequest]:
    """A request for each page and form with names of things that exist, as the owner."""
    values = {
        "org": api.org,
        "offering": "sunflowers",
        "hold": things.ids["holds"],
        "entry": things.ids["waiting-list"],
        "ref": things.ids["bookings"],
        "token": "a",
        "file": "site.css",
        "folder": "fonts",
    }
    form = urlencode({"slot": things.slots[3], "party": "2", "name": "A", "email": "a@example.org"})
    return [
        RawRequest(
            method=route.method,
            path=_filled(route.path, values, things),
            # Each with a session of its own: one of the pages ends it. A browser, not a robot
            headers=(
                (b"cookie", (await api.staff_cookie())["Cookie"].encode()),
                (b"user-agent", b"Mozilla/5.0"),
                _FORM_TYPE,
            ),
            body=form.encode() if route.method == "POST" else b"",
        )
        for route in pages_of(api)
    ]


def _filled(path: str, values: Mapping[str, str], things: Things) -> str:
    """The path with values for its parameters; an offering for any other."""
    for folder, id_ in things.ids.items():
        path = re.sub(rf"/{folder}/{{(key|slot)}}", f"/{folder}/{id_}", path)
    return re.sub(r"\{(\w+)\}", lambda found: values.get(found[1], "sunflowers"), path)


def pages_of(api: ApiClient) -> list[PageRoute]:
    return list(
        page_routes(
            api.app,
            AccountSessions(api.app.database, api.app.clock),
            api.shutdown,
            health=api.health.reports.health,
        )
    )


def with_headers(request: RawRequest, added: RawHeaders) -> RawRequest:
    names = {name for name, _ in added}
    kept = tuple(header for header in request.headers if header[0] not in names)
    return replace(request, headers=(*kept, *added))


def with_paths(request: RawRequest) -> Iterator[RawRequest]:
    """Each segment of the path replaced by each text."""
    segments = request.path.split("/")[1:]
    for position in range(len(segments)):
        for text in TEXTS:
            path = "/" + "/".join([*segments[:position], text, *segments[position + 1 :]])
            yield replace(request, path=path)


def with_queries(
    request: RawRequest, names_together: Iterable[Sequence[str]]
) -> Iterator[RawRequest]:
    """Each text in the parameters of each of these groups at once."""
    is_page = not request.path.startswith("/api/")
    for names in names_together:
        for text in TEXTS:
            value = quote(text[: 5_000 if is_page else 1_900], errors="replace")
            query = "&".join(f"{name}={value}" for name in names)
            yield replace(request, query=query)
    for query in QUERIES:
        yield replace(request, query=query)


def with_bodies(request: RawRequest, fields: Iterable[str]) -> Iterator[RawRequest]:
    """Each field of a JSON body replaced by each token and text, and the body as a whole.

    Also `fields` that the body could have and does not have.
    """
    tokens = (*TOKENS, *(json.dumps(text) for text in TEXTS))
    texts = [*tokens, *(token[: len(token) // 2] for token in tokens)]
    if b"json" in dict(request.headers)[b"content-type"] and request.body:
        whole = json.loads(request.body)
        if isinstance(whole, dict):
            whole = {**dict.fromkeys(fields), **whole}
        for path in paths_of(whole):
            texts += [replaced(whole, path, token) for token in tokens]
    for text in texts:
        yield replace(request, body=text.encode("utf-8", "surrogatepass"))


def paths_of(value: object, path: tuple[object, ...] = ()) -> Iterator[tuple[object, ...]]:
    """Every place in a JSON value, below its root."""
    items: Iterable[tuple[object, object]] = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    for key, inner in items:
        yield (*path, key)
        yield from paths_of(inner, (*path, key))


def replaced(value: object, path: tuple[object, ...], token: str) -> str:
    """The JSON text of a value with a raw token in one place."""
    if not path:
        return token
    if isinstance(value, dict):
        fields = {
            key: replaced(one, path[1:], token) if key == path[0] else json.dumps(one)
            for key, one in value.items()
        }
        return "{" + ",".join(f"{json.dumps(key)}:{one}" for key, one in fields.items()) + "}"
    assert isinstance(value, list)
    items = (
        replaced(one, path[1:], token) if n == path[0] else json.dumps(one)
        for n, one in enumerate(value)
    )
    return "[" + ",".join(items) + "]"


def with_forms(request: RawRequest, names: Iterable[str]) -> Iterator[RawRequest]:
    """Each field with each text; and broken forms."""
    valid = dict(pair.split("=") for pair in request.body.decode().split("&"))
    for body in FORMS:
        yield replace(request, body=body)
    for name in names:
        for text in TEXTS:
            fields = {**valid, name: quote(text, errors="replace")}
            pairs = (f"{key}={value}" for key, value in fields.items())
            yield replace(request, body="&".join(pairs).encode())


async def field_names(
    api: ApiClient, routes: Sequence[PageRoute], requests: Sequence[RawRequest]
) -> dict[str, set[str]]:
    """The names of the fields of the pages that have each form, by the path of its route.

    Of a form that no page shows in its present state, the usual names.
    """
    names = {route.path: set(USUAL_FIELDS) for route in routes if route.method == "POST"}
    patterns = {path: re.compile(re.sub(r"\{\w+\}", "[^/]+", path)) for path in names}
    for page in requests:
        if page.method == "GET" and not page.path.endswith(STREAM):
            assert isinstance(api.app.clock, ManualClock)
            api.app.clock.advance(timedelta(milliseconds=100))  # beyond the rate limit
            url = f"//{page.path.removeprefix('/')}"
            cookie = {"Cookie": dict(page.headers)[b"cookie"].decode()}
            answer = await api.ask("GET", url, headers=cookie)
            body = answer.body.decode(errors="replace")
            for action in (page.path, *ACTION.findall(body)):
                for path, pattern in patterns.items():
                    if pattern.fullmatch(action):
                        names[path].update(FIELD.findall(body))
    return names


async def assert_no_server_error(api: ApiClient, requests: Iterable[RawRequest]) -> None:
    """Each is answered as an error of the client, or as a success; none is logged as our fault."""
    clock = api.app.clock
    assert isinstance(clock, ManualClock)
    failed: Counter[str] = Counter()
    chosen = list(requests)
    if len(chosen) > REQUESTS:
        chosen = Random(SEED).sample(chosen, REQUESTS)  # noqa: S311 - the same in every run
    for request in chosen:
        clock.advance(timedelta(milliseconds=60))
        with capture_logs() as lines:
            answer = await ask_raw(api, request)
        faults = [line for line in lines if line["log_level"] == "error"]
        if answer.status == HTTPStatus.TOO_MANY_REQUESTS:  # of an operation, not of the client
            assert answer.headers[b"ratelimit-remaining"] != b"0"
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR or faults:
            shown = f"{request.method} {request.path[:90]!r} {request.query[:90]!r}"
            error = faults[0].get("exc_info") if faults else None
            failed[f"{answer.status} {error!r:.160} <- {shown} {request.body[:90]!r}"] += 1
    assert not failed, "\n".join(failed)


@pytest.mark.timeout(300)
async def test_no_header_is_a_server_error(api: ApiClient) -> None:
    things = await some_things(api)
    requests = [*await requests_of_operations(api, things), *await requests_of_pages(api, things)]
    await assert_no_server_error(
        api, (with_headers(request, added) for request in requests for added in HEADERS)
    )


@pytest.mark.timeout(300)
async def test_no_method_is_a_server_error(api: ApiClient) -> None:
    things = await some_things(api)
    requests = [*await requests_of_operations(api, things), *await requests_of_pages(api, things)]
    await assert_no_server_error(
        api,
        (replace(one, method=method) for one in requests for method in METHODS),
    )


@pytest.mark.timeout(300)
async def test_no_segment_of_a_path_is_a_server_error(api: ApiClient) -> None:
    things = await some_things(api)
    requests = [*await requests_of_operations(api, things), *await requests_of_pages(api, things)]
    await assert_no_server_error(
        api, (hostile for request in requests for hostile in with_paths(request))
    )


@pytest.mark.timeout(300)
async def test_no_query_is_a_server_error(api: ApiClient) -> None:
    """Of an operation each parameter by itself; of a page all, since it ignores what is wrong."""
    things = await some_things(api)
    pages = [one for one in await requests_of_pages(api, things) if one.method == "GET"]
    operations = zip(await requests_of_operations(api, things), parameters_of(api), strict=True)
    await assert_no_server_error(
        api,
        [
            *(hostile for page in pages for hostile in with_queries(page, [QUERY_NAMES])),
            *(
                hostile
                for request, names in operations
                for hostile in with_queries(request, [[name] for name in names])
            ),
        ],
    )


@pytest.mark.timeout(600)
async def test_no_body_is_a_server_error(api: ApiClient) -> None:
    requests = await requests_of_operations(api, await some_things(api))
    await assert_no_server_error(
        api,
        (
            hostile
            for request, fields in zip(requests, fields_of(api), strict=True)
            if request.body
            for hostile in with_bodies(request, fields)
        ),
    )


@pytest.mark.timeout(600)
async def test_no_form_is_a_server_error(api: ApiClient) -> None:
    requests, routes = await requests_of_pages(api, await some_things(api)), pages_of(api)
    names = await field_names(api, routes, requests)
    assert sum(len(fields) > len(USUAL_FIELDS) for fields in names.values()) >= 35
    forms = [pair for pair in zip(routes, requests, strict=True) if pair[0].method == "POST"]
    await assert_no_server_error(
        api,
        (hostile for route, one in forms for hostile in with_forms(one, sorted(names[route.path]))),
    )


@pytest.mark.timeout(300)
async def test_no_multipart_body_is_a_server_error(api: ApiClient) -> None:
    things = await some_things(api)
    requests = [*await requests_of_operations(api, things), *await requests_of_pages(api, things)]
    writes = [request for request in requests if request.method != "GET"]
    await assert_no_server_error(
        api,
        (
            replace(with_headers(request, ((b"content-type", kind),)), body=body)
            for request in writes
            for kind, body in MULTIPARTS
        ),
    )


@pytest.mark.timeout(300)
async def test_head_of_each_read_is_answered_as_its_get(api: ApiClient) -> None:
    things = await some_things(api)
    requests = [*await requests_of_operations(api, things), *await requests_of_pages(api, things)]
    reads = [request for request in requests if request.method == "GET"]
    assert len(reads) > 30
    for read in reads:
        get, head = await ask_raw(api, read), await ask_raw(api, replace(read, method="HEAD"))
        assert head.status == get.status, read.path
        assert head.headers.keys() == get.headers.keys(), read.path


async def test_every_operation_is_attacked(api: ApiClient) -> None:
    requests = await requests_of_operations(api, await some_things(api))
    assert len(requests) == len(api.root.api.operations)
    (stream,) = (request for request in requests if request.path.endswith(STREAM))
    answer = await ask_raw(api, stream)
    assert (answer.status, answer.headers[b"content-type"]) == (200, b"text/event-stream")
