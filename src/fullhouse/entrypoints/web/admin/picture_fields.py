"""Fields of forms that are pictures: sent as files, checked and kept before the form is saved."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.views import Undo
from fullhouse.http.limits import FORM_TEXT_BYTES_MAX
from fullhouse.http.multipart import SubmittedForm
from fullhouse.http.routing import RouteClass
from fullhouse.kernel.errors import TransientError
from fullhouse.localisation.translations import gettext_noop
from fullhouse.people.actions.add_picture import AddPicture
from fullhouse.people.actions.encode_picture import EncodePicture
from fullhouse.people.errors import PictureInvalid, TooManyPictures
from fullhouse.people.limits import PICTURE_BYTES_MAX
from fullhouse.people.picture_texts import picture_problem
from fullhouse.storage.unit_of_work import UnitOfWorkFactory

BEFORE: Final = "pictures"
"""The pictures that a form had before it was saved, in the address and in the form that undoes."""
PICTURE_ALT: Final = gettext_noop(
    "For people who cannot see it. Leave it empty if the picture only decorates."
)
PICTURE_GONE: Final = gettext_noop("This picture has been removed. Choose another file.")


class PictureUpload(msgspec.Struct, frozen=True):
    """Keeps the files of a form as pictures.

    They are kept at once, so that a form that comes back with a problem still has them.
    """

    unit_of_work: UnitOfWorkFactory
    encode: EncodePicture
    add: AddPicture

    async def take(
        self, page: PageContext, submitted: SubmittedForm, names: Sequence[str]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """The fields with the names of the pictures, and the problems of files that are none."""
        fields, problems = dict(submitted.fields), {}
        for name in names:
            if f"{name}.remove" in fields:
                fields[name] = ""
            file = submitted.files.get(f"{name}.file")
            if file is None:
                continue
            try:
                fields[name] = await self._keep(page, file)
            except (PictureInvalid, TooManyPictures, TransientError) as error:
                problems[name] = picture_problem(error, page.translations)
        return fields, problems

    async def _keep(self, page: PageContext, file: bytes) -> str:
        """Raises `PictureInvalid`, `TooManyPictures`, and `TransientError` when too many wait."""
        if len(file) > PICTURE_BYTES_MAX:
            raise PictureInvalid(problem="too_large")
        encoded = await self.encode(page.org_id, file)
        async with self.unit_of_work(page.context, page.org_id) as uow:
            picture = await self.add(uow, encoded)
        return picture.name


def upload_limits(pictures: int) -> RouteClass:
    """The limits of a form with this many pictures.

    One more fits, so that a file that is a little too large is named as such in its field.
    """
    return RouteClass(body_bytes_max=FORM_TEXT_BYTES_MAX + (pictures + 1) * PICTURE_BYTES_MAX)


def pictures_before(
    was: Mapping[str, str], now: Mapping[str, str], names: Sequence[str]
) -> str | None:
    """The pictures that have changed, as they were: `cover:name`, with commas; None for none."""
    changed = [f"{name}:{was[name]}" for name in names if was[name] != now[name]]
    return ",".join(changed) or None


def restored(text: str, names: Sequence[str]) -> dict[str, str]:
    """What `pictures_before` says, for those fields that the form has."""
    pairs = (pair.partition(":") for pair in text.split(","))
    return {name: picture for name, _, picture in pairs if name in names}


def picture_undo(page: PageContext, action: str) -> Undo | None:
    """The bar that brings the pictures back which the last saving replaced or removed."""
    before = page.query(BEFORE)
    if not before:
        return None
    return Undo(page.translations.gettext("Picture changed."), action, ref=before, verb=BEFORE)
