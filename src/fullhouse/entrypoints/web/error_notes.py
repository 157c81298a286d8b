"""Notes for errors of bookings, above the content of a page."""

from fullhouse.booking.error_texts import ErrorContext, error_text
from fullhouse.entrypoints.web.views import Link, Note


def error_note(context: ErrorContext) -> Note:
    """The note for an error, in the language of the page."""
    found = error_text(context)
    links = tuple(Link(one.text, one.href, one.name) for one in found.links)
    return Note(found.tone, found.text, found.more, links)
