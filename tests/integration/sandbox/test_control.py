"""The control: what it lists, refuses and forgets; connections that fail; chance from a seed."""

import json

import aiohttp
import pytest
from tests.builders.sandbox import RunningSandbox, a_sandbox

from fullhouse.kernel.errors import InvalidInput
from fullhouse.sandbox.client import SandboxUnreachable, change_provider, list_providers
from fullhouse.sandbox.listening import SandboxAddressUnusable, listening_pair
from fullhouse.sandbox.modes import Mode
from fullhouse.sandbox.sandbox import SandboxOptions


async def test_every_provider_is_listed_with_its_mode_and_counts(box: RunningSandbox) -> None:
    status = await change_provider(box.addresses.url, "make", {"mode": "down", "for_seconds": 60})
    assert status.mode is Mode.DOWN
    assert status.until is not None
    await box.post(box.addresses.make_hook, {})
    listed = {each.name: each for each in await list_providers(box.addresses.url)}
    assert {"make", "sms", "smtp"} <= set(listed)
    assert (listed["make"].received, listed["make"].failed) == (1, 1)
    assert listed["sms"].mode is Mode.OK


async def test_what_is_wrong_is_told_and_changes_nothing(box: RunningSandbox) -> None:
    for provider, given in (
        ("make", {"mode": "broken"}),
        ("make", {"mode": "down", "unknown_setting": 1}),
        ("make", {"mode": "down", "queue_max": "many"}),
        ("pigeons", {"mode": "down"}),
    ):
        with pytest.raises(InvalidInput):
            await change_provider(box.addresses.url, provider, given)
    assert {each.mode for each in await list_providers(box.addresses.url)} == {Mode.OK}
    with pytest.raises(SandboxUnreachable):
        await list_providers("http://127.0.0.1:1")


async def test_secrets_are_never_listed(box: RunningSandbox) -> None:
    await box.set("make", key="top-secret", secret="whsec_secret")
    headers = {"x-make-apikey": "top-secret", "Authorization": "Bearer top-secret"}
    await box.post(box.addresses.make_hook, {}, headers)
    for path in ("", "/make", "/make/log"):
        async with box.http.get(f"{box.addresses.url}/control{path}") as response:
            text = await response.text()
        assert "top-secret" not in text
        assert "whsec_secret" not in text


async def test_a_log_is_read_from_where_one_was(box: RunningSandbox) -> None:
    for _ in range(3):
        await box.post(box.addresses.make_hook, {})
    async with box.http.get(f"{box.addresses.url}/control/make/log?after=2") as response:
        calls = (await response.json())["calls"]
    assert [call["number"] for call in calls] == [3]
    for path in ("log?after=x", "pigeons"):
        async with box.http.get(f"{box.addresses.url}/control/make/{path}") as response:
            assert response.status in {400, 404}


async def test_what_a_provider_holds_can_be_forgotten(box: RunningSandbox) -> None:
    await box.set("sms", report_seconds=0, mode="doubled")
    await box.post(box.addresses.sms, {"to": "+15550100", "text": "Hi"})
    async with box.http.delete(f"{box.addresses.url}/control/sms") as response:
        assert (await response.json())["mode"] == "doubled"
    assert await box.log("sms") == []
    assert await box.listed("sms", "reports", "reports") == []


async def test_a_reset_connection_has_no_answer_and_no_effect(box: RunningSandbox) -> None:
    await box.set("make", mode="reset", run_seconds=0)
    with pytest.raises(aiohttp.ClientConnectionError):
        await box.post(box.addresses.make_hook, {})
    assert await box.messages("make") == []
    assert (await box.log("make"))[-1].status is None


async def test_a_slow_close_sends_the_answer_and_does_not_end_it(box: RunningSandbox) -> None:
    await box.set("make", mode="slow_close")
    async with box.http.post(box.addresses.make_hook, json={}) as response:
        assert await response.content.read(100) == b"Accepted"
        assert not response.content.at_eof()
        response.close()


async def test_chance_is_the_same_for_the_same_seed() -> None:
    async def statuses(seed: int) -> list[int]:
        async with a_sandbox(options=SandboxOptions(seed)) as box:
            await box.set("make", error_rate=0.5)
            return [(await box.post(box.addresses.make_hook, {}))[0] for _ in range(20)]

    first, again, other = await statuses(7), await statuses(7), await statuses(8)
    assert first == again
    assert set(first) == {200, 500}
    assert first != other


async def test_a_name_that_points_to_this_machine_is_refused(box: RunningSandbox) -> None:
    headers = {"Host": "attacker.example"}
    for path in ("/", "/control", "/make/hook/x"):
        async with box.http.get(box.addresses.url + path, headers=headers) as response:
            assert response.status == 421
    assert await box.log("make") == []


async def test_a_page_of_another_site_calls_nothing(box: RunningSandbox) -> None:
    for origin in ("https://attacker.example", "null", "http://127.0.0.1:1"):
        for url in (box.addresses.make_hook, f"{box.addresses.of('retell')}/calls"):
            assert (await box.post(url, {}, {"Origin": origin}))[0] == 403
    assert await box.log("make") == []
    assert (await box.post(box.addresses.make_hook, {}, {"Origin": box.addresses.url}))[0] == 200


async def test_a_script_of_outages_is_set_and_ended(box: RunningSandbox) -> None:
    window = {"after_seconds": 0, "mode": "down", "for_seconds": 7200}
    await box.set("make", script=[window])
    assert (await box.post(box.addresses.make_hook, {}))[0] == 503
    (make, *_) = await list_providers(box.addresses.url)
    assert (make.mode, make.fault.mode, len(make.script)) == (Mode.DOWN, Mode.OK, 1)
    await box.set("make", script=[])
    assert (await box.post(box.addresses.make_hook, {}))[0] == 200


async def test_the_page_is_complete_in_one_file(box: RunningSandbox) -> None:
    async with box.http.get(box.addresses.url + "/") as response:
        page = await response.text()
        assert response.status == 200
        assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "Sandbox" in page
    assert "src=" not in page


def test_a_port_in_use_is_told_or_another_is_taken() -> None:
    with listening_pair("127.0.0.1", 0) as first:
        port = first.http.getsockname()[1]
        assert first.smtp.getsockname()[1] == port + 1
        with pytest.raises(SandboxAddressUnusable):
            listening_pair("127.0.0.1", port)
        with listening_pair("127.0.0.1", port, else_any=True) as second:
            assert second.http.getsockname()[1] != port
    with pytest.raises(InvalidInput):
        listening_pair("127.0.0.1", 65535)


async def test_what_the_log_keeps_is_bounded(box: RunningSandbox) -> None:
    await box.post(box.addresses.make_hook, {"text": "x" * 100_000}, {"x-long": "x" * 5_000})
    (call,) = await box.log("make")
    assert len(call.body) < 20_000
    assert len(json.dumps(call.headers)) < 2_000


async def test_an_open_sandbox_is_called_by_any_name() -> None:
    async with a_sandbox(options=SandboxOptions(is_open=True)) as box:
        headers = {"Host": "sandbox.example"}
        async with box.http.get(box.addresses.url + "/control", headers=headers) as response:
            assert response.status == 200
