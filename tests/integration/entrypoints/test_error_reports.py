"""An unforeseen error is reported: where it was, of which request, and without anybody's data."""

import io
import json
import logging
import re

import pytest
from pydantic import SecretStr
from tests.builders.api_client import ApiClient
from tests.builders.collector import Collector, a_collector, reporting_as

from fullhouse.kernel.errors import FullhouseError
from fullhouse.settings import Settings
from fullhouse.telemetry.log import get_logger, start_logging

EMAIL, TOKEN, PASSWORD = "ada@farm.example", "tok-4f1d8c", "hunter2-secret"
REQUEST_ID = "01a61289-8000-742e-b7c6-8ef488761425"


def events_in(collector: Collector) -> list[dict[str, object]]:
    """Of the envelopes that came, each item's payload."""
    found = []
    for path, body in collector.bodies:
        assert path == "/api/7/envelope/"
        lines = body.splitlines()
        found += [json.loads(payload) for payload in lines[2::2]]
    return found


def hostile(*_: object, **__: object) -> None:
    """Fail with everything in the texts and the local variables that nobody may read."""
    local = {"email": EMAIL, "token": TOKEN, "password": PASSWORD}
    try:
        int(f"{EMAIL} may not {local}")
    except ValueError as error:
        raise RuntimeError(f"postgresql://ada:{PASSWORD}@host said {TOKEN}") from error


async def fail_everywhere(api: ApiClient) -> None:
    """In an operation, a page, a job and a task of the event loop."""
    secrets = {"Cookie": f"session={TOKEN}", "Authorization": f"Bearer {PASSWORD}"}
    headers = {"X-Request-ID": REQUEST_ID, **secrets}
    answer = await api.ask("GET", f"/offerings?email={EMAIL}", headers=headers)
    page = await api.ask("GET", f"//{api.org}", headers={"X-Request-ID": REQUEST_ID})
    assert (answer.status, page.status) == (500, 500)
    assert REQUEST_ID in page.body.decode(), "the page says which request it was"
    log = get_logger("jobs")
    log.error("jobs.dead_lettered", error=OSError(EMAIL))
    log.error("jobs.dead_lettered", error=FullhouseError(EMAIL))
    logging.getLogger("asyncio").error("%s failed", EMAIL, exc_info=KeyError(TOKEN))


async def test_an_unforeseen_error_is_reported_without_what_it_quotes(
    api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(api.app.directory), "organisation", hostile)
    log = start_logging(form="json", level="info", stream=io.StringIO())
    async with a_collector() as collector:
        dsn = SecretStr(f"http://public@127.0.0.1:{collector.port}/7")
        async with reporting_as(Settings(sentry_dsn=dsn)):
            await fail_everywhere(api)
    log.close()
    told = b"\n".join(body for _, body in collector.bodies).decode()
    for word in (EMAIL, "ada", TOKEN, PASSWORD, "session", "Bearer", "postgresql", api.org):
        assert re.search(rf"\b{re.escape(word)}\b", told) is None, word
    first, of_page, job, task = events_in(collector)
    assert first["transaction"] == "http.request_failed"
    assert of_page["transaction"] == "http.page_failed"
    assert (job["transaction"], task["transaction"]) == ("jobs.dead_lettered", "python")
    assert first["tags"] == of_page["tags"] == {"correlation_id": REQUEST_ID}
    raised = first["exception"]
    assert isinstance(raised, dict)
    cause, error = raised["values"]
    assert (cause["type"], error["type"]) == ("ValueError", "RuntimeError")
    assert error["value"] == "RuntimeError"
    frames = error["stacktrace"]["frames"]
    assert frames[-1]["function"] == "hostile"
    assert any(frame["filename"].startswith("fullhouse/http/") for frame in frames)
    assert all(set(frame) == {"filename", "function", "lineno", "in_app"} for frame in frames)
