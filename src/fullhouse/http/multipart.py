"""Forms with files: `multipart/form-data` (RFC 7578) of a body that was read whole."""

import re
from typing import Final

import msgspec

from fullhouse.http.limits import FORM_FIELDS_MAX, FORM_TEXT_BYTES_MAX, PART_HEAD_BYTES_MAX

MULTIPART: Final = "multipart/form-data"
_BOUNDARY: Final = re.compile(r';\s*boundary=(?:"([^"\r\n]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_NAME: Final = re.compile(
    rb'^content-disposition:[^\r\n]*?;\s*name="([^"\r\n]*)"', re.IGNORECASE | re.MULTILINE
)
_FILE: Final = re.compile(
    rb"^content-disposition:[^\r\n]*?;\s*filename\*?=", re.IGNORECASE | re.MULTILINE
)


class SubmittedForm(msgspec.Struct, frozen=True):
    """The fields of a form, and the files that were chosen, by name; of a name the first counts."""

    fields: dict[str, str] = {}
    files: dict[str, bytes] = {}


def parse_multipart(body: bytes, content_type: str) -> SubmittedForm:
    """Parse a form; one that is malformed, or has too many or too long fields, is as good as none.

    What a file is called is not looked at, nor what it says it is.
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        return SubmittedForm()
    delimiter = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    if not body.startswith(delimiter):
        return SubmittedForm()
    parts = body[len(delimiter) :].split(b"\r\n" + delimiter, FORM_FIELDS_MAX)
    if not parts.pop().startswith(b"--"):  # too many, or the end is missing
        return SubmittedForm()
    return _read(parts)


def _read(parts: list[bytes]) -> SubmittedForm:
    form, text_bytes = SubmittedForm(), 0
    for part in parts:
        end = part.find(b"\r\n\r\n", 0, PART_HEAD_BYTES_MAX)
        head, content = part[: max(end, 0)], part[end + 4 :]
        name = _NAME.search(head)
        if name is None:
            return SubmittedForm()
        field = name[1].decode("utf-8", "replace")
        if _FILE.search(head):
            if content:  # else none was chosen
                form.files.setdefault(field, content)
            continue
        text_bytes += len(content)
        if text_bytes > FORM_TEXT_BYTES_MAX:
            return SubmittedForm()
        try:
            form.fields.setdefault(field, content.decode())
        except UnicodeDecodeError:  # what was meant would not be kept
            return SubmittedForm()
    return form
