"""The page of the sandbox: services are disconnected, calls and messages come in sight."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping

import pytest
import requests
from playwright.sync_api import Page, expect
from tests.journeys.accessibility import violations

pytestmark = pytest.mark.timeout(120)

MESSAGE = {
    "message_id": "m1",
    "recipient": {"email": "ada@example.org"},
    "subject": "<b>Booked</b>",
    "text": "See you on Saturday.",
}


@pytest.fixture(scope="module")
def addresses() -> Iterator[Mapping[str, str]]:
    """Of a sandbox that is started once: that takes longer than what a test does with it."""
    command = (sys.executable, "-m", "fullhouse", "sandbox", "--port", "0", "--json")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())
        process.terminate()


@pytest.fixture
def sandbox(addresses: Mapping[str, str]) -> Mapping[str, str]:
    """Its addresses; all services work, and none was called yet."""
    control = f"{addresses['sandbox'].rstrip('/')}/control"
    for each in requests.get(control, timeout=10).json()["providers"]:
        service = f"{control}/{each['name']}"
        requests.put(service, json={"mode": "ok"}, timeout=10).raise_for_status()
        requests.delete(service, timeout=10).raise_for_status()
    return addresses


def send(sandbox: Mapping[str, str]) -> int:
    return requests.post(sandbox["make"], data=json.dumps(MESSAGE), timeout=10).status_code


def test_a_service_is_disconnected_and_restored(
    sandbox: Mapping[str, str], page: Page, width: str
) -> None:
    assert width
    page.goto(sandbox["sandbox"])
    expect(page.get_by_role("status")).to_have_text("All services work.")
    make = page.get_by_role("region", name="Make.com")
    make.get_by_role("button", name="Disconnect Make.com").click()
    expect(page.get_by_role("status")).to_have_text("Failing: Make.com.")
    assert send(sandbox) == 503
    expect(make.get_by_text("503")).to_be_visible()
    page.get_by_role("button", name="Restore all services").click()
    expect(page.get_by_role("status")).to_have_text("All services work.")
    assert send(sandbox) == 200
    expect(page.get_by_text("<b>Booked</b>", exact=True)).to_be_visible()
    assert not page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


def test_a_service_fails_in_another_way_for_a_time(sandbox: Mapping[str, str], page: Page) -> None:
    page.goto(sandbox["sandbox"])
    sms = page.get_by_role("region", name="SMS gateway")
    sms.get_by_text("Other ways to fail").click()
    sms.get_by_label("How it behaves").select_option("rate_limited")
    sms.get_by_label("For how long").select_option("2 hours")
    sms.get_by_role("button", name="Apply to SMS gateway").click()
    expect(sms.get_by_text("refuses: too many requests")).to_be_visible()
    expect(sms.get_by_text("works again in 1:59")).to_be_visible()
    answer = requests.post(sandbox["sms"], json={"to": "+15550100", "text": "Hi"}, timeout=10)
    assert answer.status_code == 429
    assert violations(page) == []


def test_without_script_the_page_says_what_to_do(
    sandbox: Mapping[str, str], page: Page, script: str
) -> None:
    page.goto(sandbox["sandbox"])
    told = page.get_by_text("fullhouse sandbox set make down --for 2h")
    expect(told).to_have_count(0 if script == "script" else 1)
