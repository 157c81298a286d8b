"""Files of pictures, and forms that send them as a browser does."""

import io
from collections.abc import Mapping

import httpx
from PIL import Image
from tests.builders.api_client import Answer
from tests.builders.staff_browser import Staff


def a_file(kind: str = "JPEG", size: tuple[int, int] = (300, 200), color: int = 7) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", size, (color, 99, 40)).save(written, kind)
    return written.getvalue()


def a_bomb(size: tuple[int, int]) -> bytes:
    """Many pixels in few bytes; made in a test and not before all: it takes up to a second."""
    written = io.BytesIO()
    Image.new("1", size).save(written, "PNG")
    return written.getvalue()


async def send(staff: Staff, path: str, fields: Mapping[str, str], **files: bytes) -> Answer:
    """The form as a browser sends it, with a file by the field that it was chosen in."""
    chosen = {f"{name}.file": (f"C:\\{name}.exe", file) for name, file in files.items()}
    request = httpx.Request("POST", "http://book.example.org/", data=fields, files=chosen)
    return await staff.api.ask(
        "POST",
        f"//admin/{staff.api.org}/{path}",
        content=request.read(),
        headers={**staff.cookie, "content-type": request.headers["content-type"]},
    )
