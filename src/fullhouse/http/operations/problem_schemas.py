"""What the OpenAPI document says of an error: a schema from its attributes, and an example."""

from dataclasses import MISSING, fields
from types import NoneType, UnionType
from typing import Annotated, Literal, Union, get_args, get_origin, get_type_hints

import msgspec

from fullhouse.http.operations.problems import Problems
from fullhouse.kernel.errors import FullhouseError, InvalidInput

_TypeReference = Annotated[str, msgspec.Meta(extra_json_schema={"format": "uri-reference"})]


_HTTP_STATUS = msgspec.Meta(description="The HTTP status.")


class InvalidField(msgspec.Struct, frozen=True):
    """A value of the request that is invalid."""

    field: str
    message: str


def problem_type(kind: type[FullhouseError], problems: Problems) -> type[msgspec.Struct]:
    """A struct with the members of the error's problem; `code` tells one from another."""
    hints = get_type_hints(kind, include_extras=True)
    attributes = [one for one in fields(kind) if one.name not in ("detail", "field")]
    members: list[tuple[str, object] | tuple[str, object, object]] = [
        ("type", _TypeReference),
        ("title", str),
        ("status", Annotated[Literal[problems.status_of(kind)], _HTTP_STATUS]),
        ("code", Literal[kind.code]),
        ("detail", str),
        *([("errors", tuple[InvalidField, ...])] if issubclass(kind, InvalidInput) else []),
        *(
            (one.name, hints[one.name])
            if one.default is MISSING
            else (one.name, _or_unset(hints[one.name]), msgspec.UNSET)
            for one in attributes
        ),
    ]
    return msgspec.defstruct(
        f"{kind.__name__}Problem",
        members,
        namespace={"__doc__": kind.__doc__},
        kw_only=True,
        frozen=True,
    )


def problem_example(kind: type[FullhouseError], problems: Problems) -> object:
    """A body as it would be sent."""
    error = problems.examples.get(kind) or kind()
    return msgspec.json.decode(problems.response(error).body)


def _or_unset(hint: object) -> object:
    """The type of an attribute that is left out rather than null."""
    options = get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
    known = tuple(one for one in options if one is not NoneType)
    return Union[(*known, msgspec.UnsetType)]
