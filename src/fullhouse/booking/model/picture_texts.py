"""Texts of the pages of pictures."""

from collections.abc import Mapping
from typing import Final

from fullhouse.booking.limits import PICTURES_PER_OFFERING_MAX
from fullhouse.booking.model.offering_pictures import PictureRow
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import gettext_noop as _
from fullhouse.localisation.translations import ngettext_noop

assert PICTURES_PER_OFFERING_MAX == 12, "the form says so"  # noqa: PLR2004

PICTURES_LEAD: Final = _(
    "The first picture of an offering is on its card; the others are on its page. Remove one to "
    "take it off, and once more to delete the file."
)
NO_PICTURES: Final = _("There are no pictures yet. Add the first one.")
PICTURE_REFUSED: Final = _("An offering shows at most 12 pictures, each of them once.")
FIRST_PICTURE_REFUSED: Final = _(
    "Choose another file: this picture has been removed, or others follow it. Their order is "
    "changed on the page of pictures."
)
IN_USE: Final = _("The cover and the logo are changed in the settings.")
NOT_OF_AN_OFFERING: Final = _("This picture is of no offering, so it has no place in an order.")
PICTURES_REMOVED: Final = ngettext_noop("%(n)s picture removed.", "%(n)s pictures removed.")
PICTURES_RESTORED: Final = ngettext_noop("%(n)s picture is back.", "%(n)s pictures are back.")
PICTURES_MOVED: Final = ngettext_noop("%(n)s picture moved up.", "%(n)s pictures moved up.")
_SHOWN_AS: Final[Mapping[str, str]] = {
    "cover": _("Cover"),
    "logo": _("Logo"),
    "": _("not shown"),
}


def where_text(row: PictureRow, formatter: LocaleFormatter) -> str:
    """Where a picture is shown."""
    gettext = formatter.translations.gettext
    if row.offering is None:
        return gettext(_SHOWN_AS[row.shown_as])
    if row.place == 0:
        return gettext("%(offering)s: first, on the card", offering=row.offering.name)
    return gettext("%(offering)s: number %(n)s", offering=row.offering.name, n=row.place + 1)


def shows_text(row: PictureRow, formatter: LocaleFormatter) -> str:
    """What a picture shows, in the owner's words."""
    return row.picture.alt or formatter.translations.gettext("Picture without a description")
