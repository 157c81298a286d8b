"""The OpenAPI 3.1 document, written from the operations themselves: it cannot lag behind."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from fullhouse.http import errors as http
from fullhouse.http.compression import GZIP, VARY, accepts_gzip, compressed
from fullhouse.http.limits import IDEMPOTENCY_KEY_CHARACTERS_MAX
from fullhouse.http.operations import decoding
from fullhouse.http.operations.operation import Body, Operation, Success
from fullhouse.http.operations.problem_schemas import problem_example, problem_type
from fullhouse.http.operations.problems import PROBLEM, Problems
from fullhouse.http.operations.schemas import Json, Schemas, query_parameters
from fullhouse.http.request import Request
from fullhouse.http.response import JSON_TYPE, Response
from fullhouse.http.routing import Route
from fullhouse.kernel.errors import (
    DeadlineExceeded,
    FullhouseError,
    IdempotencyKeyReused,
    InvalidInput,
    Overloaded,
    ServiceUnavailable,
)
from fullhouse.storage.errors import DatabaseUnavailable, OutcomeUnknown

_IDEMPOTENCY_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Visible ASCII, one for each thing you want done: best a random UUID.",
    "schema": {
        "type": "string",
        "pattern": f"^[!-~]{{1,{IDEMPOTENCY_KEY_CHARACTERS_MAX}}}$",
    },
    "example": "order-4711",
}
_IF_MATCH: Final[Json] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The `ETag` that you have read: 412 when somebody has changed it since.",
    "schema": {"type": "string", "pattern": '^("[0-9]{1,9}"|\\*)$'},
    "example": '"3"',
}
_HEADERS: Final[Mapping[str, Json]] = {
    "X-Request-ID": {
        "description": "The id of this request in our logs; yours when you sent a UUID.",
        "schema": {"type": "string", "format": "uuid"},
    },
    "RateLimit-Remaining": {
        "description": "How many more calls would pass right now.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "Idempotent-Replayed": {
        "description": "`true`: this is the answer that the key had before.",
        "schema": {"type": "string", "const": "true"},
    },
    "Retry-After": {
        "description": "Seconds to wait before trying again.",
        "schema": {"type": "integer", "minimum": 0},
    },
    "ETag": {
        "description": "Names this state: send it as `If-Match` with a change that takes it, "
        "or as `If-None-Match` where 304 is a response.",
        "schema": {"type": "string"},
    },
}
_HEADERS_OF_DOCUMENT: Final = (JSON_TYPE, (b"cache-control", b"no-cache"), VARY)
_EVERYWHERE: Final[Sequence[type[FullhouseError]]] = (
    InvalidInput,
    http.TooManyRequests,
    http.ResponseTimedOut,
    Overloaded,
    DatabaseUnavailable,
    DeadlineExceeded,
    ServiceUnavailable,
)


class ApiDescription(msgspec.Struct, frozen=True, kw_only=True):
    """What an application says of its API beside its operations."""

    title: str
    version: str
    server: str
    description: str
    key: str
    """Describes the key that a caller sends as a bearer token."""
    instead_of_permission: str
    """What the operations with a `token` take instead of their permission."""
    parameters: Mapping[str, Json]
    """Of a path, by name."""
    fields: Mapping[str, str]
    """Descriptions of properties and of parameters of queries; see `Schemas`."""
    errors: Sequence[type[FullhouseError]]
    """What may happen to every operation of an organisation, beside the errors of HTTP itself."""
    errors_of_accounts: Sequence[type[FullhouseError]]
    """The same for operations that concern no organisation."""


@dataclass(frozen=True, slots=True)
class OpenApiDocument:
    """Writes the document of an API."""

    api: ApiDescription
    problems: Problems

    def route(self, path: str, operations: Sequence[Operation]) -> Route:
        """Answers the path with the document, which is encoded when it is first asked for."""
        encoding, responses = asyncio.Lock(), list[Response]()

        async def handler(request: Request) -> Response:
            async with encoding:
                if not responses:
                    # A tenth of a second: beside the event loop
                    responses.extend(await asyncio.to_thread(self._documents, operations))
            plain, packed = responses
            return packed if accepts_gzip(request) else plain

        return Route("GET", path, handler)

    def _documents(self, operations: Sequence[Operation]) -> tuple[Response, Response]:
        """As it is, more than a megabyte, and compressed."""
        encoded, headers = self.encode(operations), _HEADERS_OF_DOCUMENT
        packed = Response(200, compressed(encoded), (*headers, GZIP))
        return Response(200, encoded, headers), packed

    def encode(self, operations: Sequence[Operation]) -> bytes:
        """The document as JSON, encoded once."""
        api = self.api
        schemas = self._schemas_of(operations)
        paths: defaultdict[str, Json] = defaultdict(dict)
        for operation in operations:
            paths[operation.path][operation.method.lower()] = self._operation(operation, schemas)
        return msgspec.json.encode(
            {
                "openapi": "3.1.0",
                "info": {
                    "title": api.title,
                    "version": api.version,
                    "description": api.description,
                },
                "servers": [{"url": api.server}],
                "tags": [{"name": tag} for tag in dict.fromkeys(o.tag for o in operations)],
                "paths": paths,
                "components": {
                    "schemas": schemas.components,
                    "securitySchemes": {
                        "key": {
                            "type": "http",
                            "scheme": "bearer",
                            "description": api.key,
                        }
                    },
                },
            }
        )

    def _schemas_of(self, operations: Sequence[Operation]) -> Schemas:
        """Those of every type, in a stable order; of a problem by the name of its error."""
        types: dict[str, object] = {}
        examples: dict[str, Sequence[object]] = {}
        for operation in operations:
            for kind in self._all_problems_of(operation):
                if kind.__name__ not in types:
                    types[kind.__name__] = problem_type(kind, self.problems)
                    examples[kind.__name__] = (problem_example(kind, self.problems),)
            if operation.body is not None:
                types[repr(operation.body.type)] = operation.body.type
                examples[repr(operation.body.type)] = tuple(operation.body.examples.values())
            for success in operation.successes:
                if success.type is not None:
                    types[repr(success.type)] = success.type
                    examples[repr(success.type)] = _examples_of(success)
        schemas = Schemas(types, self.api.fields)
        for name, bodies in examples.items():
            schemas.add_examples(name, bodies)
        return schemas

    def _operation(self, operation: Operation, schemas: Schemas) -> Json:
        described: Json = {
            "operationId": operation.name,
            "tags": [operation.tag],
            "summary": operation.summary,
            "description": self._description(operation),
            "parameters": self._parameters(operation),
            "responses": self._responses(operation, schemas),
            "security": [{}, {"key": []}]
            if operation.is_public or operation.token is not None
            else [{"key": []}],
        }
        if operation.body is not None:
            described["requestBody"] = _body(operation.body, schemas)
        return described

    def _description(self, operation: Operation) -> str:
        instead = f", or {self.api.instead_of_permission}" if operation.token is not None else ""
        permission = f"Permission: `{operation.allow}`{instead}."
        return f"{operation.description}\n\n{permission}" if operation.description else permission

    def _parameters(self, operation: Operation) -> list[Json]:
        named = [
            {"name": name, "in": "path", "required": True, **self.api.parameters[name]}
            for name in operation.path_parameters
        ]
        queries = [operation.query] if operation.query else []
        if operation.token is not None:
            queries.append(operation.token)
        headers = [_IDEMPOTENCY_KEY] if operation.takes_key else []
        if operation.takes_version:
            headers.append(_IF_MATCH)
        fields = self.api.fields
        return [*named, *(field for query in queries for field in _query(query, fields)), *headers]

    def _responses(self, operation: Operation, schemas: Schemas) -> Json:
        responses: Json = {
            str(success.status): _success(success, operation, schemas)
            for success in operation.successes
        }
        by_status: defaultdict[int, list[type[FullhouseError]]] = defaultdict(list)
        for kind in self._all_problems_of(operation):
            by_status[self.problems.status_of(kind)].append(kind)
        for status, kinds in sorted(by_status.items()):
            responses[str(status)] = self._problem(status, kinds, schemas)
        return responses

    def _all_problems_of(self, operation: Operation) -> Iterable[type[FullhouseError]]:
        common = self.api.errors if operation.has_organisation else self.api.errors_of_accounts
        return dict.fromkeys((*operation.problems, *common, *_problems_of(operation)))

    def _problem(
        self, status: int, kinds: Sequence[type[FullhouseError]], schemas: Schemas
    ) -> Json:
        description = " ".join(
            f"`{kind.code}`: {(kind.__doc__ or '').splitlines()[0]}" for kind in kinds
        )
        options = [schemas[kind.__name__] for kind in kinds]
        retried = status in (429, 503)
        return {
            "description": description,
            "headers": {
                name: _HEADERS[name] for name in ("X-Request-ID", *(("Retry-After",) * retried))
            },
            "content": {
                PROBLEM: {
                    "schema": options[0] if len(options) == 1 else {"oneOf": options},
                    "examples": {
                        kind.code: {"value": problem_example(kind, self.problems)} for kind in kinds
                    },
                }
            },
        }


def _query(kind: type[msgspec.Struct], descriptions: Mapping[str, str]) -> list[Json]:
    """The parameters of a query's struct."""
    return [
        {"name": name, "in": "query", "required": is_required, **_query_field(schema)}
        for name, is_required, schema in query_parameters(kind, descriptions)
    ]


def _query_field(schema: Json) -> Json:
    match schema.pop("examples", None):
        case [example, *_]:
            shown = {"example": example}
        case _:
            shown = {}
    return {"description": schema.pop("description"), "schema": schema, **shown}


def _body(body: Body, schemas: Schemas) -> Json:
    return {
        "required": True,
        "content": {
            body.media_type: {
                "schema": schemas[repr(body.type)],
                "examples": {name: {"value": value} for name, value in body.examples.items()},
            }
        },
    }


def _problems_of(operation: Operation) -> Sequence[type[FullhouseError]]:
    """What may happen to any operation of its sort."""
    read = (
        decoding.BodyNotJson,
        http.RequestTimedOut,
        http.BodyTooLarge,
        http.WrongMediaType,
    )
    keyed = (IdempotencyKeyReused,) if operation.takes_key else ()
    written = (http.CrossSiteRequest, *keyed, OutcomeUnknown)
    return (
        *_EVERYWHERE,
        *((decoding.QueryTooLong,) if operation.query or operation.token else ()),
        *(read if operation.body else ()),
        *(written if operation.writes else ()),
    )


def _success(success: Success, operation: Operation, schemas: Schemas) -> Json:
    names = ["X-Request-ID", "RateLimit-Remaining"]
    if operation.takes_key and success.status in (200, 204):
        names.append("Idempotent-Replayed")
    names += success.headers
    described: Json = {
        "description": success.description,
        "headers": {name: _HEADERS[name] for name in names},
    }
    if success.type is not None:
        content: Json = {"schema": schemas[repr(success.type)]}
        for example in _examples_of(success):
            content["example"] = example
        described["content"] = {success.media_type: content}
    return described


def _examples_of(success: Success) -> Sequence[object]:
    example = getattr(success.type, "example", None)
    return () if example is None else (example,)
