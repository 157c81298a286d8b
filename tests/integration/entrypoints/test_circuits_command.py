"""`fullhouse circuits` beside a server that calls services."""

import asyncio

import pytest

from fullhouse.bootstrap.application import open_application
from fullhouse.bootstrap.services import MAIL_SERVER
from fullhouse.entrypoints.cli import circuits as command
from fullhouse.kernel.errors import InvalidInput
from fullhouse.resilience.circuits import Circuit
from fullhouse.resilience.reasons import parse_reason
from fullhouse.settings import Settings


@pytest.fixture
def settings(database_url: str) -> Settings:
    return Settings(database_url=database_url)


async def test_circuits_that_never_opened_are_closed(settings: Settings) -> None:
    assert await command.list_circuits(settings) == [Circuit(MAIL_SERVER)]
    assert command.format_circuits([Circuit(MAIL_SERVER)]) == "  mail-server       closed"


async def test_an_operator_opens_and_closes_the_circuit_of_a_running_server(
    settings: Settings, database_url: str
) -> None:
    async with open_application(Settings(), database_url, name="test") as app:
        breaker = app.breakers.of(MAIL_SERVER)
        await command.change(
            settings,
            Circuit(MAIL_SERVER, is_open=True, hold_seconds=7_200, reason="The provider moves."),
        )
        async with asyncio.timeout(5):
            while not breaker.is_held():  # noqa: ASYNC110 - a notification does it
                await asyncio.sleep(0.01)
        assert 7_100 < breaker.circuit.hold_seconds <= 7_200
        (listed,) = await command.list_circuits(settings)
        assert "open for 1" in command.format_circuits([listed])
        assert "min more  The provider moves." in command.format_circuits([listed])
        await command.change(settings, Circuit(MAIL_SERVER, hold_seconds=60))
        async with asyncio.timeout(5):
            while breaker.is_held():  # noqa: ASYNC110 - a notification does it
                await asyncio.sleep(0.01)
        assert not breaker.circuit.is_open


@pytest.mark.parametrize("service", [None, "", "mail", "mail-server "])
def test_unknown_services_are_refused_with_those_there_are(service: str | None) -> None:
    with pytest.raises(InvalidInput, match="mail-server"):
        command.known_service(service)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "two\nlines"])
def test_reasons_are_one_line_of_text(reason: str) -> None:
    with pytest.raises(InvalidInput):
        parse_reason(reason)
