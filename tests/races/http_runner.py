"""One process of the race: `ATTEMPTS` guests over `CONNECTIONS` connections, all for one slot."""

import asyncio
import sys
from collections import Counter
from http import HTTPStatus

import aiohttp
import msgspec

from fullhouse.kernel.clock import SystemClock

CLOCK = SystemClock()


async def main(
    url: str, path: str, slot: str, name: str, *, connections: int, attempts: int
) -> None:
    codes: Counter[str] = Counter()
    slowest, without = 0.0, 0
    guests = iter(range(attempts))

    async def one_line(session: aiohttp.ClientSession) -> None:
        nonlocal slowest, without
        for guest in guests:
            body = {
                "slot": slot,
                "party": 1,
                "customer": {"name": "Ada", "email": f"{name}-{guest}@example.org"},
            }
            began = CLOCK.monotonic()
            async with session.post(path, json=body) as answer:
                facts = await answer.json(content_type=None)
            slowest = max(slowest, CLOCK.monotonic() - began)
            if answer.status == HTTPStatus.CREATED:
                codes["booked"] += 1
            else:
                codes[facts.get("code", str(answer.status))] += 1
                without += not facts.get("alternatives")

    connector = aiohttp.TCPConnector(limit=connections)
    async with (
        aiohttp.ClientSession(url, connector=connector) as session,
        asyncio.TaskGroup() as group,
    ):
        for _ in range(connections):
            group.create_task(one_line(session))
    tally = {"codes": codes, "slowest": slowest, "without_alternatives": without}
    sys.stdout.write(msgspec.json.encode(tally).decode())


if __name__ == "__main__":
    url, org, slot, name, connections, attempts = sys.argv[1:]
    asyncio.run(
        main(
            url, f"/api/v1/{org}/bookings", slot, name,
            connections=int(connections), attempts=int(attempts),
        )
    )  # fmt: skip
