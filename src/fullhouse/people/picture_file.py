"""Encoding a picture in a process of its own: `python -m fullhouse.people.picture_file`.

It reads the bytes of a file from standard input and writes an `EncodedPicture` or a
`RefusedPicture`. What is written is new: pixels alone, upright, in two sizes. Nothing that the file
said besides (place, camera, comments, a second file behind the picture) is in it.
"""

import io
import sys
import warnings
from typing import Final

import msgspec
from PIL import Image, ImageOps

from fullhouse.concurrency.process_limits import limit_this_process
from fullhouse.people.limits import (
    PICTURE_CARD_PIXELS,
    PICTURE_COVER_PIXELS,
    PICTURE_CPU_SECONDS_MAX,
    PICTURE_MEMORY_BYTES_MAX,
    PICTURE_PIXELS_MAX,
    PICTURE_SIDE_MIN,
)
from fullhouse.people.model.picture import EncodedPicture, PictureResult, RefusedPicture

FORMATS: Final = ("JPEG", "PNG", "WEBP", "AVIF", "GIF")
_QUALITY: Final = 80
_SIXTEEN_BITS: Final = 256


_UNREADABLE: Final = RefusedPicture(
    "This file is no picture that can be read. Send a JPEG, PNG, WebP, AVIF or GIF file.",
    "unreadable",
)
_TOO_LARGE: Final = RefusedPicture(
    f"Send a picture of at most {PICTURE_PIXELS_MAX // 1_000_000} megapixels.", "too_many_pixels"
)


def encode(file: bytes) -> PictureResult:
    """The picture in both sizes, or why it is refused; of an animation the first frame."""
    try:
        with Image.open(io.BytesIO(file), formats=FORMATS) as opened:
            refused = _refusal(opened)
            if refused is not None:
                return refused
            opened.draft("RGB", (PICTURE_COVER_PIXELS, PICTURE_COVER_PIXELS))
            picture = _plain(ImageOps.exif_transpose(opened))
    except Image.DecompressionBombError:
        return _TOO_LARGE
    except (OSError, SyntaxError, ValueError, EOFError):
        return _UNREADABLE
    cover = _within(picture, PICTURE_COVER_PIXELS)
    card = _within(cover, PICTURE_CARD_PIXELS)
    return EncodedPicture(_webp(card), _webp(cover), cover.width, cover.height)


def _refusal(picture: Image.Image) -> RefusedPicture | None:
    """By the size that the file says it has, before a pixel is decoded."""
    if picture.width * picture.height > PICTURE_PIXELS_MAX:
        return _TOO_LARGE
    if min(picture.size) < PICTURE_SIDE_MIN:
        detail = f"Send a picture of at least {PICTURE_SIDE_MIN} pixels a side."
        return RefusedPicture(detail, "too_small")
    return None


def _plain(picture: Image.Image) -> Image.Image:
    """Eight bits a channel, in RGB, with alpha where the picture has it."""
    if picture.mode.startswith("I") or picture.mode == "F":
        return picture.convert("I").point(lambda level: level / _SIXTEEN_BITS).convert("RGB")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def _within(picture: Image.Image, pixels: int) -> Image.Image:
    """The picture with no side longer than this; a small one as it is."""
    smaller = picture.copy()
    smaller.thumbnail((pixels, pixels))
    return smaller


def _webp(picture: Image.Image) -> bytes:
    written = io.BytesIO()
    picture.save(written, "WEBP", quality=_QUALITY)
    return written.getvalue()


def main() -> None:
    limit_this_process(cpu_seconds=PICTURE_CPU_SECONDS_MAX, memory_bytes=PICTURE_MEMORY_BYTES_MAX)
    warnings.simplefilter("ignore")
    sys.stdout.buffer.write(msgspec.msgpack.encode(encode(sys.stdin.buffer.read())))


if __name__ == "__main__":
    main()
