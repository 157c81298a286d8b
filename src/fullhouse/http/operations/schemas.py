"""JSON Schemas of the OpenAPI document: those of msgspec, with names and texts for readers.

A response struct is called `BookingResponse` in the program, whose domain has a `Booking` of its
own; its schema is `Booking`. A property without a description gets that of its name, and one
without an example gets its value in the example of the whole body.
"""

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from typing import Final

import msgspec

Json = dict[str, object]

_REFERENCE: Final = "#/components/schemas/"
_SUFFIX: Final = "Response"


class Schemas:
    """The schemas of a document, by the name of their types, and the components they refer to."""

    def __init__(self, types: Mapping[str, object], descriptions: Mapping[str, str]) -> None:
        """`descriptions` of properties: by name, or by schema and name, such as `Money.amount`."""
        schemas, components = msgspec.json.schema_components(
            types.values(), ref_template=_REFERENCE + "{name}", schema_hook=_any_json
        )
        self._of = dict(zip(types, map(_renamed, schemas), strict=True))
        self.components = {schema_name(name): _renamed(one) for name, one in components.items()}
        assert len(self.components) == len(components), "two schemas have one name"
        for name, schema in self.components.items():
            for field, one in properties_of(schema).items():
                _lift_texts(one)
                known = descriptions.get(f"{name}.{field}") or descriptions.get(field)
                if known is not None:
                    one.setdefault("description", known)

    def __getitem__(self, name: str) -> Json:
        """The schema of the type that was given by this name."""
        return self._of[name]

    def add_examples(self, name: str, bodies: Iterable[object]) -> None:
        """Show the values of these bodies of a type as examples of its properties."""
        for body in bodies:
            self._add_example(self._of[name], body)

    def _add_example(self, schema: Json, value: object) -> None:
        schema = self._component(schema) or schema
        for option in _list(schema.get("anyOf")):
            component = self._component(option) or option
            if isinstance(value, Mapping | list) and _may_be(component, value):
                self._add_example(component, value)
        match value:
            case Mapping():
                for field, one in properties_of(schema).items():
                    self._add_example(one, value.get(field))
            case [*items] if "items" in schema:
                for item in items:
                    self._add_example(_json(schema["items"]), item)
            case str() | int() | float() if not has_values(schema):
                schema["examples"] = [value]
            case _:
                pass

    def _component(self, schema: Json) -> Json | None:
        reference = schema.get("$ref")
        return self.components[str(reference).removeprefix(_REFERENCE)] if reference else None


def _any_json(kind: type) -> Json:
    """The schema of a value that may be any JSON; raises `TypeError` for what is none."""
    if kind is not object:
        raise TypeError(kind)
    return {"description": "Any JSON."}


def query_parameters(
    kind: type[msgspec.Struct], descriptions: Mapping[str, str]
) -> Sequence[tuple[str, bool, Json]]:
    """The name, whether it is required, and the schema of each parameter of a query's struct.

    A parameter is left out rather than null, so the schema is that of its value; its type is
    simple, so the schema is inline.
    """
    (_,), components = msgspec.json.schema_components((kind,))
    schema = deepcopy(components[kind.__name__])
    required = schema.get("required", ())
    found = []
    for name, field in properties_of(schema).items():
        options = field.get("anyOf")
        value = _json(options[0]) if isinstance(options, list) else field
        value.setdefault("description", descriptions.get(name, ""))
        found.append((name, name in required, value))
    return found


def schema_name(name: str) -> str:
    """The name of a struct in the document."""
    return name.removesuffix(_SUFFIX)


def properties_of(schema: Json) -> dict[str, Json]:
    properties = schema.get("properties", {})
    assert isinstance(properties, dict)
    return properties


def has_values(schema: Json) -> bool:
    """Whether the schema itself shows which values there are."""
    return bool({"examples", "enum", "const"} & schema.keys())


def _may_be(schema: Json, value: object) -> bool:
    """Whether no constant of the schema says that the value is of another one of its union."""
    given = value if isinstance(value, Mapping) else {}
    constants = {name: _list(one.get("enum")) for name, one in properties_of(schema).items()}
    return not any(
        known and name in given and given[name] not in known for name, known in constants.items()
    )


def _lift_texts(schema: Json) -> None:
    """Describe a property that may be null at the property, where viewers look for it."""
    for option in _list(schema.get("anyOf")):
        for name in ("description", "examples"):
            if name in option:
                schema[name] = option.pop(name)


def _renamed(value: object) -> Json:
    renamed = _with_names(value)
    assert isinstance(renamed, dict)
    return renamed


def _with_names(value: object) -> object:
    """The same schema with the names of the document."""
    match value:
        case {"$ref": str(reference), **others}:
            name = schema_name(reference.removeprefix(_REFERENCE))
            return {"$ref": _REFERENCE + name, **_renamed(others)}
        case {"title": str(title), **others} if "type" in others:
            return {"title": schema_name(title), **_renamed(others)}
        case dict():
            return {key: _with_names(one) for key, one in value.items()}
        case list() | tuple():
            return [_with_names(one) for one in value]
        case _:
            return value


def _json(value: object) -> Json:
    assert isinstance(value, dict)
    return value


def _list(value: object) -> Sequence[Json]:
    return value if isinstance(value, list) else ()
