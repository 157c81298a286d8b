"""The static files of the pages, read once and served from memory: 280 kB a process."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Final

from fullhouse.http.errors import RouteNotFound
from fullhouse.http.request import Request
from fullhouse.http.response import Response

# The URL of a file has its version, so browsers may cache it for ever
_IMMUTABLE: Final = (b"cache-control", b"public, max-age=31536000, immutable")
_MEDIA_TYPES: Final[Mapping[str, bytes]] = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".txt": b"text/plain; charset=utf-8",
    ".woff2": b"font/woff2",
}


class StaticFiles:
    """Every file of a folder and of its direct subfolders."""

    def __init__(self, folder: Path) -> None:
        self._responses = {
            path.relative_to(folder).as_posix(): _response(path)
            for path in folder.rglob("*")
            if path.is_file()
        }

    async def serve(self, request: Request) -> Response:
        """The file that the path parameters name."""
        response = self._responses.get("/".join(request.path_params.values()))
        if response is None:
            raise RouteNotFound
        return response


def _response(path: Path) -> Response:
    media_type = _MEDIA_TYPES[PurePosixPath(path.name).suffix]
    return Response(200, path.read_bytes(), ((b"content-type", media_type), _IMMUTABLE))
