"""The OpenAPI 3.1 document, written from the operations themselves: it cannot lag behind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec

from fullhouse.http import errors as http
from fullhouse.http.limits import IDEMPOTENCY_KEY_CHARACTERS_MAX
from fullhouse.http.operations import decoding
from fullhouse.http.operations.operation import Body, Operation, Success
from fullhouse.http.operations.problem_schemas import problem_example, problem_type
from fullhouse.http.operations.problems import PROBLEM, Problems
from fullhouse.http.request import Request
from fullhouse.http.response import JSON_TYPE, Response
from fullhouse.http.routing import Route
from fullhouse.kernel.errors import (
    DeadlineExceeded,
    FullhouseError,
    IdempotencyKeyReused,
    InvalidInput,
    Overloaded,
)
from fullhouse.storage.errors import DatabaseUnavailable, OutcomeUnknown

Json = dict[str, object]

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
_HEADERS_OF_DOCUMENT: Final = (JSON_TYPE, (b"cache-control", b"no-cache"))
_EVERYWHERE: Final[Sequence[type[FullhouseError]]] = (
    InvalidInput,
    http.TooManyRequests,
    http.ResponseTimedOut,
    Overloaded,
    DatabaseUnavailable,
    DeadlineExceeded,
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
    errors: Sequence[type[FullhouseError]]
    """What may happen to every operation, beside the errors of HTTP itself."""


@dataclass(frozen=True, slots=True)
class OpenApiDocument:
    """Writes the document of an API."""

    api: ApiDescription
    problems: Problems

    def route(self, path: str, operations: Iterable[Operation]) -> Route:
        """Answers the path with the document."""
        response = Response(200, self.encode(operations), _HEADERS_OF_DOCUMENT)

        async def handler(_: Request) -> Response:
            return response

        return Route("GET", path, handler)

    def encode(self, operations: Iterable[Operation]) -> bytes:
        """The document as JSON, encoded once."""
        api, operations = self.api, tuple(operations)
        types = self._types_of(operations)
        schemas, components = msgspec.json.schema_components(
            types.values(), ref_template="#/components/schemas/{name}"
        )
        schema_of = dict(zip(types, schemas, strict=True))
        paths: defaultdict[str, Json] = defaultdict(dict)
        for operation in operations:
            paths[operation.path][operation.method.lower()] = self._operation(operation, schema_of)
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
                    "schemas": components,
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

    def _types_of(self, operations: Sequence[Operation]) -> dict[str, object]:
        """Every type once, in a stable order; a problem by the name of its error."""
        types: dict[str, object] = {}
        for operation in operations:
            for kind in self._all_problems_of(operation):
                if kind.__name__ not in types:
                    types[kind.__name__] = problem_type(kind, self.problems)
            bodies = (operation.body.type,) if operation.body else ()
            for body_type in (*bodies, *(success.type for success in operation.successes)):
                if body_type is not None:
                    types[repr(body_type)] = body_type
        return types

    def _operation(self, operation: Operation, schema_of: Mapping[str, Json]) -> Json:
        described: Json = {
            "operationId": operation.name,
            "tags": [operation.tag],
            "summary": operation.summary,
            "description": self._description(operation),
            "parameters": self._parameters(operation),
            "responses": self._responses(operation, schema_of),
            "security": [{}, {"key": []}]
            if operation.is_public or operation.token is not None
            else [{"key": []}],
        }
        if operation.body is not None:
            described["requestBody"] = _body(operation.body, schema_of)
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
        headers = [_IDEMPOTENCY_KEY] if operation.writes else []
        if operation.takes_version:
            headers.append(_IF_MATCH)
        return [*named, *(parameter for query in queries for parameter in _query(query)), *headers]

    def _responses(self, operation: Operation, schema_of: Mapping[str, Json]) -> Json:
        responses: Json = {
            str(success.status): _success(success, operation, schema_of)
            for success in operation.successes
        }
        by_status: defaultdict[int, list[type[FullhouseError]]] = defaultdict(list)
        for kind in self._all_problems_of(operation):
            by_status[self.problems.status_of(kind)].append(kind)
        for status, kinds in sorted(by_status.items()):
            responses[str(status)] = self._problem(status, kinds, schema_of)
        return responses

    def _all_problems_of(self, operation: Operation) -> Iterable[type[FullhouseError]]:
        return dict.fromkeys((*operation.problems, *self.api.errors, *_problems_of(operation)))

    def _problem(
        self, status: int, kinds: Sequence[type[FullhouseError]], schema_of: Mapping[str, Json]
    ) -> Json:
        description = " ".join(
            f"`{kind.code}`: {(kind.__doc__ or '').splitlines()[0]}" for kind in kinds
        )
        schemas = [schema_of[kind.__name__] for kind in kinds]
        retried = status in (429, 503)
        return {
            "description": description,
            "headers": {
                name: _HEADERS[name] for name in ("X-Request-ID", *(("Retry-After",) * retried))
            },
            "content": {
                PROBLEM: {
                    "schema": schemas[0] if len(schemas) == 1 else {"oneOf": schemas},
                    "examples": {
                        kind.code: {"value": problem_example(kind, self.problems)} for kind in kinds
                    },
                }
            },
        }


def _query(kind: type[msgspec.Struct]) -> list[Json]:
    """The parameters of a query's struct; its types are simple, so their schemas are inline."""
    (_,), components = msgspec.json.schema_components((kind,))
    schema = components[kind.__name__]
    required = schema.get("required", ())
    return [
        {"name": name, "in": "query", "required": name in required, **_query_field(field)}
        for name, field in schema["properties"].items()
    ]


def _query_field(field: Json) -> Json:
    """A parameter is left out rather than null: the schema is that of its value."""
    options = field.get("anyOf")
    value = options[0] if isinstance(options, list) else field
    match value.pop("examples", None):
        case [example, *_]:
            shown = {"example": example}
        case _:
            shown = {}
    return {"description": value.pop("description", ""), "schema": value, **shown}


def _body(body: Body, schema_of: Mapping[str, Json]) -> Json:
    return {
        "required": True,
        "content": {
            body.media_type: {
                "schema": schema_of[repr(body.type)],
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
        decoding.WrongMediaType,
    )
    written = (http.CrossSiteRequest, IdempotencyKeyReused, OutcomeUnknown)
    return (
        *_EVERYWHERE,
        *(read if operation.body else ()),
        *(written if operation.writes else ()),
    )


def _success(success: Success, operation: Operation, schema_of: Mapping[str, Json]) -> Json:
    names = ["X-Request-ID", "RateLimit-Remaining"]
    if operation.writes and success.status in (200, 204):
        names.append("Idempotent-Replayed")
    names += success.headers
    described: Json = {
        "description": success.description,
        "headers": {name: _HEADERS[name] for name in names},
    }
    if success.type is not None:
        content: Json = {"schema": schema_of[repr(success.type)]}
        example = getattr(success.type, "example", None)
        if example is not None:
            content["example"] = example
        described["content"] = {success.media_type: content}
    return described
