"""The operating mode as every process follows it: set by the command, ended by itself."""

import asyncio
from datetime import timedelta

import pytest

from fullhouse.bootstrap.application import Application, open_application
from fullhouse.bootstrap.worker import build_app_worker
from fullhouse.entrypoints.cli import mode as command
from fullhouse.kernel.clock import ManualClock
from fullhouse.kernel.errors import InvalidInput
from fullhouse.resilience.database_watch import database_away
from fullhouse.resilience.operating_mode import ModeSetting, OperatingMode
from fullhouse.resilience.reasons import parse_reason
from fullhouse.settings import Settings

FULL, ESSENTIAL = OperatingMode.FULL, OperatingMode.ESSENTIAL


async def until(app: Application, mode: OperatingMode) -> None:
    async with asyncio.timeout(8):
        while app.modes.mode is not mode:  # noqa: ASYNC110 - a notification does it
            await asyncio.sleep(0.01)


async def test_all_processes_follow_the_operator(app: Application, database_url: str) -> None:
    settings = Settings(database_url=database_url)
    assert await command.change(settings, None) == ModeSetting()
    async with open_application(Settings(), database_url, name="second") as second:
        shown = await command.change(
            settings, ModeSetting(OperatingMode.READ_ONLY, "A failover.", 3_600)
        )
        assert command.format_mode(shown) == "  read-only for 60.0 min more  A failover."
        for process in (app, second):
            await until(process, OperatingMode.READ_ONLY)
            assert process.modes.current.reason == "A failover."
            assert process.metrics.registry.get_sample_value("fullhouse_operating_mode") == 2
        await command.change(settings, ModeSetting(OperatingMode.MAINTENANCE, "Work.", 0.5))
        await until(second, OperatingMode.MAINTENANCE)
        await until(second, FULL)
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT data->>'mode' AS mode, data->>'reason' AS reason, actor FROM event"
            " WHERE kind = 'OperatingModeChanged' ORDER BY seq"
        )
    assert [tuple(row) for row in rows] == [
        ("read-only", "A failover.", "operator"),
        ("maintenance", "Work.", "operator"),
    ]


async def test_mode_ends_in_time_while_the_database_is_away(
    app: Application, clock: ManualClock
) -> None:
    follower = app.mode_follower
    async with app.database.transaction() as session:
        await session.execute(
            "resilience.set_operating_mode", mode=ESSENTIAL, reason="A rush.", seconds_left=60.0
        )
    await follower.refresh()
    assert app.modes.mode is ESSENTIAL

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.database, "admit", _away)
        await follower.refresh()
        assert app.modes.mode is ESSENTIAL, "the last one that was known"
        clock.advance(timedelta(seconds=61))
        await follower.refresh()
        assert app.modes.mode is FULL


def _away() -> None:
    raise database_away()


def test_what_can_wait_is_held_in_any_mode_but_full(app: Application) -> None:
    jobs = {job.name: job for job in build_app_worker(app).scheduler.jobs}
    app.modes.set(ModeSetting(ESSENTIAL))
    held = {name for name, job in jobs.items() if job.is_held()}
    assert "count sales" in held
    assert "expire holds" not in held
    app.modes.set(ModeSetting())
    assert not any(job.is_held() for job in jobs.values())


@pytest.mark.parametrize("reason", ["", "  ", "x" * 201, "two\nlines"])
def test_reason_of_an_operator_is_one_line(reason: str) -> None:
    with pytest.raises(InvalidInput):
        parse_reason(reason)
