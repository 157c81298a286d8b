"""Sending a stream until it ends or its reader leaves."""

import asyncio

from litestar.types import Receive, Send

from fullhouse.entrypoints.api.answer import Stream


async def send_stream(stream: Stream, receive: Receive, send: Send) -> None:
    """Send each chunk as it comes; the reader's leaving stops the stream where it waits."""
    await send({"type": "http.response.start", "status": 200, "headers": list(stream.headers)})
    sending = asyncio.create_task(_send_chunks(stream, send))
    leaving = asyncio.create_task(_until_left(receive))
    try:
        await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        sending.cancel()
        await asyncio.wait((sending, leaving))
    if not sending.cancelled():
        sending.result()


async def _send_chunks(stream: Stream, send: Send) -> None:
    async for chunk in stream.chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _until_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
