"""Form pages of resources: add a row, or edit the version that the form was opened with.

What was typed is never lost: wrong fields come back with their problems, and after a change by
another editor the form comes back with the stored value beside every field that differs.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final, Generic, Protocol, TypeVar
from uuid import UUID

import msgspec
from msgspec.structs import replace

from fullhouse.booking.model.urls import admin_path, with_query
from fullhouse.entrypoints.web.admin.blocks import Form, ShownOnce, Stored, Submission
from fullhouse.entrypoints.web.admin.fields import FormParser, Parsed
from fullhouse.entrypoints.web.admin.form_rows import (
    conflict_note,
    defaults_of,
    form_parser,
    load_row,
)
from fullhouse.entrypoints.web.admin.picture_fields import (
    BEFORE,
    picture_undo,
    pictures_before,
    restored,
    upload_limits,
)
from fullhouse.entrypoints.web.admin_views import FormPreview, FormView, SecretView
from fullhouse.entrypoints.web.forms import digest_of, read_version
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link, Note
from fullhouse.http.response import Response
from fullhouse.http.routing import RouteClass
from fullhouse.kernel.errors import FullhouseError, InvalidInput, NotFound, VersionConflict
from fullhouse.kernel.ids import Ids
from fullhouse.localisation.translations import Translations
from fullhouse.messages.errors import InvalidEmailText
from fullhouse.messages.facts import Fact
from fullhouse.storage.unit_of_work import AlreadyAnswered, UnitOfWorkFactory

Row = TypeVar("Row")
Fields = TypeVar("Fields", bound=msgspec.Struct)

_PREVIEW: Final = "preview"
_SHOWN: Final = "shown once: "
"""Begins the kept answer of a form whose first answer had a secret."""


class FormPlace(Protocol):
    """Where a form is: its part of the URL, and the item of the navigation."""

    @property
    def name(self) -> str: ...

    @property
    def current(self) -> str: ...


class FormPages(msgspec.Struct, Generic[Row, Fields], frozen=True):
    """The form of a resource."""

    resource: "FormPlace"
    form: Form[Row, Fields]
    navigation: Navigation
    unit_of_work: UnitOfWorkFactory

    async def new(self, page: PageContext) -> Response:
        """The empty form; what the query of its address names is filled in."""
        parser = await form_parser(self.form, self.unit_of_work.database, page)
        texts = dict(await self._first_texts(page, parser))
        for name in parser.names:
            texts[name] = page.query(name) or texts.get(name, "")
        parsed: Parsed[Fields] = Parsed(texts, {}, None)
        state: _FormState[Fields] = _FormState(original=page.query("from") or "")
        return self._render(page, parser, parsed, state=state)

    async def _first_texts(
        self, page: PageContext, parser: FormParser[Fields]
    ) -> Mapping[str, str]:
        copy = await self._copy(page, page.query("from"))
        return parser.texts(copy) if copy else defaults_of(self.form.struct, parser)

    async def _copy(self, page: PageContext, original: str | None) -> Fields | None:
        """What a new row begins with when it is made like the one with this key."""
        if self.form.copy is None or not original:
            return None
        async with self.unit_of_work.database.session() as session:
            row = await self.form.load(session, page.org_id, original)
        if row is None:
            raise NotFound
        return self.form.copy(self.form.stored(row).fields)

    async def edit(self, page: PageContext) -> Response:
        stored = await self._load(page)
        parser = await form_parser(self.form, self.unit_of_work.database, page, stored=stored)
        fields = await self._earlier(page) or stored.fields
        parsed: Parsed[Fields] = Parsed(parser.texts(fields), {}, None)
        state = _FormState(stored)
        if self.form.follows:
            shown = Submission(stored.fields, parser.currency, stored.row_id, stored.version)
            state = replace(state, preview=await self._preview(page, shown))
        return self._render(page, parser, parsed, state=state)

    async def _earlier(self, page: PageContext) -> Fields | None:
        version = page.query("version")
        if self.form.earlier is None or not version:
            return None
        async with self.unit_of_work.database.session() as session:
            return await self.form.earlier(session, page, version)

    async def add(self, page: PageContext) -> Response:
        return await self._save(page, None)

    async def save(self, page: PageContext) -> Response:
        return await self._save(page, await self._load(page))

    async def _load(self, page: PageContext) -> Stored[Fields]:
        return self.form.stored(await load_row(self.form, self.unit_of_work.database, page))

    async def _save(self, page: PageContext, stored: Stored[Fields] | None) -> Response:
        parser = await form_parser(self.form, self.unit_of_work.database, page, stored=stored)
        typed, problems = await self._typed(page, parser, stored)
        original = typed.get("from", "") if stored is None else ""
        copy = await self._copy(page, original)
        parsed = parser.parse(typed, stored=stored.fields if stored else None, copy=copy)
        if problems:
            parsed = replace(parsed, problems={**parsed.problems, **problems}, value=None)
        state = _FormState(stored, typed.get("version"), typed.get("submission_id", ""), original)
        if parsed.value is None:
            return self._render(page, parser, parsed, state=state)
        row_id = self.unit_of_work.ids.uuid() if stored is None else stored.row_id
        version = None if stored is None else read_version(typed.get("version")) or 0
        submission = Submission(parsed.value, parser.currency, row_id, version)
        seen = digest_of(parsed.texts)
        try:
            if self._previews(typed, seen):
                preview = await self._preview(page, submission)
                state = replace(state, preview=preview, seen=seen, asked=True)
                return self._render(page, parser, parsed, state=state)
            saved = await self._write(page, submission, typed, seen=seen)
        except FullhouseError as error:
            if isinstance(error, VersionConflict) and stored is not None:
                return await self._conflict(page, parser, parsed)
            problems = self._refusals(page, parser, error, shown=tuple(parsed.texts))
            wrong = replace(parsed, problems=problems)
            return self._render(page, parser, wrong, state=state)
        before = None
        if stored is not None:
            before = pictures_before(parser.texts(stored.fields), parsed.texts, parser.pictures)
        return self._done(page, saved, before, typed=parsed.texts)

    def _refusals(
        self,
        page: PageContext,
        parser: FormParser[Fields],
        error: FullhouseError,
        *,
        shown: Sequence[str],
    ) -> Mapping[str, str]:
        """What the action finds wrong, by field; raises the error if it is not of the form."""
        if isinstance(error, InvalidEmailText):
            return error.by_field(page.translations)
        for kind, (field, text) in self.form.refusals.items():
            if isinstance(error, kind):
                said = page.translations.gettext(text, **error.details)
                return {field if field in shown else shown[0]: said}
        if not isinstance(error, InvalidInput):
            raise error
        field = self.form.fields_of_errors.get(error.field, error.field)
        if field not in parser.names:
            raise error
        return {field: parser.refusal(field)}

    async def _typed(
        self, page: PageContext, parser: FormParser[Fields], stored: Stored[Fields] | None
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """The fields as typed, with its pictures kept; and the problems of files that are none."""
        submitted, pictures = await page.form_with_files(), parser.pictures
        before = submitted.fields.get(BEFORE)
        if stored is not None and before is not None:
            texts = {**parser.texts(stored.fields), **restored(before, pictures)}
            return {**texts, "version": str(stored.version)}, {}
        if self.form.pictures is None:
            return submitted.fields, {}
        return await self.form.pictures.take(page, submitted, pictures)

    @property
    def limits(self) -> RouteClass:
        fields = (one for group in self.form.groups.values() for one in group)
        pictures = sum(one.kind == "picture" for one in fields)
        return upload_limits(pictures) if pictures else RouteClass()

    def _previews(self, typed: Mapping[str, str], seen: str) -> bool:
        """Whether the form asks for a preview, or must have one of what was typed first."""
        if self.form.preview is None:
            return False
        must = self.form.previews_first and typed.get("seen") != seen
        return must or typed.get("step") == _PREVIEW

    async def _preview(self, page: PageContext, submission: Submission[Fields]) -> FormPreview:
        assert self.form.preview is not None, "the caller has checked it"
        async with self.unit_of_work(page.context, page.org_id) as uow, uow.taken_back():
            return await self.form.preview(uow, page, submission)

    async def _write(
        self,
        page: PageContext,
        submission: Submission[Fields],
        typed: Mapping[str, str],
        *,
        seen: str,
    ) -> str | ShownOnce:
        """Save, and return the key of the row; a form that is sent twice saves once.

        A secret is in the first answer and nowhere else: the repeat gets none.
        """
        once = typed.get("submission_id") if submission.version is None else ""
        key = f"{self.resource.name} {once} {seen}" if once else None
        context = page.submission_context(typed, key=key)
        try:
            async with self.unit_of_work(context, page.org_id, fingerprint=UUID(int=0)) as uow:
                saved = await self.form.save(uow, submission)
                uow.answer = _SHOWN + saved.key if isinstance(saved, ShownOnce) else saved
        except AlreadyAnswered as before:
            if before.answer.startswith(_SHOWN):
                key = before.answer.removeprefix(_SHOWN)
                return ShownOnce(key=key, title="", label="", secret="", more="")
            return before.answer
        return saved

    async def _conflict(
        self, page: PageContext, parser: FormParser[Fields], parsed: Parsed[Fields]
    ) -> Response:
        """The form as typed, with the stored values; saving it again replaces the stored ones."""
        stored = await self._load(page)
        note = conflict_note(page.translations)
        return self._render(page, parser, parsed, state=_FormState(stored), note=note)

    def _done(
        self,
        page: PageContext,
        saved: str | ShownOnce,
        before: str | None,
        *,
        typed: Mapping[str, str],
    ) -> Response:
        """The page of the row, or of its secret.

        It offers to bring the pictures back that were replaced or removed, which are `before`.
        """
        if isinstance(saved, ShownOnce):
            return self._secret(page, saved, typed)
        path, undo = self._path(page), {BEFORE: before}
        if self.form.is_single:
            return page.redirect(with_query(path, done="saved", **undo))
        return page.redirect(with_query(f"{path}/{saved}", **undo))

    def _secret(self, page: PageContext, saved: ShownOnce, typed: Mapping[str, str]) -> Response:
        """The page of a secret, which loading it again does not show.

        A browser drops the first answer to a form that is sent twice: its page leads to a new one.
        """
        _, path = page.translations.gettext, self._path(page)
        view = SecretView(
            title=_(saved.title) if saved.secret else _("This was sent twice"),
            label=saved.label,
            secret=saved.secret,
            more=_(saved.more) if saved.secret else "",
            done=Link(_("Done"), path),
            again=None
            if saved.secret
            else Link(_(self.form.new_label), with_query(f"{path}/new", **typed)),
        )
        return page.render(
            "admin/secret.html",
            view.title,
            navigation=self.navigation.links(page, self.resource.current),
            page=view,
        )

    def _path(self, page: PageContext) -> str:
        return admin_path(page.organisation.slug, self.resource.name)

    def _back(self, page: PageContext) -> str:
        return admin_path(page.organisation.slug, self.resource.current)

    def _title(self, stored: Stored[Fields] | None, translations: Translations) -> str:
        """Its own for a new row and for a single one that has one; else that it is edited."""
        _, own = translations.gettext, self.form.new_label
        if stored is None or (self.form.is_single and own):
            return _(own)
        name = f"{_(stored.thing)}, {stored.title}" if stored.thing else stored.title
        return _("Edit %(name)s", name=name)

    def _render(
        self,
        page: PageContext,
        parser: FormParser[Fields],
        parsed: Parsed[Fields],
        *,
        state: "_FormState[Fields]",
        note: Note | None = None,
    ) -> Response:
        _ = page.translations.gettext
        path, stored, preview = self._path(page), state.stored, state.preview
        is_conflict = note is not None
        if self.form.is_single:
            if page.query("done") and note is None:
                note = Note("good", _("Saved."))
        elif stored is not None:
            path = f"{path}/{page.path_parameter('key')}"
        title = self._title(stored, page.translations)
        view = FormView(
            title=title,
            action=path if self.form.is_single else f"{path}/edit" if stored else f"{path}/new",
            back=Link(_("Back"), self._back(page) if self.form.is_single else path),
            groups=parser.groups(
                parsed,
                stored=stored.fields if stored else None,
                conflict=is_conflict,
                sentences=preview.sentences if preview else _known(stored, page.translations),
            ),
            button=(preview.button if preview else "") or (_("Save") if stored else _("Add")),
            version=(read_version(state.version) or stored.version) if stored else None,
            note=note,
            hidden=state.hidden(self.unit_of_work.ids),
            preview_button=_("Preview") if self.form.preview else "",
            preview=preview,
            can_save=preview is not None or not self.form.previews_first,
            follows=self.form.follows,
            asked=state.asked,
            has_files=bool(parser.pictures),
            terms=_terms(stored, page.translations),
            frame=f"{path}/{self.form.frame}" if self.form.frame else "",
            undo=picture_undo(page, path) if self.form.is_single and not parsed.problems else None,
        )
        status = HTTPStatus.UNPROCESSABLE_ENTITY if parsed.problems else HTTPStatus.OK
        return page.render(
            "admin/form.html",
            f"{_('There is a problem')}: {title}" if parsed.problems else title,
            status=HTTPStatus.CONFLICT if is_conflict else status,
            navigation=self.navigation.links(page, self.resource.current),
            page=view,
        )


class _FormState(msgspec.Struct, Generic[Fields], frozen=True):
    """What a form page has beside its fields; `seen` is the digest of what was previewed."""

    stored: Stored[Fields] | None = None
    version: str | None = None
    submission_id: str = ""
    original: str = ""
    """The key of the row that a new one is made like."""
    preview: FormPreview | None = None
    seen: str = ""
    asked: bool = False

    def hidden(self, ids: Ids) -> tuple[tuple[str, str], ...]:
        """Its fields that nobody sees; a form that is opened has an id of its own."""
        own = (("submission_id", self.submission_id or str(ids.uuid())), ("seen", self.seen))
        return (*own, ("from", self.original)) if self.original else own


def _known(
    stored: Stored[Fields] | None, translations: Translations
) -> Mapping[str, tuple[str, ...]]:
    """What is to be known of the groups of a form, by their legends."""
    sentences = stored.sentences if stored else {}
    return {one: tuple(map(translations.gettext, texts)) for one, texts in sentences.items()}


def _terms(stored: Stored[Fields] | None, translations: Translations) -> tuple[Fact, ...]:
    terms = stored.terms if stored else {}
    return tuple(Fact(term, translations.gettext(meaning)) for term, meaning in terms.items())
