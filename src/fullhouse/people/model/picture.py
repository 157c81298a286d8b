"""Pictures that an organisation has sent: of each two sizes, named by what is in them."""

import hashlib
import re
from datetime import datetime
from typing import Final, Literal

import msgspec

from fullhouse.kernel.ids import OrgId

PictureSize = Literal["card", "cover"]

PictureProblem = Literal["unreadable", "too_many_pixels", "too_small", "too_large"]

BUILT_IN_PICTURES: Final = frozenset(
    {"arranging-workshop", "bouquet-garden", "evening-walk", "picnic", "sunflower-morning"}
)
"""The pictures that come with Fullhouse, as drawings in SVG."""

_NAME: Final = re.compile("[0-9a-f]{32}")
_SIGNATURES: Final = re.compile(
    rb"\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|RIFF....WEBP|....ftyp(?:avif|avis|mif1|miaf)",
    re.DOTALL,
)


class Picture(msgspec.Struct, frozen=True):
    """A picture without its bytes; the size is that of its cover."""

    org_id: OrgId
    name: str
    width: int
    height: int
    created_at: datetime


class KeptPictures(msgspec.Struct, frozen=True):
    """How many pictures an organisation keeps, and the bytes of both sizes together."""

    pictures: int
    bytes: int


class EncodedPicture(msgspec.Struct, frozen=True, tag="encoded"):
    """A picture as WebP: one for cards, one for covers, and the size of the latter."""

    card: bytes
    cover: bytes
    width: int
    height: int


class RefusedPicture(msgspec.Struct, frozen=True, tag="refused"):
    """Why the file is refused, and what to send instead."""

    detail: str
    problem: PictureProblem


PictureResult = EncodedPicture | RefusedPicture


def picture_name(cover: bytes) -> str:
    """The name of a picture with these bytes: another picture has another, so caches keep it."""
    return hashlib.blake2b(cover, digest_size=16).hexdigest()


def is_built_in_picture(name: str) -> bool:
    """Whether it comes with Fullhouse; its name may end in `.svg`."""
    return name.removesuffix(".svg") in BUILT_IN_PICTURES


def is_picture_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def looks_like_a_picture(file: bytes) -> bool:
    """Whether the file begins as one of the formats; what it is called does not count."""
    return _SIGNATURES.match(file) is not None
