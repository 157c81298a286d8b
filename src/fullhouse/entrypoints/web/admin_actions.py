"""Actions on rows of admin pages, declared beside the function that runs them.

An action runs at once, or asks for the fields of a form first: on one row, or on many of the list.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, Literal, TypeVar

import msgspec

from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice, FieldGroup
from fullhouse.kernel.context import Permission
from fullhouse.kernel.errors import FullhouseError, VersionConflict
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.storage.database import Session
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

Row = TypeVar("Row")
Fields = TypeVar("Fields", bound=msgspec.Struct)
RunAction = Callable[[PageContext, Sequence[str]], Awaitable[Sequence[str]]]
"""Acts on rows by their keys; a reason for each that it refused."""
ReadChoices = Callable[[Session, PageContext], Awaitable[Sequence[Choice]]]


class FormField(msgspec.Struct, frozen=True):
    """A field of a form by the name of the struct's field, from whose type its kind follows."""

    name: str
    label: str
    hint: str = ""
    refused: str = ""
    """The problem when the action refuses a value that the type admits."""
    choices: tuple[tuple[str, str], ...] = ()
    kind: Literal[
        "", "money", "textarea", "email", "tel", "radio", "checkboxes", "picture", "prices"
    ] = ""
    unit: str = ""
    """Follows the value: `minutes`."""
    fact: Callable[[int, LocaleFormatter], str] | None = None
    """How a detail page says a number, where the number and its unit are no plain words."""
    only_new: bool = False
    autocomplete: str = ""


class FieldProblems(Exception):
    """What is wrong with fields of a form, as translated sentences by the names of the fields."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("Fields of a form are wrong.")
        self.problems = problems


class ActionRefused(Exception):
    """Why an action was refused for a row, as a translated sentence."""

    def __init__(self, reason: str) -> None:
        super().__init__("An action was refused.")
        self.reason = reason


class ActionInput(msgspec.Struct, Generic[Fields], frozen=True):
    """The rows that an action is about, and the fields of its form.

    `version` is that of the stored values when the form was opened; None for many rows.
    """

    keys: Sequence[str]
    fields: Fields
    version: int | None = None


class StoredFields(msgspec.Struct, Generic[Fields], frozen=True):
    """The values that the form of one row opens with, and the version that two editors share."""

    fields: Fields
    version: int = 0


class AskedFields(msgspec.Struct, frozen=True):
    """The fields that a form asks of one row, with the stored values; `lead` stands above them."""

    groups: tuple[FieldGroup, ...]
    version: int = 0
    lead: str = ""


class TypedFields(msgspec.Struct, frozen=True):
    """What was typed into the fields of a form that depend on its row, by their names."""

    values: Mapping[str, str] = msgspec.field(default_factory=dict)


class ActionForm(msgspec.Struct, Generic[Row], frozen=True, kw_only=True):
    """The form of an action; make it with `action_form`, which knows the type of its fields."""

    struct: type[msgspec.Struct]
    fields: tuple[FormField, ...]
    lead: str = ""
    """A sentence above the fields."""
    stored: Callable[[PageContext, Row], Awaitable[StoredFields[msgspec.Struct]]] | None = None
    asks: Callable[[PageContext, Row], Awaitable[AskedFields]] | None = None
    """The fields, where they depend on the row: then the struct is `TypedFields`."""
    removes_row: bool = False
    """Afterwards comes the list: the row has no page any more."""
    run: Callable[[PageContext, ActionInput[msgspec.Struct]], Awaitable[Sequence[str]]]
    """Returns a reason for each key that it refused; raises `FieldProblems`, `VersionConflict`."""


class Action(msgspec.Struct, Generic[Row], frozen=True):
    """An action on the selected rows of the list, or on the row of a detail page."""

    name: str
    label: str
    run: RunAction | None
    """None for an action with a form."""
    allow: Permission
    done: tuple[str, str] | None = None
    """Singular and plural of the note afterwards, with `%(n)s`; without it not on the list."""
    fits: Callable[[Row], bool] | None = None
    """Whether the detail page of the row has a button; without it none."""
    form: ActionForm[Row] | None = None
    ends: bool = False
    """Whether the row is gone afterwards: the list follows, not the detail page."""
    undo: str = ""
    """The name of the action that takes this one back, offered in the note on the list."""


async def refusals(page: PageContext, action: Action[Row], keys: Sequence[str]) -> Sequence[str]:
    """Run an action that has no form; a reason for each row that it refused."""
    assert action.run is not None, "an action with a form has pages of its own"
    try:
        return await action.run(page, keys)
    except FieldProblems as error:
        return tuple(error.problems.values())
    except VersionConflict:
        return (page.translations.gettext("Someone else changed this while you were editing."),)


def action_form(
    struct: type[Fields],
    fields: tuple[FormField, ...],
    run: Callable[[PageContext, ActionInput[Fields]], Awaitable[Sequence[str]]],
    *,
    stored: Callable[[PageContext, Row], Awaitable[StoredFields[Fields]]] | None = None,
    lead: str = "",
    removes_row: bool = False,
) -> ActionForm[Row]:
    """The form of an action whose fields are a `struct`."""

    async def typed(page: PageContext, given: ActionInput[msgspec.Struct]) -> Sequence[str]:
        assert isinstance(given.fields, struct), "the parser made it of the form's struct"
        return await run(page, ActionInput(given.keys, given.fields, given.version))

    async def opened(page: PageContext, row: Row) -> StoredFields[msgspec.Struct]:
        assert stored is not None, "the form is opened with the values of a row"
        values = await stored(page, row)
        return StoredFields(values.fields, values.version)

    return ActionForm(
        struct=struct,
        fields=fields,
        run=typed,
        stored=opened if stored else None,
        lead=lead,
        removes_row=removes_row,
    )


def asking_form(
    asks: Callable[[PageContext, Row], Awaitable[AskedFields]],
    run: Callable[[PageContext, ActionInput[TypedFields]], Awaitable[Sequence[str]]],
) -> ActionForm[Row]:
    """The form of an action whose fields depend on the row."""
    form: ActionForm[Row] = action_form(TypedFields, (), run)
    return msgspec.structs.replace(form, asks=asks)


class NothingAsked(msgspec.Struct, frozen=True):
    """A form without fields, which only asks whether the action shall be done."""


def confirmation(run: RunAction, *, lead: str, removes_row: bool = False) -> ActionForm[Row]:
    """The form of an action that cannot be undone: `lead` says first what it does."""

    async def confirmed(page: PageContext, given: ActionInput[NothingAsked]) -> Sequence[str]:
        return await run(page, given.keys)

    return action_form(NothingAsked, (), confirmed, lead=lead, removes_row=removes_row)


async def act_on_each(
    unit_of_work: UnitOfWorkFactory,
    page: PageContext,
    keys: Sequence[str],
    *,
    act: Callable[[UnitOfWork, str], Awaitable[object]],
    refused: Mapping[type[FullhouseError], str] | None = None,
) -> Sequence[str]:
    """Act on each row in a transaction of its own; a reason for each that was refused.

    `refused` has the sentence of each error that refuses one row; any other ends the action.
    """
    sentences = refused or {}
    reasons = []
    for key in keys:
        try:
            async with unit_of_work(page.context, page.org_id) as uow:
                await act(uow, key)
        except tuple(sentences) as error:
            reasons.append(page.translations.gettext(sentences[type(error)]))
    return reasons
