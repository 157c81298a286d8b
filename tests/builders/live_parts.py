"""What a stream of a live page sends."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping

import msgspec


async def next_parts(chunks: AsyncIterator[bytes]) -> Mapping[str, str]:
    """The HTML of the parts that have changed, by id."""
    async with asyncio.timeout(10):
        while True:
            chunk = (await anext(chunks)).decode()
            if data := re.search(r"^data: (.*)$", chunk, re.MULTILINE):
                return msgspec.json.decode(data[1], type=dict[str, dict[str, str]])["parts"]
