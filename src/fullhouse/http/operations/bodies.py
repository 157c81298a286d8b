"""Bases of the structs that bodies are decoded into and encoded from."""

from collections.abc import Mapping
from functools import cache
from typing import ClassVar, Generic, TypeVar, get_type_hints

import msgspec

T = TypeVar("T", bound=msgspec.Struct)


class ResponseBody(msgspec.Struct, frozen=True):
    """Base of response bodies."""

    example: ClassVar[Mapping[str, object]] = {}
    """A body as it is sent; the OpenAPI document shows it."""


class VersionedBody(ResponseBody, frozen=True, kw_only=True):
    """A thing that several people edit: `version` grows with each change and is its `ETag`."""

    version: int


class RequestBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Base of request bodies. Unknown fields are refused: a misspelt one would be ignored."""

    examples: ClassVar[Mapping[str, object]] = {}
    """Bodies that are valid, by a name; the OpenAPI document shows them, the tests send them."""


class Patch(msgspec.Struct, Generic[T], frozen=True):
    """The fields of a request that are to change; those left out stay (RFC 7396)."""

    changes: Mapping[str, object]

    def apply_to(self, current: T) -> T:
        return msgspec.structs.replace(current, **self.changes)


@cache
def patch_struct(kind: type[msgspec.Struct]) -> type[msgspec.Struct]:
    """A struct with the fields of `kind`, each of which may be left out."""
    hints = get_type_hints(kind, include_extras=True)
    return msgspec.defstruct(
        kind.__name__.removesuffix("Request") + "Patch",
        [(name, hints[name] | msgspec.UnsetType, msgspec.UNSET) for name in kind.__struct_fields__],
        namespace={"__doc__": f"Fields to change; a field left out stays. See `{kind.__name__}`."},
        frozen=True,
        forbid_unknown_fields=True,
    )


def patch_of(fields: msgspec.Struct) -> Patch[msgspec.Struct]:
    """The patch that a decoded `patch_struct` describes."""
    values = {name: getattr(fields, name) for name in fields.__struct_fields__}
    return Patch({name: value for name, value in values.items() if value is not msgspec.UNSET})
