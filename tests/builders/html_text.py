"""The text of a page, as it is read."""

import html
import re


def visible_text(page: str) -> str:
    """Without tags, with one space between words."""
    _, _, body = page.partition("<body")
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", "<body" + body)).split())
