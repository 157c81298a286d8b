"""`/admin/{org}/customers/retention`: after how long customers are erased, with a preview."""

from collections.abc import Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from fullhouse.booking.model.urls import admin_path
from fullhouse.customers.actions.set_retention import SetRetention
from fullhouse.customers.limits import RETENTION_MONTHS_MAX
from fullhouse.customers.model import RetentionRule
from fullhouse.customers.reads.privacy import retention_preview, retention_rule
from fullhouse.entrypoints.web.admin.fields import FormParser, Parsed
from fullhouse.entrypoints.web.admin.form_rows import conflict_note
from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.entrypoints.web.admin_views import FormView
from fullhouse.entrypoints.web.forms import read_version
from fullhouse.entrypoints.web.navigation import Navigation
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Link, Note
from fullhouse.http.response import Response
from fullhouse.kernel.errors import VersionConflict
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

PREVIEWED: Final = "previewed"
"""The months whose preview stands above the form."""


class RetentionForm(msgspec.Struct, frozen=True):
    """The months without a booking; none for never."""

    months: Annotated[int, Meta(ge=1, le=RETENTION_MONTHS_MAX)] | None = None


_FIELDS: Final = (
    FormField("months", _("Erase customers after"), _("Empty: never."), unit=_("months")),
)


class RetentionPage(msgspec.Struct, frozen=True):
    """The rule is saved when its preview has been seen; the worker applies it every night."""

    unit_of_work: UnitOfWorkFactory
    navigation: Navigation
    set_retention: SetRetention

    async def show(self, page: PageContext) -> Response:
        rule = await self._rule(page)
        parser = _parser(page)
        texts = parser.texts(RetentionForm(rule.months if rule else None))
        note = await self._preview(page, rule.months) if rule else None
        return self._render(page, Parsed(texts, {}, None), rule, note=note)

    async def save(self, page: PageContext) -> Response:
        """Show whom the rule touches; when that was shown, save it."""
        typed, rule = await page.form(), await self._rule(page)
        parsed = _parser(page).parse(typed, stored=None)
        if parsed.value is None:
            return self._render(page, parsed, rule)
        months = parsed.value.months
        if months is not None and typed.get(PREVIEWED) != str(months):
            note = await self._preview(page, months)
            hidden = ((PREVIEWED, str(months)),)
            return self._render(page, parsed, rule, note=note, hidden=hidden)
        return await self._save(page, parsed, typed, rule=rule)

    async def _save(
        self,
        page: PageContext,
        parsed: Parsed[RetentionForm],
        typed: Mapping[str, str],
        *,
        rule: RetentionRule | None,
    ) -> Response:
        assert parsed.value is not None, "the caller has checked it"
        version = read_version(typed.get("version")) or 0
        try:
            async with self.unit_of_work(page.context, page.org_id) as uow:
                await self.set_retention(uow, parsed.value.months, expected_version=version)
        except VersionConflict:
            note = conflict_note(page.translations)
            return self._render(page, parsed, rule, note=note)
        return page.redirect(_path(page))

    async def _rule(self, page: PageContext) -> RetentionRule | None:
        async with self.unit_of_work.database.session() as session:
            return await retention_rule(session, page.org_id)

    async def _preview(self, page: PageContext, months: int) -> Note:
        before = RetentionRule(page.org_id, months, 0).ends(page.now)
        async with self.unit_of_work.database.session() as session:
            found = await retention_preview(session, page.org_id, before)
        translations = page.translations
        names = [one.name or one.email for one in found.first]
        return Note(
            "info",
            translations.ngettext(
                "This rule erases %(n)s customer the next night.",
                "This rule erases %(n)s customers the next night.",
                found.count,
            ),
            page.utc_formatter.listing(names),
        )

    def _render(
        self,
        page: PageContext,
        parsed: Parsed[RetentionForm],
        rule: RetentionRule | None,
        *,
        note: Note | None = None,
        hidden: tuple[tuple[str, str], ...] = (),
    ) -> Response:
        gettext, parser = page.translations.gettext, _parser(page)
        is_refused = note is not None and note.tone == "warn"
        stored = RetentionForm(rule.months if rule else None)
        view = FormView(
            title=gettext("How long customers are kept"),
            action=_path(page),
            back=Link(gettext("Back"), admin_path(page.organisation.slug, "customers")),
            groups=parser.groups(parsed, stored=stored, conflict=is_refused),
            button=gettext("Save")
            if hidden or not parsed.texts.get("months")
            else gettext("Preview"),
            version=rule.version if rule else 0,
            note=note,
            lead=gettext(
                "Customers without a booking for so long are erased from the books, unless they "
                "have agreed to get news."
            ),
            hidden=hidden,
        )
        status = 422 if parsed.problems else 409 if is_refused else 200
        return page.render(
            "admin/form.html",
            view.title,
            status=status,
            navigation=self.navigation.links(page, "customers"),
            page=view,
        )


def _parser(page: PageContext) -> FormParser[RetentionForm]:
    return FormParser(
        RetentionForm, {_("Retention"): _FIELDS}, page.translations, page.organisation.currency, {}
    )


def _path(page: PageContext) -> str:
    return admin_path(page.organisation.slug, "customers/retention")
