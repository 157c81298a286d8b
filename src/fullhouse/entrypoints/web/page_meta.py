"""What a page that may be found says of itself: to search engines, and where it is shared."""

import msgspec


class PageMeta(msgspec.Struct, frozen=True):
    """The description of a page at its canonical address `url`."""

    description: str
    url: str
    languages: tuple[tuple[str, str], ...] = ()
    """The same page in each language, and as its visitor wants it (`x-default`)."""
    image: str = ""
    structured_data: str = ""
    """A JSON-LD document, escaped for HTML."""
