"""Attacks by questions: large answers under ever other names, and days on which nothing is sold."""

from datetime import date, timedelta
from itertools import count

from fullhouse.capacity.siege.attack import Attack, Attackers
from fullhouse.capacity.siege.availability import SPAN_DAYS, museum_path
from fullhouse.capacity.siege.client import Client, get

_RUNBOOK = "under-attack"
_JUNK = 500
_CLIENTS = 16


async def many_keys(attackers: Attackers) -> None:
    """The largest answers, each for another party and day; half of them with a junk parameter."""
    numbers = count()

    async def ask(client: Client, _number: int) -> None:
        while True:
            number = next(numbers)
            first = attackers.tenant.opens_on + timedelta(days=number % 5)
            path = museum_path(attackers.tenant, party=number // 5 % 10 + 1, first=first)
            junk = f"&junk={number}{'x' * _JUNK}" if number % 2 else ""
            await attackers.ask(client, get(path + junk))

    await attackers.all_of(_CLIENTS, ask, addresses=_CLIENTS)


async def empty_days(attackers: Attackers) -> None:
    """Two months each from other decades."""
    numbers = count()

    async def ask(client: Client, _number: int) -> None:
        while True:
            first = date(1980, 1, 1) + timedelta(days=next(numbers) * SPAN_DAYS % 78_000)
            await attackers.ask(client, get(museum_path(attackers.tenant, party=2, first=first)))

    await attackers.all_of(_CLIENTS, ask, addresses=_CLIENTS)


async def large_pages(attackers: Attackers) -> None:
    """The page with the most times to choose from, for another day and party each."""
    tenant, numbers = attackers.tenant, count()

    async def ask(client: Client, _number: int) -> None:
        while True:
            number = next(numbers)
            day = tenant.opens_on + timedelta(days=number % 20)
            path = f"/{tenant.org}/{tenant.museum}?day={day}&party={number % 10 + 1}"
            await attackers.ask(client, get(path))

    await attackers.all_of(_CLIENTS, ask, addresses=_CLIENTS)


QUERY_ATTACKS = (
    Attack("many-keys", "16 clients ask for large answers under many keys", many_keys, _RUNBOOK),
    Attack("large-pages", "16 clients ask for pages with many times", large_pages, _RUNBOOK),
    Attack("empty-days", "16 clients ask for days that nobody sells", empty_days, _RUNBOOK),
)
