"""Fields of a form from the annotations of a request struct: parsed one by one, with own problems.

`msgspec` stops at the first wrong field of a struct; a form shows every problem at once.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import time
from functools import cache
from types import MappingProxyType
from typing import Final, Generic, TypeVar, get_args, get_type_hints

import msgspec
from msgspec import inspect

from fullhouse.booking.limits import PRICE_CATEGORIES_MAX
from fullhouse.booking.model.price_categories import PriceCategory
from fullhouse.booking.model.price_category_form import category_lines, read_category_lines
from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.entrypoints.web.views import Choice, Field, FieldGroup
from fullhouse.kernel.money import Money
from fullhouse.localisation.amounts import currency_name, money_text, parse_money
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import Translations, gettext_noop
from fullhouse.messages.facts import Fact
from fullhouse.scheduling.model.wall_text import read_time

Fields = TypeVar("Fields", bound=msgspec.Struct)

CHECKED: Final = "yes"
CHOOSE_ONE: Final = gettext_noop("Choose one of these.")
_INPUT_KINDS: Final = {
    inspect.BoolType: "checkbox",
    inspect.IntType: "number",
    inspect.DateType: "date",
    inspect.TimeType: "time",
}
_EXAMPLE_AMOUNT: Final = 1250


class Parsed(msgspec.Struct, Generic[Fields], frozen=True):
    """A form as typed: the texts and problems by field, and the struct when there are none."""

    texts: Mapping[str, str]
    problems: Mapping[str, str]
    value: Fields | None


class FormParser(msgspec.Struct, Generic[Fields], frozen=True):
    """Parses and shows the fields of a form in one language, with money in one currency.

    A field `texts.de.name` is that of the struct in the mapping `texts` under `de`.
    """

    struct: type[Fields]
    groups_of_fields: Mapping[str, tuple[FormField, ...]]
    translations: Translations
    currency: str
    choices: Mapping[str, Sequence[Choice]]
    picture_href: Callable[[str], str] = lambda _name: ""
    """The address of a picture, by its name."""
    folded: Mapping[str, tuple[FormField, ...]] = MappingProxyType({})

    def parse(
        self, typed: Mapping[str, str], *, stored: Fields | None, copy: Fields | None = None
    ) -> Parsed[Fields]:
        """Parse every field; what the form does not have is as stored, or as in the `copy`."""
        texts = {one.name: self._typed(one, typed) for one in self._fields(stored)}
        problems: dict[str, str] = {}
        before = stored or copy
        values: dict[str, object] = msgspec.structs.asdict(before) if before else {}
        for one in self._fields(stored):
            try:
                _put(values, one.name, self._value(one, texts[one.name]))
            except ValueError:
                problems[one.name] = self._problem(one, texts[one.name])
        value = None if problems else msgspec.convert(values, self.struct)
        return Parsed(texts, problems, value)

    def _typed(self, one: FormField, typed: Mapping[str, str]) -> str:
        """What was typed; of check boxes the values that are ticked, with commas."""
        if one.kind != "checkboxes":
            return typed.get(one.name, "").strip()
        values = (choice.value for choice in self._choices(one))
        return ",".join(value for value in values if f"{one.name}.{value}" in typed)

    def texts(self, value: Fields) -> dict[str, str]:
        """The texts of a stored value, as a form shows them."""
        return {one.name: self._text(one, _get(value, one.name)) for one in self._fields(None)}

    def text(self, name: str, value: object) -> str:
        """The text of a value of one field."""
        return next(self._text(one, value) for one in self._fields(None) if one.name == name)

    def groups(
        self,
        parsed: Parsed[Fields],
        *,
        stored: Fields | None,
        conflict: bool,
        sentences: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
    ) -> tuple[FieldGroup, ...]:
        """The fields for the template; in a conflict with the stored text where it differs."""
        now = self.texts(stored) if stored is not None and conflict else {}
        shown = {one.name for one in self._fields(stored)}
        _ = self.translations.gettext
        return tuple(
            FieldGroup(
                _(legend) if legend else "",
                tuple(self._view(one, parsed, now) for one in fields if one.name in shown),
                sentences.get(legend, ()),
                folds=legend in self.folded,
            )
            for legend, fields in {**self.groups_of_fields, **self.folded}.items()
        )

    @property
    def pictures(self) -> tuple[str, ...]:
        """The names of the fields that are pictures."""
        return tuple(one.name for one in self._fields(None) if one.kind == "picture")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields."""
        return tuple(one.name for one in self._fields(None))

    def refusal(self, name: str) -> str:
        """The problem of a field whose value the action refuses."""
        refused = next(one.refused for one in self._fields(None) if one.name == name)
        return self.translations.gettext(refused or _UNFIT)

    def facts(self, value: Fields, formatter: LocaleFormatter) -> tuple[Fact, ...]:
        """The fields of a stored value with their labels, for a detail page."""
        _ = self.translations.gettext
        return tuple(
            Fact(
                _(one.label),
                self._fact(one, getattr(value, one.name), formatter),
                self._href(one, getattr(value, one.name)),
            )
            for group in self.groups_of_fields.values()
            for one in group
        ) + tuple(
            Fact(f"{_(one.label)} ({legend})", text)
            for legend, group in self.folded.items()
            for one in group
            if (text := self._text(one, _get(value, one.name)))
        )

    def _href(self, one: FormField, value: object) -> str:
        return self.picture_href(self._text(one, value)) if one.kind == "picture" else ""

    def _fact(self, one: FormField, value: object, formatter: LocaleFormatter) -> str:
        text = self._text(one, value)
        _ = self.translations.gettext
        if isinstance(value, bool):
            return _("Yes") if value else _("No")
        if one.fact is not None and isinstance(value, int):
            return one.fact(value, formatter)
        if one.kind == "picture":
            return _("Show the picture") if text else "\N{EN DASH}"
        if one.kind == "money" and isinstance(value, int):
            return formatter.money(Money(value, self.currency))
        if one.kind == "prices":
            text = text.replace("\n", " · ")
        named = next((choice.text for choice in self._choices(one) if choice.value == text), text)
        return f"{named} {_(one.unit)}" if one.unit else named or "\N{EN DASH}"

    def _unit(self, one: FormField) -> str:
        if one.kind == "money":
            return currency_name(self.currency, self.translations.locale)
        return self.translations.gettext(one.unit) if one.unit else ""

    def _choices(self, one: FormField) -> list[Choice]:
        _ = self.translations.gettext
        return [*self.choices.get(one.name, ()), *(Choice(v, _(t)) for v, t in one.choices)]

    def _fields(self, stored: Fields | None) -> list[FormField]:
        groups = (*self.groups_of_fields.values(), *self.folded.values())
        fields = (one for group in groups for one in group)
        return [one for one in fields if stored is None or not one.only_new]

    def _value(self, one: FormField, text: str) -> object:
        """Raises `ValueError`, of which `msgspec.ValidationError` is one."""
        hint = _type_hint(self.struct, one.name)
        kind = _required(inspect.type_info(hint))
        value: object = text.replace("\r\n", "\n")
        if isinstance(kind, inspect.BoolType):
            return text == CHECKED
        if not text and _is_optional(inspect.type_info(hint)):
            return None
        if one.kind == "money":
            value = parse_money(text, self.currency, self.translations.locale).amount
        elif one.kind == "prices":
            lines = read_category_lines(text, self.currency, self.translations)
            value = msgspec.to_builtins(lines)
        elif one.kind == "checkboxes":
            value = text.split(",") if text else []
        elif isinstance(kind, inspect.FloatType):
            value = text.replace(",", ".")
        elif isinstance(kind, inspect.TimeType):
            return read_time(text)
        return msgspec.convert(value, hint, strict=False)

    def _text(self, one: FormField, value: object) -> str:
        if one.kind in _AMOUNTS:
            return self._amounts_text(value)
        if isinstance(value, bool):
            return CHECKED if value else ""
        if isinstance(value, tuple):
            return ",".join(map(str, value))
        if isinstance(value, time):
            return value.isoformat(timespec="minutes")
        return "" if value is None else str(value)

    def _amounts_text(self, value: object) -> str:
        """An amount, or a line for each price category."""
        locale = self.translations.locale
        if isinstance(value, int):
            return money_text(Money(value, self.currency), locale)
        categories = msgspec.convert(value or (), tuple[PriceCategory, ...], from_attributes=True)
        return "\n".join(category_lines(categories, self.currency, self.translations))

    def _amounts_problem(self, one: FormField) -> str:
        _ = self.translations.gettext
        amount = Money(_EXAMPLE_AMOUNT, self.currency)
        example = money_text(amount, self.translations.locale)
        if one.kind == "money":
            return _("Enter an amount like %(example)s.", example=example)
        return _(
            "Enter at most %(n)s lines, each with a name and a price, for example: Adult: "
            "%(example)s",
            n=PRICE_CATEGORIES_MAX,
            example=example,
        )

    def _problem(self, one: FormField, text: str) -> str:
        _, ngettext = self.translations.gettext, self.translations.ngettext
        match self._kind(one):
            case _kind if not text:
                problem = _("Fill this in.")
            case _ if one.kind in _AMOUNTS:
                problem = self._amounts_problem(one)
            case inspect.IntType(ge=low, le=high) | inspect.FloatType(ge=low, le=high):
                problem = _("Enter a number from %(low)s to %(high)s.", low=low, high=high)
            case inspect.StrType(max_length=int(n)) if len(text) > n:
                problem = ngettext(
                    "Use at most %(n)s character.", "Use at most %(n)s characters.", n
                )
            case inspect.StrType():
                problem = _("Some of these characters cannot be used here.")
            case inspect.DateType():
                problem = _("Enter a day.")
            case inspect.TimeType():
                problem = _("Enter a time like 10:30.")
            case _:
                problem = _(CHOOSE_ONE)
        return problem

    def _kind(self, one: FormField) -> inspect.Type:
        hint = _type_hint(self.struct, one.name)
        return _required(inspect.type_info(hint))

    def _is_optional(self, one: FormField, kind: inspect.Type) -> bool:
        if isinstance(kind, inspect.DateType | inspect.TimeType):
            return _is_optional(inspect.type_info(_type_hints(self.struct)[one.name]))
        return not isinstance(kind, inspect.IntType) and not _is_needed(kind)

    def _input_kind(self, one: FormField, kind: inspect.Type) -> str:
        if self._choices(one):
            return "select"
        if one.kind == "prices":
            return "textarea"
        return one.kind or _INPUT_KINDS.get(type(kind), "text")

    def _view(self, one: FormField, parsed: Parsed[Fields], stored: Mapping[str, str]) -> Field:
        _ = self.translations.gettext
        text, kind = parsed.texts.get(one.name, ""), self._kind(one)
        choices = self._choices(one)
        chosen = text.split(",") if one.kind == "checkboxes" else [text]
        differs = one.name in stored and stored[one.name] != text
        now = stored.get(one.name, "")
        return Field(
            name=one.name,
            label=f"{_(one.label)} ({self.currency})" if one.kind == "money" else _(one.label),
            value=text,
            hint=_(one.hint) if one.hint else "",
            problem=parsed.problems.get(one.name, ""),
            unit=self._unit(one),
            kind=one.kind if one.kind in _CHOSEN else self._input_kind(one, kind),
            autocomplete=one.autocomplete,
            optional=self._is_optional(one, kind) and not choices,
            choices=tuple(Choice(c.value, c.text, c.value in chosen) for c in choices),
            stored=_("Stored now: %(value)s", value=self._stored(one, now)) if differs else "",
            picture=self._href(one, text),
        )

    def _stored(self, one: FormField, text: str) -> str:
        """The stored value in words, for who has typed another one."""
        if one.kind == "picture" and text:
            return self.translations.gettext("another picture")
        names = {choice.value: choice.text for choice in self._choices(one)}
        return names.get(text, text) or "\N{EN DASH}"


_AMOUNTS: Final = frozenset({"money", "prices"})
_CHOSEN: Final = frozenset({"radio", "checkboxes"})
_UNFIT: Final = gettext_noop("This does not fit the other fields.")


@cache
def _type_hints(struct: type[msgspec.Struct]) -> Mapping[str, type[object]]:
    return get_type_hints(struct, include_extras=True)


def _type_hint(struct: type[msgspec.Struct], name: str) -> object:
    """The type of a field, also of one that is nested: `texts.de.name`."""
    first, *nested = name.split(".")
    hint = _type_hints(struct)[first]
    return _type_hints(get_args(hint)[-1])[nested[-1]] if nested else hint


def _get(value: msgspec.Struct, name: str) -> object:
    """The value of a field; None for one of a mapping that has not its key."""
    first, *nested = name.split(".")
    found: object = getattr(value, first)
    if not nested:
        return found
    assert isinstance(found, Mapping), name
    return getattr(found.get(nested[0]), nested[1], None)


def _put(values: dict[str, object], name: str, value: object) -> None:
    """Set a field in the values of a struct, as `msgspec.convert` reads them."""
    first, *nested = name.split(".")
    if not nested:
        values[first] = value
        return
    key, field = nested
    before = values.get(first) or {}
    assert isinstance(before, Mapping), name
    inner = msgspec.to_builtins(before.get(key) or {})
    values[first] = {**before, key: {**inner, field: value}}


def _required(kind: inspect.Type) -> inspect.Type:
    """The type of an optional field when it is filled in."""
    if isinstance(kind, inspect.UnionType):
        kind = next(one for one in kind.types if not isinstance(one, inspect.NoneType))
    return kind.type if isinstance(kind, inspect.Metadata) else kind


def _is_optional(kind: inspect.Type) -> bool:
    return isinstance(kind, inspect.UnionType) and kind.includes_none


def _is_needed(kind: inspect.Type) -> bool:
    if isinstance(kind, inspect.DateType | inspect.TimeType):
        return True
    return isinstance(kind, inspect.StrType) and bool(kind.min_length)
