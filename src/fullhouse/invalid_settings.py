"""Sentences about invalid settings: which one, and what to write instead; never the value."""

from collections.abc import Container, Mapping
from typing import Final

from pydantic import ValidationError

from fullhouse.kernel.errors import FullhouseError
from fullhouse.settings import PREFIX

_SENTENCES: Final = {
    "int_parsing": "Give a whole number.",
    "int_from_float": "Give a whole number.",
    "int_parsing_size": "Give a smaller number.",
    "float_parsing": "Give a number.",
    "finite_number": "Give a number.",
    "bool_parsing": "Write true or false.",
    "greater_than": "Give a number above {gt:g}.",
    "greater_than_equal": "Give at least {ge}.",
    "less_than_equal": "Give at most {le}.",
    "too_short": "Write at least {min_length} characters.",
    "literal_error": "Write one of {expected}.",
    "enum": "Write one of {expected}.",
}


class InvalidSettings(FullhouseError):
    """Settings are invalid; `detail` has a line for each."""

    code = "invalid_settings"
    message = "The settings are invalid."


def invalid_settings(error: ValidationError, *, options: Container[str]) -> InvalidSettings:
    """A line for each fault. A setting that came as an option has the option's name."""
    faults = error.errors(include_input=False, include_url=False)
    return InvalidSettings(
        "\n".join(
            f"{_name(str(each['loc'][0]), options)}: "
            + _sentence(each["type"], each.get("ctx", {}), default=each["msg"])
            for each in faults
        )
    )


def _name(field: str, options: Container[str]) -> str:
    return f"--{field.replace('_', '-')}" if field in options else f"{PREFIX}{field.upper()}"


def _sentence(kind: str, context: Mapping[str, object], *, default: str) -> str:
    if kind == "value_error":
        return str(context["error"])
    sentence = _SENTENCES.get(kind)
    return f"{default}." if sentence is None else sentence.format(**context)
