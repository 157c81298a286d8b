"""What is inconsistent is shown with its repair, and repaired, undone and released by all doors."""

from datetime import timedelta
from html import unescape
from urllib.parse import urlencode

import msgspec
import pytest
from tests.builders.api_client import Answer, ApiClient, a_booking_body
from tests.builders.business import Business

from fullhouse.bootstrap.consistency import RULES, build_consistency_watch, tell_owners
from fullhouse.entrypoints.cli import repair as command
from fullhouse.entrypoints.cli.repair import RepairCommand
from fullhouse.kernel.errors import InvalidInput
from fullhouse.people.model.roles import Role
from fullhouse.resilience.errors import RepairChanged, UnknownInconsistency
from fullhouse.settings import Settings
from fullhouse.telemetry.metrics import MetricRegistry

pytestmark = pytest.mark.timeout(90)

FORM = {"content-type": "application/x-www-form-urlencoded"}
BREAK = """
    UPDATE slot_allocation SET expires_at = '2099-01-01';
    UPDATE slot SET held = booked, booked = 0;
"""


async def at_once(_seconds: float) -> None:
    return


@pytest.fixture
async def broken(api: ApiClient, business: Business) -> str:
    """The id of an inconsistency: the places of a booking expire."""
    await api.book(await business.a_slot(capacity=10))
    await run(api, BREAK)
    await check(api)
    (found,) = await listed(api)
    return str(found["id"])


async def run(api: ApiClient, sql: str) -> None:
    async with api.app.database.unrestricted.session() as session:
        await session.connection.execute(sql)


async def check(api: ApiClient) -> None:
    watch = build_consistency_watch(
        api.app.unit_of_work, MetricRegistry(), tell_of=tell_owners, sleep=at_once
    )
    await watch.check(RULES)


async def listed(api: ApiClient, query: str = "?open=true") -> list[dict[str, object]]:
    answer = await api.ask("GET", f"/inconsistencies{query}", key=api.key)
    assert answer.status == 200, answer.body
    found = answer.json["inconsistencies"]
    assert isinstance(found, list)
    return found


async def shown(api: ApiClient, id_: str) -> dict[str, object]:
    return (await api.ask("GET", f"/inconsistencies/{id_}", key=api.key)).json


async def act(api: ApiClient, path: str, body: object = None) -> Answer:
    return await api.ask("POST", f"/inconsistencies/{path}", json=body, key=api.key)


async def test_a_program_reads_the_repair_applies_and_undoes_it(
    api: ApiClient, broken: str
) -> None:
    one = await shown(api, broken)
    assert (one["rule"], one["outcome"], one["quarantined"]) == ("only_holds_expire", "open", True)
    changes = one["changes"]
    assert isinstance(changes, list)
    assert {change["column"] for change in changes} == {"expires_at", "booked", "held"}
    refused = await act(api, f"{broken}/repair", {"repair": "another"})
    assert refused.json["code"] == "repair_changed"
    done = await act(api, f"{broken}/repair", {"repair": one["repair"]})
    assert (done.json["outcome"], done.json["quarantined"]) == ("repaired", False)
    assert done.json["changes"] == changes, "what was shown is what was done"
    assert await listed(api) == []
    assert len(await listed(api, "")) == 1
    again = await act(api, f"{broken}/repair", {"repair": one["repair"]})
    assert again.json["code"] == "inconsistency_settled"
    assert (await act(api, f"{broken}/undo")).json["outcome"] == "undone"
    await check(api)
    (found,) = await listed(api)
    released = await act(api, f"{found['id']}/release", {"reason": "We move it ourselves"})
    assert (released.json["outcome"], released.json["quarantined"]) == ("released", False)
    assert (await act(api, f"{found['id']}/release", {"reason": ""})).status == 422
    assert (await api.ask("GET", "/inconsistencies/none", key=api.key)).status == 404


async def page(api: ApiClient, path: str = "") -> str:
    cookie = await api.staff_cookie("owner", role="owner")
    answer = await api.ask("GET", f"//admin/{api.org}/inconsistencies{path}", headers=cookie)
    assert answer.status == 200, answer.body
    return unescape(answer.body.decode())


async def send(api: ApiClient, path: str, **fields: str) -> Answer:
    cookie = await api.staff_cookie("owner", role="owner")
    return await api.ask(
        "POST",
        f"//admin/{api.org}/inconsistencies/{path}",
        content=urlencode(fields).encode(),
        headers={**FORM, **cookie},
    )


async def test_an_owner_sees_the_difference_repairs_and_undoes(api: ApiClient, broken: str) -> None:
    assert "is confirmed until its end" in await page(api)
    assert "1 record contradicts itself." in await page(api, "/../overview")
    detail = await page(api, f"/{broken}")
    assert "What the repair changes" in detail
    assert "expires" in detail
    assert "booked places" in detail
    repair = str((await shown(api, broken))["repair"])
    version = str(int(repair, 16))
    assert f'name="version" value="{version}"' in await page(api, f"/{broken}/repair")
    refused = await send(api, f"{broken}/repair", submitted="yes", version="1")
    assert "Check the repair again" in unescape(refused.body.decode())
    done = await send(api, f"{broken}/repair", submitted="yes", version=version)
    assert done.status == 303
    detail = await page(api, f"/{broken}")
    assert "What was changed" in detail
    assert "Undo the repair" in detail
    assert (await send(api, f"{broken}/undo")).status == 303
    again = await send(api, f"{broken}/undo")
    assert "settled already" in unescape(again.body.decode())
    await check(api)
    (found,) = await listed(api)
    assert (await send(api, f"{found['id']}/release", submitted="yes", reason="")).status == 422
    done = await send(api, f"{found['id']}/release", submitted="yes", reason="By hand")
    assert done.status == 303
    refused = await send(api, f"{found['id']}/release", submitted="yes", reason="Again")
    assert "settled already" in unescape(refused.body.decode())
    assert "By hand" in await page(api, ".csv")


async def test_owners_are_told_once_by_email(api: ApiClient, business: Business) -> None:
    await api.staff_cookie("Olga", role="owner")
    await api.staff_cookie("Sam", role="staff")
    for day in (7, 8):
        slot = await business.a_slot(starts_in=timedelta(days=day))
        await api.ask(
            "POST", "/bookings", json=a_booking_body(slot, name=f"Ada {day}"), key=api.key
        )
    await run(api, BREAK)
    for _ in range(2):
        await check(api)
    assert len(await listed(api)) == 2
    async with api.app.database.unrestricted.session() as session:
        told = await session.connection.fetchval(
            "SELECT count(*) FROM effect WHERE key LIKE 'account_message/data_inconsistent/%'"
        )
    assert told == 1, "the owner, of the first"


async def test_what_has_no_repair_says_what_to_do(api: ApiClient, broken: str) -> None:
    await run(api, "UPDATE slot_allocation SET expires_at = NULL; UPDATE slot SET booked = held")
    await run(api, "UPDATE slot SET held = 0; DELETE FROM slot_allocation")
    await run(api, "UPDATE slot SET booked = 0, capacity = 1")
    await check(api)
    (found,) = await listed(api)
    assert found["id"] != broken
    detail = await page(api, f"/{found['id']}")
    assert "There is no repair that can be applied." in detail
    assert "release and move it" in detail


@pytest.mark.parametrize("role", ["staff", "admin"])
async def test_repairs_are_the_owners(api: ApiClient, broken: str, role: Role) -> None:
    cookie = await api.staff_cookie(role, role=role)
    path = f"//admin/{api.org}/inconsistencies/{broken}"
    assert (await api.ask("GET", path, headers=cookie)).status == 403


async def test_an_operator_lists_applies_undoes_and_releases(
    broken: str, database_url: str
) -> None:
    settings = Settings(database_url=database_url)
    found = await command.list_open(settings, check=False)
    assert msgspec.json.encode(found)
    (one,) = found.inconsistencies
    assert str(one.id) == broken
    assert f"{broken}@{one.repair}  open" in found.text
    assert "- slots " in found.text
    with pytest.raises(RepairChanged):
        await command.change(settings, RepairCommand.APPLY, [f"{broken}@another"], reason="")
    await command.change(settings, RepairCommand.APPLY, [f"{broken}@{one.repair}"], reason="")
    after = await command.list_open(settings, check=False)
    assert after.text.startswith("All data is consistent.")
    assert not after.inconsistencies
    assert [str(each.id) for each in after.repaired] == [broken], "which can be undone"
    assert broken in after.text
    await command.change(settings, RepairCommand.UNDO, [broken], reason="")
    (again,) = (await command.list_open(settings)).inconsistencies
    await command.change(settings, RepairCommand.RELEASE, [str(again.id)], reason="By hand")
    assert "released" in (await command.list_open(settings, check=False)).text
    for wrong in ([], ["x"]):
        with pytest.raises(InvalidInput):
            await command.change(settings, RepairCommand.APPLY, wrong, reason="")
    with pytest.raises(UnknownInconsistency):
        await command.change(settings, RepairCommand.UNDO, [str(one.org_id)], reason="")
