"""A process that starts makes no page of the documentation: most end before anybody asks."""

import pytest

from fullhouse.entrypoints.api.documentation import pages
from fullhouse.entrypoints.api.documentation.runbook_pages import Runbook
from fullhouse.entrypoints.api.problems import PROBLEMS
from fullhouse.http.request import Request
from fullhouse.http.response import Response
from fullhouse.observability.alert_texts import RUNBOOKS_PATH

RUNBOOK = f"{RUNBOOKS_PATH}/ledger-queue-full"


async def no_body(_: int) -> bytes:
    return b""


async def test_a_runbook_is_rendered_when_it_is_first_asked_for_and_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rendered = list[str]()

    def render(markdown: str) -> Runbook:
        rendered.append(markdown.splitlines()[0])
        return Runbook("Queue", "")

    monkeypatch.setattr(pages, "rendered_runbook", render)
    app = pages.DocumentationApp(PROBLEMS, title="API", document_path="/openapi.json", icon="")
    assert rendered == []
    request = Request("GET", RUNBOOK, b"", {}, "192.0.2.1", is_https=False, read_body=no_body)
    for _ in range(2):
        answer = await app.find(request).handler(request)
        assert isinstance(answer, Response)
        assert answer.status == 200
    assert len(rendered) == 1
