"""The OpenAPI document is complete, its examples are valid, and responses conform to it.

`FULLHOUSE_API_EXAMPLES` is the number of requests generated per operation and mode: few in a local
run, many in the nightly one. `FULLHOUSE_API_STATEFUL_SECONDS` is the time for calls with what calls
returned, and more where a slow machine has made too few by then.
"""

import asyncio
import copy
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Final

import jsonschema_rs
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.adapter.parameters import OpenApiParameter
from schemathesis.specs.openapi.adapter.responses import OpenApiResponses
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema
from tests.builders.business import a_member_of_staff, commit
from tests.conftest import EMBEDDED, TEMPLATE, TestServers, run_on
from tests.journeys.site import Site

EXAMPLES: Final = int(os.environ.get("FULLHOUSE_API_EXAMPLES", "4"))
ENDLESS: Final = "/live"
SECONDS: Final = 300
STATEFUL_SECONDS: Final = int(os.environ.get("FULLHOUSE_API_STATEFUL_SECONDS", "20"))
STATEFUL_RUNS: Final = 4
"""Each with twice the time of the one before, until enough links were followed."""
LINKS_MIN: Final = 10
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Described:
    """A started program with one business, and its own OpenAPI document."""

    site: Site
    text: Json
    key: str
    known: Mapping[str, tuple[str, ...]]

    def operations(self) -> Iterator[tuple[str, str, dict[str, object]]]:
        paths = self.text["paths"]
        assert isinstance(paths, dict)
        for path, methods in paths.items():
            for method, operation in methods.items():
                yield path, method, operation


@pytest.fixture(scope="module")
def described(servers: TestServers) -> Iterator[Described]:
    """Rate limits are out of the way here; they have tests of their own."""
    server = servers[EMBEDDED]
    asyncio.run(run_on(server, f"CREATE DATABASE openapi TEMPLATE {TEMPLATE}"))
    with pytest.MonkeyPatch.context() as environment:
        for limit in ("WRITES_BURST", "WRITES_PER_SECOND", "READS_BURST", "READS_PER_SECOND"):
            environment.setenv(f"FULLHOUSE_{limit}", "1000000")
        site = Site(server.url_of("openapi"))
        site.open()
        yield _described(site)
        site.close()


def _described(site: Site) -> Described:
    farm = site.a_farm()
    app, business = site.app, farm.business
    key = site.run(
        commit(
            app,
            app.people.issue_api_key,
            business.org_id,
            name="Contract",
            scope="manage",
            context=a_member_of_staff(),
        )
    ).secret
    slots = site.run(business.slots(6, capacity=50, starts_in=timedelta(days=3)))
    booked = requests.post(
        f"{site.url}/api/v1/{farm.slug}/bookings",
        json={
            "slot": str(slots[0]),
            "party": 2,
            "customer": {"name": "Ada", "email": "ada@example.org"},
        },
        timeout=30,
    )
    assert booked.status_code == HTTPStatus.CREATED
    text = requests.get(f"{site.url}/schema/openapi.json", timeout=30).json()
    known = {
        "org": (farm.slug,),
        "slug": (business.offering.slug,),
        "channel": ("make", "sms"),
        "provider": ("delivery-reports",),
        "kind": ("confirmation", "waiting"),
        "language": ("en",),
        "ref": (booked.json()["ref"],),
        "name": ("0f343b0931126a20f133d67c2b018a3b",),
        "id": (str(business.offering.venue_id), *map(str, slots)),
    }
    return Described(site, text, key, known)


def test_every_operation_has_a_summary_its_responses_and_its_key(described: Described) -> None:
    names = [operation["operationId"] for _, _, operation in described.operations()]
    assert len(names) == len(set(names)) >= 25
    for path, method, operation in described.operations():
        label = f"{method} {path}"
        responses = operation["responses"]
        assert isinstance(responses, dict)
        assert operation["summary"], label
        assert {"422", "429", "503"} <= responses.keys(), label
        assert any(status.startswith("2") for status in responses), label
        if method != "get" and "{org}" in path:
            assert "Idempotency-Key" in str(operation["parameters"]), label
        assert {"401", "403", *(["404"] if "{org}" in path else [])} <= responses.keys(), label


def test_every_body_and_response_has_an_example(described: Described) -> None:
    for path, method, operation in described.operations():
        for place in _contents(operation):
            is_stream = path.endswith(ENDLESS) and "example" not in place
            assert place.get("example") or place.get("examples") or is_stream, (path, method)


def test_every_example_is_valid_by_its_schema(described: Described) -> None:
    checked, components = 0, described.text["components"]
    validators: dict[str, jsonschema_rs.Validator] = {}  # a thousand places have a hundred schemas
    for path, method, operation in described.operations():
        for place in _contents(operation):
            schema = json.dumps(place["schema"])
            if schema not in validators:
                whole = {**_dict(place["schema"]), "components": components}
                validators[schema] = jsonschema_rs.validator_for(whole)
            examples = [one["value"] for one in _dict(place.get("examples", {})).values()]
            if "example" in place:
                examples.append(place["example"])
            for example in examples:
                problem = next(validators[schema].iter_errors(example), None)
                assert problem is None, (method, path, str(problem))
                checked += 1
    assert checked > 100


@pytest.mark.timeout(SECONDS)
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_responses_to_generated_requests_conform_to_the_document(
    described: Described, mode: GenerationMode, subtests: pytest.Subtests
) -> None:
    for operation in _operations(described.text):
        if operation.path.endswith(ENDLESS):
            continue  # a stream has no end to wait for; it has tests of its own
        with subtests.test(operation.label):
            _conforms(described, operation, mode)


def test_response_that_breaks_its_schema_is_detected(described: Described) -> None:
    text = copy.deepcopy(dict(described.text))
    schemas = _dict(_dict(text["components"])["schemas"])
    schemas["Organisation"]["required"] = ["moon"]
    (operation,) = (
        one
        for one in _operations(text)
        if (one.method.upper(), one.path) == ("GET", "/api/v1/{org}")
    )
    with pytest.raises(FailureGroup):
        _conforms(described, operation, GenerationMode.POSITIVE)


@pytest.mark.timeout(2 * SECONDS)
def test_coverage_phase_finds_nothing(described: Described, tmp_path: Path) -> None:
    """Every constraint of every operation, the stream too, however long it takes."""
    output = _phase("coverage", described, _with_real_examples(described), tmp_path)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["exit_code"] == 0, output
    assert report["operations"]["tested"] == len(list(described.operations()))
    assert report["test_cases"]["generated"] > 1_000


@pytest.mark.timeout(SECONDS + STATEFUL_SECONDS * 2**STATEFUL_RUNS)
def test_stateful_phase_finds_nothing(described: Described, tmp_path: Path) -> None:
    """Calls with what calls returned."""
    text, output = _with_real_examples(described), ""
    for run in range(STATEFUL_RUNS):
        output = _phase("stateful", described, text, tmp_path, seconds=STATEFUL_SECONDS * 2**run)
        report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
        assert report["exit_code"] == 0, output
        links = re.search(r"API Links:\s+(\d+) covered", output)
        if links is not None and int(links[1]) >= LINKS_MIN:
            break
    else:
        pytest.fail(output)


@pytest.mark.timeout(SECONDS)
def test_coverage_phase_detects_a_response_that_breaks_its_schema(
    described: Described, tmp_path: Path
) -> None:
    text = copy.deepcopy(dict(described.text))
    _dict(_dict(text["components"])["schemas"])["Organisation"]["required"] = ["moon"]
    text["paths"] = {"/api/v1/{org}": _dict(text["paths"])["/api/v1/{org}"]}
    _phase("coverage", described, text, tmp_path)
    report = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert report["exit_code"] == 1
    assert [failure["title"] for failure in report["failures"]] == ["Response violates schema"]


Operation = APIOperation[OpenApiParameter, OpenApiResponses, object, OpenApiSchema]


def _operations(text: Json) -> Iterator[Operation]:
    for result in schemathesis.openapi.from_dict(dict(text)).get_all_operations():
        assert isinstance(result, Ok), result
        yield result.ok()


def _conforms(described: Described, operation: Operation, mode: GenerationMode) -> None:
    @given(case=operation.as_strategy(generation_mode=mode), real=st.booleans())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def conforms(case: Case[Operation], real: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        for name in case.path_parameters:
            if real or name == "org":
                case.path_parameters[name] = described.known[name][0]
        answer = case.call(
            base_url=described.site.url,
            headers={"Authorization": f"Bearer {described.key}"} if real else None,
            timeout=30,
        )
        case.validate_response(
            answer,
            checks=[
                not_a_server_error,
                status_code_conformance,
                content_type_conformance,
                response_headers_conformance,
                response_schema_conformance,
            ],
        )

    conforms()


def _with_real_examples(described: Described) -> Json:
    """The document with slots and bookings that exist in its examples, so that calls succeed."""
    text = json.dumps(described.text)
    for example, real in (
        ("01977f6e-8c00-7000-8000-00000000002a", described.known["id"][1]),
        ("K7QF2M9D", described.known["ref"][0]),
        ("sunflower-morning", described.known["slug"][0]),
    ):
        assert example in text
        text = text.replace(example, real)
    return _dict(json.loads(text))


def _phase(
    name: str, described: Described, text: Json, folder: Path, *, seconds: int = SECONDS
) -> str:
    """Run a phase over a document; a report is left in the folder. Returns what was printed."""
    (folder / "openapi.json").write_text(json.dumps(text), encoding="utf-8")
    (folder / "schemathesis.toml").write_text(
        f'max-stream-events = 1\n[parameters]\n"path.org" = "{described.known["org"][0]}"\n',
        encoding="utf-8",
    )
    options = {
        "url": described.site.url,
        "phases": name,
        "checks": "all",
        # An empty parameter is one left out; what a phone number or a cursor is, no schema says
        "exclude-checks": "negative_data_rejection,positive_data_acceptance",
        "max-time": f"{seconds}",
        "request-timeout": "2",
        "header": f"Authorization: Bearer {described.key}",
        "warnings": "off",
        "report": "json",
        "report-json-path": f"{folder / 'report.json'}",
    }
    program = [sys.executable, "-m", "schemathesis.cli", "run", f"{folder / 'openapi.json'}"]
    given = [word for option, value in options.items() for word in (f"--{option}", value)]
    flags = ["--generation-deterministic", "--no-shrink", "--continue-on-failure", "--no-color"]
    return subprocess.run(
        [*program, *given, *flags],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS + seconds,
    ).stdout


def _contents(operation: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """Everything with a schema and perhaps examples: bodies of the request and of its answers."""
    bodies = [_dict(operation.get("requestBody", {}))]
    bodies += [_dict(response) for response in _dict(operation["responses"]).values()]
    for body in bodies:
        for place in _dict(body.get("content", {})).values():
            yield _dict(place)


def _dict(value: object) -> dict[str, dict[str, object]]:
    assert isinstance(value, dict)
    return value
