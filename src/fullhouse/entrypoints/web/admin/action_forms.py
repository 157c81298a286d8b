"""Pages of actions that ask for fields: for one row from its page, for many from the list.

What was typed is never lost: wrong fields come back with their problems, a refusal with its reason,
and after a change by another editor the form comes back with the stored value beside what differs.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Final, Generic, TypeVar

import msgspec

from fullhouse.entrypoints.web.admin.blocks import AdminResource
from fullhouse.entrypoints.web.admin.fields import FormParser, Parsed
from fullhouse.entrypoints.web.admin.form_rows import conflict_note, defaults_of
from fullhouse.entrypoints.web.admin.lists import SELECTED, ListPages
from fullhouse.entrypoints.web.admin_actions import (
    Action,
    ActionForm,
    ActionInput,
    AskedFields,
    FieldProblems,
    StoredFields,
    TypedFields,
)
from fullhouse.entrypoints.web.admin_views import FormView
from fullhouse.entrypoints.web.forms import read_version
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Choice, Field, FieldGroup, Link, Note
from fullhouse.http.response import Response
from fullhouse.kernel.errors import VersionConflict
from fullhouse.localisation.translations import Translations

Row = TypeVar("Row")
Fields = TypeVar("Fields", bound=msgspec.Struct)

SUBMITTED: Final = "submitted"
"""A field of the form itself: without it the rows were just chosen on the list."""


class _Opened(msgspec.Struct, Generic[Row], frozen=True):
    """A form that was opened: the row, or the rows that were ticked on the list."""

    parser: FormParser[msgspec.Struct]
    path: str
    title: str
    keys: Sequence[str]
    row: Row | None = None
    stored: StoredFields[msgspec.Struct] | None = None
    asked: AskedFields | None = None
    hidden: tuple[tuple[str, str], ...] = ()

    def parse(self, typed: Mapping[str, str]) -> Parsed[msgspec.Struct]:
        if self.asked is None:
            return self.parser.parse(typed, stored=None)
        return Parsed(typed, {}, TypedFields(typed))

    def groups(self, parsed: Parsed[msgspec.Struct], *, conflict: bool) -> tuple[FieldGroup, ...]:
        if self.asked is None:
            stored = self.stored.fields if self.stored else None
            return self.parser.groups(parsed, stored=stored, conflict=conflict)
        as_typed = partial(_as_typed, self.parser.translations, parsed, conflict=conflict)
        return tuple(
            msgspec.structs.replace(group, fields=tuple(map(as_typed, group.fields)))
            for group in self.asked.groups
        )

    @property
    def version(self) -> int | None:
        first = self.asked or self.stored
        return first.version if first else None


class ActionFormPages(msgspec.Struct, Generic[Row, Fields], frozen=True):
    """The form of one action."""

    resource: AdminResource[Row, Fields]
    action: Action[Row]
    form: ActionForm[Row]
    lists: ListPages[Row, Fields]

    async def open_one(self, page: PageContext) -> Response:
        opened = await self._open_one(page)
        stored = opened.stored
        texts = (
            opened.parser.texts(stored.fields)
            if stored
            else defaults_of(self.form.struct, opened.parser)
        )
        return self._render(page, opened, Parsed(texts, {}, None))

    async def submit_one(self, page: PageContext) -> Response:
        typed, opened = await page.form(), await self._open_one(page)
        return await self._submit(page, opened, typed)

    async def submit_many(self, page: PageContext) -> Response:
        """Ask for the fields when the rows were just chosen; else run on them."""
        typed = await page.form()
        keys = self.lists.selected(typed)
        if not keys:
            return await self.lists.nothing_selected(page, typed)
        path = self.lists.path(page)
        opened: _Opened[Row] = _Opened(
            await self._parser(page),
            f"{path}/{self.action.name}",
            page.translations.ngettext(
                "%(action)s: %(n)s selected",
                "%(action)s: %(n)s selected",
                len(keys),
                action=page.translations.gettext(self.action.label),
            ),
            keys,
            hidden=(
                ("query", typed.get("query", "")),
                *((f"{SELECTED}{key}", "1") for key in keys),
            ),
        )
        if SUBMITTED not in typed:
            texts = defaults_of(self.form.struct, opened.parser)
            return self._render(page, opened, Parsed(texts, {}, None))
        return await self._submit(page, opened, typed)

    async def _open_one(self, page: PageContext) -> _Opened[Row]:
        """Raises the `NotFound` of its part."""
        detail = self.resource.detail
        assert detail is not None, "an action of one row stands on its detail page"
        row = await detail.load(page.org_id, page.path_parameter("key"))
        key = self.resource.list.key(row)
        path = f"{self.lists.path(page)}/{key}"
        title = self.resource.list.columns[0].cell(row, self.resource.list.formatter(row, page))
        return _Opened(
            await self._parser(page),
            f"{path}/{self.action.name}",
            f"{page.translations.gettext(self.action.label)}: {title}",
            (key,),
            row,
            await self.form.stored(page, row) if self.form.stored else None,
            await self.form.asks(page, row) if self.form.asks else None,
        )

    async def _parser(self, page: PageContext) -> FormParser[msgspec.Struct]:
        return FormParser(
            self.form.struct,
            {self.action.label: self.form.fields},
            page.translations,
            page.organisation.currency,
            {},
        )

    async def _submit(
        self, page: PageContext, opened: _Opened[Row], typed: Mapping[str, str]
    ) -> Response:
        parsed = opened.parse(typed)
        version = read_version(typed.get("version"))
        if parsed.value is None:
            return self._render(page, opened, parsed, version=version)
        given = ActionInput(opened.keys, parsed.value, version)
        try:
            refused = await self.form.run(page, given)
        except FieldProblems as error:
            wrong = msgspec.structs.replace(parsed, problems=error.problems)
            return self._render(page, opened, wrong, version=version)
        except VersionConflict:
            fresh = await self._open_one(page)
            return self._render(page, fresh, parsed, note=conflict_note(page.translations))
        if refused and opened.row is not None:
            note = Note("warn", " ".join(refused))
            return self._render(page, opened, parsed, version=version, note=note)
        return await self._done(page, opened, typed, refused=refused)

    async def _done(
        self,
        page: PageContext,
        opened: _Opened[Row],
        typed: Mapping[str, str],
        *,
        refused: Sequence[str],
    ) -> Response:
        """The page of the row, or the list, which says what was done and refused."""
        if opened.row is not None:
            path = self.lists.path(page) if self.form.removes_row else ""
            return page.redirect(path or opened.path.rpartition("/")[0])
        return await self.lists.done(page, self.action, typed, keys=opened.keys, refused=refused)

    def _render(
        self,
        page: PageContext,
        opened: _Opened[Row],
        parsed: Parsed[msgspec.Struct],
        *,
        version: int | None = None,
        note: Note | None = None,
    ) -> Response:
        _ = page.translations.gettext
        lead = opened.asked.lead if opened.asked else self.form.lead and _(self.form.lead)
        view = FormView(
            title=opened.title,
            action=opened.path,
            back=Link(_("Back"), opened.path.rpartition("/")[0]),
            groups=opened.groups(parsed, conflict=note is not None),
            button=_(self.action.label),
            version=opened.version if version is None else version,
            note=note,
            leave=_("Back"),
            lead=lead,
            hidden=((SUBMITTED, "yes"), *opened.hidden),
        )
        status = HTTPStatus.UNPROCESSABLE_ENTITY if parsed.problems else HTTPStatus.OK
        return page.render(
            "admin/form.html",
            f"{_('There is a problem')}: {opened.title}" if parsed.problems else opened.title,
            status=HTTPStatus.CONFLICT if note else status,
            navigation=self.lists.navigation.links(page, self.resource.current),
            page=view,
        )


def _as_typed(
    translations: Translations, parsed: Parsed[msgspec.Struct], field: Field, *, conflict: bool
) -> Field:
    """The field as it was typed, with its problem; in a conflict with the stored value."""
    text = parsed.texts.get(field.name, field.value)
    stored = ""
    if conflict and text != field.value:
        value = field.value or "\N{EN DASH}"
        stored = translations.gettext("Stored now: %(value)s", value=value)
    return msgspec.structs.replace(
        field,
        value=text,
        problem=parsed.problems.get(field.name, ""),
        choices=tuple(Choice(one.value, one.text, one.value == text) for one in field.choices),
        stored=stored,
    )
