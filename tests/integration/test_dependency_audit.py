"""The audit of dependencies fails on a vulnerability, and says when it could look nothing up."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Final

import pytest
from typing_extensions import override

AUDIT: Final = Path(__file__).parents[2] / "tools" / "audit"
VULNERABLE: Final = "aiohttp"
ADVISORY: Final = {
    "id": "TEST-1",
    "modified": "2026-01-01T00:00:00Z",
    "summary": "planted",
    "affected": [{"package": {"name": VULNERABLE, "ecosystem": "PyPI"}}],
}


class _Advisories(BaseHTTPRequestHandler):
    """Answers as the database of vulnerabilities does, with one planted for one package."""

    vulnerable = ""
    status = 200

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        found = {"id": ADVISORY["id"], "modified": ADVISORY["modified"]}
        self._answer(
            {
                "results": [
                    {"vulns": [found]} if one["package"]["name"] == self.vulnerable else {}
                    for one in json.loads(body)["queries"]
                ]
            }
        )

    def do_GET(self) -> None:
        self._answer(ADVISORY)

    def _answer(self, value: object) -> None:
        body = json.dumps(value).encode()
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Print no line for each request."""


@contextmanager
def advisories(handler: type[_Advisories]) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def audit(url: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [AUDIT, "--service-url", url], capture_output=True, text=True, check=False, timeout=60
    )


@pytest.mark.timeout(60)
def test_a_vulnerability_of_a_dependency_fails_the_audit() -> None:
    class Vulnerable(_Advisories):
        vulnerable = VULNERABLE

    with advisories(Vulnerable) as url:
        result = audit(url)
    assert result.returncode == 1
    assert "TEST-1" in result.stdout


@pytest.mark.timeout(60)
def test_dependencies_without_vulnerabilities_pass_the_audit() -> None:
    with advisories(_Advisories) as url:
        result = audit(url)
    assert result.returncode == 0, result.stdout
    assert "NOT REACHED" not in result.stdout


@pytest.mark.timeout(60)
def test_an_audit_that_reaches_no_data_passes_and_says_so() -> None:
    class Broken(_Advisories):
        status = 500

    with advisories(Broken) as url:
        unavailable = audit(url)
    for result in (unavailable, audit(url)):
        assert result.returncode == 0, result.stdout
        assert "AUDIT NOT REACHED" in result.stdout


@pytest.mark.timeout(60)
def test_an_audit_that_cannot_run_fails() -> None:
    result = audit("not an address")
    assert result.returncode not in {0, 1}, result.stdout
