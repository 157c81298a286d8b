"""Why a file cannot be one of the pictures, for who has chosen it. Pure."""

from collections.abc import Mapping
from typing import Final

from fullhouse.kernel.errors import TransientError
from fullhouse.localisation.translations import Translations, gettext_noop
from fullhouse.people.errors import PictureInvalid, TooManyPictures
from fullhouse.people.limits import PICTURE_BYTES_MAX, PICTURE_PIXELS_MAX, PICTURE_SIDE_MIN
from fullhouse.people.model.picture import PictureProblem

_BUSY: Final = gettext_noop("We are busy just now. Choose the file again in a moment.")
_TOO_MANY: Final = gettext_noop(
    "You keep %(n)s pictures already, which is as many as you can. Remove one first."
)
_PROBLEMS: Final[Mapping[PictureProblem, tuple[str, int]]] = {
    "too_large": (
        gettext_noop("This file is too large. Choose one of at most %(n)s MB."),
        PICTURE_BYTES_MAX // (1024 * 1024),
    ),
    "too_many_pixels": (
        gettext_noop("This picture is too large. Choose one of at most %(n)s megapixels."),
        PICTURE_PIXELS_MAX // 1_000_000,
    ),
    "too_small": (
        gettext_noop("This picture is too small. Choose one of at least %(n)s pixels a side."),
        PICTURE_SIDE_MIN,
    ),
    "unreadable": (
        gettext_noop(
            "This file is not a picture that can be shown. "
            "Choose a JPEG, PNG, WebP, AVIF or GIF file."
        ),
        0,
    ),
}


def picture_problem(
    error: PictureInvalid | TooManyPictures | TransientError, translations: Translations
) -> str:
    if isinstance(error, TransientError):
        return translations.gettext(_BUSY)
    if isinstance(error, TooManyPictures):
        return translations.gettext(_TOO_MANY, n=error.limit)
    text, n = _PROBLEMS[error.problem]
    return translations.gettext(text, n=n)
