"""`fullhouse alerts` beside a server that watches."""

import pytest

from fullhouse.entrypoints.cli import alerts as command
from fullhouse.entrypoints.cli.alerts import AlertCommand
from fullhouse.kernel.errors import InvalidInput
from fullhouse.settings import Settings
from fullhouse.storage.database import Database


async def _do(settings: Settings, what: AlertCommand, rule: str | None) -> None:
    await command.change_alerts(settings, what, rule, hours=2, reason="Known.")


async def test_an_operator_lists_acknowledges_and_silences(
    database: Database, database_url: str
) -> None:
    settings = Settings(database_url=database_url)
    nothing = await command.read_alerts(settings)
    assert command.format_alerts(nothing) == "  Nothing has been wrong."
    async with database.session() as session:
        await session.connection.execute(
            "INSERT INTO alert (alert_id, rule, subject, severity, summary, fired_at)"
            " VALUES (gen_random_uuid(), 'errors', '', 'warning', 'Eleven errors.', now())"
        )
    await _do(settings, AlertCommand.ACKNOWLEDGE, "errors")
    await _do(settings, AlertCommand.SILENCE, "errors")
    text = command.format_alerts(await command.read_alerts(settings))
    assert "acknowledged  warning   errors            Eleven errors." in text
    assert "errors (Known.)" in text
    await _do(settings, AlertCommand.UNSILENCE, "errors")
    assert "silent" not in command.format_alerts(await command.read_alerts(settings))
    for what, rule in (
        (AlertCommand.ACKNOWLEDGE, "errors"),
        (AlertCommand.SILENCE, "error"),
        (AlertCommand.UNSILENCE, None),
    ):
        with pytest.raises(InvalidInput):
            await _do(settings, what, rule)
