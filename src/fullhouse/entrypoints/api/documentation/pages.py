"""`/docs`, the OpenAPI document as Redoc shows it, `/docs/errors`, where errors lead, and runbooks.

Each page is made once, when it is first asked for: most processes end before anybody asks. Nothing
comes from another server, and the policy of these pages alone allows the styles that Redoc writes;
it gets no text that a client wrote.
"""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.resources import files
from typing import Final

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined

from fullhouse.booking.model.urls import OPERATIONS_PATH
from fullhouse.entrypoints.api.documentation.runbook_pages import rendered_runbook, runbooks
from fullhouse.entrypoints.api.field_descriptions import FIELDS
from fullhouse.http.operations.application import ApiApp
from fullhouse.http.operations.problem_schemas import problem_example
from fullhouse.http.operations.problems import ERRORS_PATH, Problems, title_of
from fullhouse.http.request import Request
from fullhouse.http.response import Headers, Response
from fullhouse.http.routing import Route
from fullhouse.kernel.errors import FullhouseError
from fullhouse.observability.alert_texts import RUNBOOKS_PATH

DOCS_PATH: Final = "/docs"
_PACKAGE: Final = "fullhouse.entrypoints.api.documentation"
_MEDIA_TYPES: Final[Mapping[str, bytes]] = {
    "docs.css": b"text/css; charset=utf-8",
    "docs.js": b"text/javascript; charset=utf-8",
    "redoc.js": b"text/javascript; charset=utf-8",
}
_IMMUTABLE: Final = (b"cache-control", b"public, max-age=31536000, immutable")
_GZIP: Final = (b"content-encoding", b"gzip")
_HTML: Final = (
    (b"content-type", b"text/html; charset=utf-8"),
    (b"cache-control", b"no-cache"),
)
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; worker-src blob:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'"
)


class DocumentationApp(ApiApp):
    """The documentation as a section of the site, with a content security policy of its own."""

    headers: Headers = (
        (b"content-security-policy", _POLICY.encode()),
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"cross-origin-opener-policy", b"same-origin"),
    )

    def __init__(self, problems: Problems, *, title: str, document_path: str, icon: str) -> None:
        templates = Environment(
            loader=PackageLoader(_PACKAGE), autoescape=True, undefined=StrictUndefined
        )
        static = {name: _static(name) for name in _MEDIA_TYPES}
        values = {
            "title": title,
            "icon": icon,
            "assets": {name: _versioned(name, one.body) for name, one in static.items()},
            "document_path": document_path,
            "docs_path": DOCS_PATH,
            "errors_path": ERRORS_PATH,
            "runbooks_path": RUNBOOKS_PATH,
            "operations_path": OPERATIONS_PATH,
        }
        page = partial(_html, templates, values)
        routes = [
            _route(DOCS_PATH, lambda: page("docs.html")),
            _route(ERRORS_PATH, lambda: page("errors.html", errors=documented_errors(problems))),
            *(
                _route(path, partial(_runbook_page, page, markdown))
                for path, markdown in runbooks().items()
            ),
            *(_route(f"{DOCS_PATH}/{name}", partial(static.__getitem__, name)) for name in static),
        ]
        self.paths: Final = frozenset(route.path for route in routes)
        super().__init__((), routes, problems)


class DocumentedError(msgspec.Struct, frozen=True, kw_only=True):
    """What the page says of one error."""

    code: str
    status: int
    title: str
    meaning: Sequence[str]
    members: Sequence[tuple[str, str]]
    example: str


def documented_errors(problems: Problems) -> Iterator[DocumentedError]:
    """Every error with a status of its own, by status and code; one for each code."""
    kinds = sorted(problems.status, key=lambda kind: (problems.status_of(kind), kind.code))
    for kind in {kind.code: kind for kind in reversed(kinds)}.values():
        yield _documented(kind, problems)


def _documented(kind: type[FullhouseError], problems: Problems) -> DocumentedError:
    return DocumentedError(
        code=kind.code,
        status=problems.status_of(kind),
        title=title_of(kind.__name__),
        meaning=[" ".join(one.split()) for one in (kind.__doc__ or "").split("\n\n")],
        members=[(name, FIELDS.get(name, "")) for name in kind.attribute_names],
        example=json.dumps(problem_example(kind, problems), indent=2, ensure_ascii=False),
    )


def _html(
    templates: Environment, values: Mapping[str, object], name: str, **more: object
) -> Response:
    return Response(200, templates.get_template(name).render(values, **more).encode(), _HTML)


def _runbook_page(page: Callable[..., Response], markdown: str) -> Response:
    return page("runbook.html", runbook=rendered_runbook(markdown))


def _static(name: str) -> Response:
    """A file of the folder, compressed as browsers take it."""
    folder, packed = files(_PACKAGE).joinpath("static"), f"{name}.gz"
    if folder.joinpath(packed).is_file():
        body = folder.joinpath(packed).read_bytes()
    else:
        body = gzip.compress(folder.joinpath(name).read_bytes(), mtime=0)
    return Response(200, body, ((b"content-type", _MEDIA_TYPES[name]), _GZIP, _IMMUTABLE))


def _versioned(name: str, body: bytes) -> str:
    """The URL of a file, which changes with its content."""
    return f"{DOCS_PATH}/{name}?v={hashlib.blake2b(body, digest_size=5).hexdigest()}"


def _route(path: str, make: Callable[[], Response]) -> Route:
    made = cache(make)

    async def handler(_: Request) -> Response:
        return made()

    return Route("GET", path, handler)
