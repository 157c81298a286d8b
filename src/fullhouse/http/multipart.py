"""Forms with files: `multipart/form-data` (RFC 7578) of a body that was read whole."""

import asyncio
import re
from itertools import pairwise
from typing import Final

import msgspec

from fullhouse.http.limits import (
    FORM_BYTES_PER_TURN_MAX,
    FORM_FIELDS_MAX,
    FORM_TEXT_BYTES_MAX,
    PART_HEAD_BYTES_MAX,
)

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


async def parse_multipart(body: bytes, content_type: str) -> SubmittedForm:
    """Parse a form; one that is malformed, or has too many or too long fields, is as good as none.

    What a file is called is not looked at, nor what it says it is.
    """
    found = _BOUNDARY.search(content_type)
    if found is None:
        return SubmittedForm()
    delimiter = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    if not body.startswith(delimiter):
        return SubmittedForm()
    starts = await _starts(body, delimiter)
    if not body.startswith(b"--", starts[-1]):  # too many, or the end is missing
        return SubmittedForm()
    return _read(body, starts, len(delimiter))


async def _starts(body: bytes, delimiter: bytes) -> list[int]:
    """Where the parts begin, behind their delimiters, and where the end should.

    The body is searched a piece at a time: bytes that nearly are the delimiter take the longest.
    """
    line, at, starts = b"\r\n" + delimiter, 0, [len(delimiter)]
    while at < len(body) and len(starts) <= FORM_FIELDS_MAX:
        found = body.find(line, at, at + FORM_BYTES_PER_TURN_MAX + len(line))
        if found >= 0:
            at = found + len(line)
            starts.append(at)
        else:
            at += FORM_BYTES_PER_TURN_MAX
            await asyncio.sleep(0)
    return starts


def _read(body: bytes, starts: list[int], delimiter_bytes: int) -> SubmittedForm:
    form, text_bytes = SubmittedForm(), 0
    for start, following in pairwise(starts):
        part_end = following - delimiter_bytes - 2
        head_end = body.find(b"\r\n\r\n", start, min(part_end, start + PART_HEAD_BYTES_MAX))
        head, content = body[start : max(head_end, start)], body[head_end + 4 : part_end]
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
