"""The resource of pictures: those of each offering in their order, and the stored ones."""

from collections.abc import Sequence
from typing import Final

import msgspec

from fullhouse.booking.actions.change_pictures import ChangePictures
from fullhouse.booking.errors import TooLateToUndo, UnknownOffering
from fullhouse.booking.model.offering_pictures import PictureForm, PictureRow
from fullhouse.booking.model.picture_texts import (
    IN_USE,
    NO_PICTURES,
    NOT_OF_AN_OFFERING,
    PICTURE_REFUSED,
    PICTURES_LEAD,
    PICTURES_MOVED,
    PICTURES_REMOVED,
    PICTURES_RESTORED,
    shows_text,
    where_text,
)
from fullhouse.booking.reads.pictures import picture_key, picture_row, picture_rows
from fullhouse.entrypoints.web.admin import blocks
from fullhouse.entrypoints.web.admin.choices import offering_slug_choices
from fullhouse.entrypoints.web.admin.ordered_parts import OrderedParts
from fullhouse.entrypoints.web.admin.picture_fields import PICTURE_ALT, PictureUpload
from fullhouse.entrypoints.web.admin.translated_fields import translated
from fullhouse.entrypoints.web.admin_actions import FormField
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.offering_loader import picture_href
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import derived_id
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.people.errors import PictureInUse
from fullhouse.storage.unit_of_work import UnitOfWork, UnitOfWorkFactory

_Column = blocks.Column[PictureRow]
_ALT: Final = FormField("alt", _("What the picture shows"), PICTURE_ALT)
_GROUPS: Final = {
    _("Picture"): (
        FormField("offering", _("Offering"), only_new=True),
        FormField("picture", _("Picture"), "", PICTURE_REFUSED, kind="picture"),
        _ALT,
    ),
}
_REFUSALS: Final = {
    PictureInUse: IN_USE,
    TooLateToUndo: _("It's too late to undo this."),
    UnknownOffering: NOT_OF_AN_OFFERING,
}


def _thumbnail(row: PictureRow, page: PageContext) -> str:
    return picture_href(page, row.picture.name, org=page.organisation.slug, size="card")


_COLUMNS: Final[tuple[blocks.Column[PictureRow], ...]] = (
    _Column("alt", _("Picture"), shows_text, image=_thumbnail),
    _Column("where", _("Where"), where_text),
)


class PictureResource(msgspec.Struct, frozen=True):
    """Builds the resource."""

    unit_of_work: UnitOfWorkFactory
    change: ChangePictures
    upload: PictureUpload

    def resource(self) -> blocks.AdminResource[PictureRow, PictureForm]:
        allow = Permission.MANAGE_OFFERINGS
        parts = OrderedParts[PictureRow](
            self.unit_of_work,
            self.change,
            picture_key,
            moved=PICTURES_MOVED,
            removed=PICTURES_REMOVED,
            restored=PICTURES_RESTORED,
            refused=_REFUSALS,
            can_remove=lambda row: not row.shown_as,
        )
        return blocks.AdminResource(
            "pictures",
            _("Pictures"),
            "page",
            allow,
            list=blocks.Table(
                columns=_COLUMNS,
                fetch=self.fetch,
                key=lambda row: row.key,
                empty=NO_PICTURES,
                lead=lambda page: page.translations.gettext(PICTURES_LEAD),
                filters=(blocks.Filter("offering", _("Offering"), offering_slug_choices),),
            ),
            form=blocks.Form(
                struct=PictureForm,
                groups=_GROUPS,
                new_label=_("Add a picture"),
                folded=translated(_ALT),
                load=picture_row,
                stored=stored,
                save=self.save,
                allow=allow,
                can_edit=lambda row: row.offering is not None,
                choices={"offering": offering_slug_choices},
                pictures=self.upload,
                fields_of_errors={"more_pictures": "picture"},
            ),
            actions=parts.actions(allow),
            section="offerings",
        )

    async def fetch(self, page: PageContext, query: blocks.ListQuery) -> Sequence[PictureRow]:
        async with self.unit_of_work.database.session() as session:
            return await picture_rows(session, page.org_id, query.filters.get("offering"))

    async def save(self, uow: UnitOfWork, submission: blocks.Submission[PictureForm]) -> str:
        form = submission.fields
        picture = form.read()
        await self.change.save(
            uow,
            form.offering,
            picture,
            replaces=form.replaces,
            expected_version=submission.version,
        )
        return f"{form.offering}.{picture.name}"


def stored(row: PictureRow) -> blocks.Stored[PictureForm]:
    offering = row.offering
    version, currency = (offering.version, offering.currency) if offering else (0, "")
    row_id = derived_id("picture", row.key)
    return blocks.Stored(row.picture.alt or row.picture.name, version, row.form, row_id, currency)
