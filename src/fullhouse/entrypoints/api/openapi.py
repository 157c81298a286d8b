"""The OpenAPI 3.1 document, written from the operations themselves: it cannot lag behind."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from fullhouse.entrypoints.api.booking_access import TokenQuery
from fullhouse.entrypoints.api.problem_schemas import problem_example, problem_type
from fullhouse.entrypoints.api.problems import status_of
from fullhouse.entrypoints.security.errors import WrongOrganisation
from fullhouse.http import errors as http
from fullhouse.http.limits import IDEMPOTENCY_KEY_CHARACTERS_MAX
from fullhouse.http.operations import decoding
from fullhouse.http.operations.operation import Body, Operation, Success
from fullhouse.kernel.errors import (
    DeadlineExceeded,
    FullhouseError,
    IdempotencyKeyReused,
    InvalidInput,
    Overloaded,
)
from fullhouse.people.errors import NotPermitted, NotSignedIn, UnknownOrganisation
from fullhouse.storage.errors import DatabaseUnavailable, OutcomeUnknown

Json = dict[str, object]

PROBLEM: Final = "application/problem+json"
_DESCRIPTION: Final = """\
Book, change and look at places of one business, and set that business up.

- **Reading and booking need no key.** What staff do takes `Authorization: Bearer fh_…`.
- **Every write takes an `Idempotency-Key`.** Repeat a call with the same key and you get its \
first answer, byte for byte, with `Idempotent-Replayed: true` and status 200.
- **What several people edit has an `ETag`.** Send it as `If-Match` with a change, and you get 412 \
`version_conflict` instead of overwriting somebody else's.
- **Errors are `application/problem+json`** with a stable `code`, by which \
further members are known.
- **Instants** carry the offset of the venue; **money** is in minor units.
"""
_PARAMETERS: Final[Mapping[str, Json]] = {
    "org": {
        "description": "The slug of the business.",
        "schema": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 63},
        "example": "bouquet-garden",
    },
    "slug": {
        "description": "The slug of the offering.",
        "schema": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 63},
        "example": "sunflower-mornings",
    },
    "ref": {
        "description": "The booking's reference, as the ticket shows it.",
        "schema": {"type": "string", "pattern": "^[2-9A-HJKMNP-Z]{8}$"},
        "example": "K7QF2M9D",
    },
    "id": {
        "description": "The id that an earlier answer gave.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "01977f6e-8c00-7000-8000-00000000002a",
    },
}
_IDEMPOTENCY_KEY: Final[Json] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Visible ASCII, yours to choose, one for each thing you want done.",
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
_EVERYWHERE: Final[Sequence[type[FullhouseError]]] = (
    UnknownOrganisation,
    InvalidInput,
    http.TooManyRequests,
    http.ResponseTimedOut,
    Overloaded,
    DatabaseUnavailable,
    DeadlineExceeded,
)


def document(operations: Iterable[Operation], *, version: str, server: str) -> bytes:
    """The document as JSON, encoded once."""
    operations = tuple(operations)
    types = _types_of(operations)
    schemas, components = msgspec.json.schema_components(
        types.values(), ref_template="#/components/schemas/{name}"
    )
    schema_of = dict(zip(types, schemas, strict=True))
    paths: defaultdict[str, Json] = defaultdict(dict)
    for operation in operations:
        paths[operation.path][operation.method.lower()] = _operation(operation, schema_of)
    return msgspec.json.encode(
        {
            "openapi": "3.1.0",
            "info": {"title": "Fullhouse", "version": version, "description": _DESCRIPTION},
            "servers": [{"url": server}],
            "tags": [{"name": tag} for tag in dict.fromkeys(o.tag for o in operations)],
            "paths": paths,
            "components": {
                "schemas": components,
                "securitySchemes": {
                    "key": {
                        "type": "http",
                        "scheme": "bearer",
                        "description": "An API key of the business: `fh_…`.",
                    }
                },
            },
        }
    )


def _types_of(operations: Sequence[Operation]) -> dict[str, object]:
    """Every type once, in a stable order; a problem by the name of its error."""
    types: dict[str, object] = {}
    for operation in operations:
        for kind in _all_problems_of(operation):
            if kind.__name__ not in types:
                types[kind.__name__] = problem_type(kind)
        bodies = (operation.body.type,) if operation.body else ()
        for body_type in (*bodies, *(success.type for success in operation.successes)):
            if body_type is not None:
                types[repr(body_type)] = body_type
    return types


def _operation(operation: Operation, schema_of: Mapping[str, Json]) -> Json:
    described: Json = {
        "operationId": operation.name,
        "tags": [operation.tag],
        "summary": operation.summary,
        "description": _description(operation),
        "parameters": _parameters(operation),
        "responses": _responses(operation, schema_of),
        "security": [{}, {"key": []}]
        if operation.is_public or operation.takes_token
        else [{"key": []}],
    }
    if operation.body is not None:
        described["requestBody"] = _body(operation.body, schema_of)
    return described


def _description(operation: Operation) -> str:
    instead = ", or the token of the booking's link" if operation.takes_token else ""
    permission = f"Permission: `{operation.allow}`{instead}."
    return f"{operation.description}\n\n{permission}" if operation.description else permission


def _parameters(operation: Operation) -> list[Json]:
    named = [
        {"name": name, "in": "path", "required": True, **_PARAMETERS[name]}
        for name in operation.path_parameters
    ]
    queries = [operation.query] if operation.query else []
    if operation.takes_token:
        queries.append(TokenQuery)
    headers = [_IDEMPOTENCY_KEY] if operation.writes else []
    if operation.takes_version:
        headers.append(_IF_MATCH)
    return [*named, *(parameter for query in queries for parameter in _query(query)), *headers]


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


def _responses(operation: Operation, schema_of: Mapping[str, Json]) -> Json:
    responses: Json = {
        str(success.status): _success(success, operation, schema_of)
        for success in operation.successes
    }
    by_status: defaultdict[int, list[type[FullhouseError]]] = defaultdict(list)
    for kind in _all_problems_of(operation):
        by_status[status_of(kind)].append(kind)
    for status, kinds in sorted(by_status.items()):
        responses[str(status)] = _problem(status, kinds, schema_of)
    return responses


def _all_problems_of(operation: Operation) -> Iterable[type[FullhouseError]]:
    return dict.fromkeys((*operation.problems, *_problems_of(operation)))


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
        NotSignedIn,
        NotPermitted,
        WrongOrganisation,
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


def _problem(
    status: int, kinds: Sequence[type[FullhouseError]], schema_of: Mapping[str, Json]
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
                "examples": {kind.code: {"value": problem_example(kind)} for kind in kinds},
            }
        },
    }
