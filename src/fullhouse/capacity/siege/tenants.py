"""Attacks by an owner: calendar files and recurrence rules that take long to follow."""

from itertools import count

from fullhouse.capacity.siege.attack import Attack, Attackers
from fullhouse.capacity.siege.client import Client, send_json

_RUNBOOK = "under-attack"
_EVENTS = 10
_RULES = (
    ("1000-01-01T00:00", "FREQ=DAILY"),
    ("1000-01-01T00:00", "FREQ=MINUTELY"),
    ("2004-01-01T00:00", "FREQ=HOURLY"),
    ("2026-01-01T03:00", "FREQ=MINUTELY;INTERVAL=720;BYHOUR=5"),
    ("2026-01-01T00:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"),
    ("2026-01-01T00:00", "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30"),
)


async def calendar_file(attackers: Attackers) -> None:
    """Upload a file with events of every hour since 2004."""
    tenant, numbers = attackers.tenant, count()

    async def upload(client: Client, _number: int) -> None:
        path = f"/api/v1/{tenant.org}/venues/{tenant.venue}/closures/calendar"
        while True:
            body = _calendar(next(numbers))
            await attackers.ask(
                client, send_json("PUT", path, body, key=tenant.key, media="text/calendar")
            )

    await attackers.all_of(6, upload)


async def rule(attackers: Attackers) -> None:
    """Add schedules whose rules have a million occurrences, or none."""
    tenant, numbers = attackers.tenant, count()

    async def add(client: Client, _number: int) -> None:
        path = f"/api/v1/{tenant.org}/offerings/{tenant.season}/schedules"
        while True:
            starts_at, text = _RULES[next(numbers) % len(_RULES)]
            body = {"starts_at": starts_at, "rule": text, "duration_minutes": 1, "capacity": 1}
            await attackers.ask(client, send_json("POST", path, body, key=tenant.key))

    await attackers.all_of(6, add)


def _calendar(number: int) -> bytes:
    event = (
        "BEGIN:VEVENT\r\nUID:u{}\r\nDTSTART:20040101T000000\r\nDTEND:20040101T010000\r\n"
        "RRULE:FREQ=HOURLY;COUNT=19000\r\nRDATE:20990101T000000\r\nEND:VEVENT\r\n"
    )
    events = "".join(event.format(f"{number}-{each}") for each in range(_EVENTS))
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{events}END:VCALENDAR\r\n".encode()


TENANT_ATTACKS = (
    Attack(
        "calendar-file",
        "6 uploads of a calendar with endless events",
        calendar_file,
        _RUNBOOK,
        waits_in_line=True,
    ),
    Attack("rule", "6 clients add schedules with endless rules", rule, _RUNBOOK),
)
