"""The static files of the pages, read once and served from memory: 280 kB a process."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from fullhouse.http.compression import GZIP, VARY, accepts_gzip, compressed
from fullhouse.http.errors import RouteNotFound
from fullhouse.http.request import Request
from fullhouse.http.response import Response

# The URL of a file has its version, so browsers may cache it for ever
_IMMUTABLE: Final = (b"cache-control", b"public, max-age=31536000, immutable")
_MEDIA_TYPES: Final[Mapping[str, bytes]] = {
    ".css": b"text/css; charset=utf-8",
    ".ico": b"image/x-icon",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".txt": b"text/plain; charset=utf-8",
    ".woff2": b"font/woff2",
}
_CSS_COMMENT: Final = re.compile(rb"/\*.*?\*/", re.DOTALL)
_CSS_SPACE: Final = re.compile(rb"\s+")
_CSS_AROUND: Final = re.compile(rb"\s*([{};,])\s*")


class _StaticFile(msgspec.Struct, frozen=True):
    """A file as it is, and compressed where that makes it smaller."""

    plain: Response
    packed: Response


class StaticFiles:
    """Every file of a folder and of its direct subfolders."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): _static_file(path)
            for path in folder.rglob("*")
            if path.is_file()
        }

    async def serve(self, request: Request) -> Response:
        """The file that the path parameters name."""
        return self.file("/".join(request.path_params.values()), request)

    def file(self, name: str, request: Request) -> Response:
        """Raises `RouteNotFound`."""
        found = self._files.get(name)
        if found is None:
            raise RouteNotFound
        return found.packed if accepts_gzip(request) else found.plain


def minified_css(text: bytes) -> bytes:
    """Leave out comments and the white space that separates nothing."""
    text = _CSS_SPACE.sub(b" ", _CSS_COMMENT.sub(b"", text))
    return _CSS_AROUND.sub(rb"\1", text).replace(b";}", b"}").strip()


def _static_file(path: Path) -> _StaticFile:
    suffix, body = PurePosixPath(path.name).suffix, path.read_bytes()
    if suffix == ".css":
        body = minified_css(body)
    headers = ((b"content-type", _MEDIA_TYPES[suffix]), _IMMUTABLE, VARY)
    plain, packed = Response(200, body, headers), compressed(body)
    is_smaller = len(packed) < len(body)
    return _StaticFile(plain, Response(200, packed, (*headers, GZIP)) if is_smaller else plain)


def asset_href(versions: Mapping[str, str], name: str) -> str:
    """URL of a static file; it changes with the content, so that browsers may store it for ever."""
    return f"/static/{name}?v={versions[name]}"


def static_versions(folder: Path) -> dict[str, str]:
    """A short fingerprint of every static file, by its name below the folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.blake2b(
            path.read_bytes(), digest_size=5
        ).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
