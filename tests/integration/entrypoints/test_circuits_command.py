"""`fullhouse circuits` beside a server that calls services."""

import asyncio

import pytest
from tests.builders.business import a_business

from fullhouse.bootstrap.application import Application, open_application
from fullhouse.bootstrap.services import MAIL_SERVER
from fullhouse.entrypoints.cli import circuits as command
from fullhouse.kernel.errors import InvalidInput
from fullhouse.resilience.circuit_acts import CircuitAct, circuit_to_keep
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


async def test_unknown_services_are_refused_with_those_there_are(settings: Settings) -> None:
    for service in ("", "mail", "mail-server "):
        with pytest.raises(InvalidInput, match="mail-server"):
            await command.change(settings, Circuit(service))


async def test_circuit_of_a_business_is_listed_once_it_was_changed_and_all_an_operator_does_is_told(
    settings: Settings, app: Application
) -> None:
    gateway = f"make:{app.ids.uuid()}"
    breaker = app.breakers.of(gateway)
    for _ in range(breaker.policy.failures_max):
        with pytest.raises(OSError, match="down"):
            await breaker.call(_fail, lambda _: True)
    assert [one.name for one in await command.list_circuits(settings)] == [MAIL_SERVER, gateway]
    for act, held in ((CircuitAct.CLOSE, 300), (CircuitAct.CLOSE, 600), (CircuitAct.RELEASE, 0)):
        wanted = circuit_to_keep(gateway, act, minutes=held // 60, reason="New address.")
        await command.change(settings, wanted)
        shown = (await command.list_circuits(settings))[1]
        assert not shown.is_open
        assert round(shown.hold_seconds / 60) == held // 60
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT kind, actor, data->>'hold_seconds' AS held FROM event"
            " WHERE kind LIKE 'Circuit%' ORDER BY seq"
        )
    assert [tuple(row) for row in rows] == [
        ("CircuitOpened", "system", "30.0"),
        ("CircuitClosed", "operator", "300.0"),
        ("CircuitClosed", "operator", "600.0"),
        ("CircuitClosed", "operator", "0.0"),
    ]


async def test_a_gateway_is_listed_and_kept_before_it_was_ever_called(
    settings: Settings, app: Application
) -> None:
    """Its business knows that the service will be away; one that is off is called by nobody."""
    business = await a_business(app.database, app.clock, app.ids)
    async with app.database.unrestricted.transaction() as session:
        await session.connection.executemany(
            "INSERT INTO message_channel (org_id, channel, url, is_enabled, kinds,"
            " acknowledge_minutes) VALUES ($1, $2, 'https://hook.example/1', $3, '{}', 0)",
            [(business.org_id, "make", True), (business.org_id, "sms", False)],
        )
    gateway = f"make:{business.org_id}"
    assert [one.name for one in await command.list_circuits(settings)] == [MAIL_SERVER, gateway]
    wanted = circuit_to_keep(gateway, CircuitAct.OPEN, minutes=10, reason="It moves tonight.")
    await command.change(settings, wanted)
    await app.breakers.refresh()
    assert app.breakers.of(gateway).is_held()


async def _fail() -> None:
    raise OSError("down")


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "two\nlines"])
def test_reasons_are_one_line_of_text(reason: str) -> None:
    with pytest.raises(InvalidInput):
        parse_reason(reason)
