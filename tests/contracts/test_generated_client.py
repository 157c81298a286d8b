"""A client that a generator makes of the OpenAPI document books: types, names and errors fit.

The generator's own dependencies are older than ours, so uv runs it in an environment of its own.
"""

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Protocol

import pytest
import requests
from tests.conftest import EMBEDDED, TEMPLATE, TestServers, run_on
from tests.journeys.site import Farm, Site

ROOT = Path(__file__).parents[2]
GENERATOR = "openapi-python-client"
VERSION = "0.29.1"
PACKAGE = "fullhouse_client"
CONFIGURATION = "content_type_overrides:\n  text/calendar: application/octet-stream\n"
"""A file is bytes; the generator has to be told."""
SECONDS = 300


class Parsed(Protocol):
    """What the package made of an answer: its classes exist only while the tests run."""

    def __getattr__(self, name: str) -> "Parsed": ...

    def __getitem__(self, index: int) -> "Parsed": ...

    def __iter__(self) -> Iterator["Parsed"]: ...


@dataclass(frozen=True, slots=True)
class Generated:
    """The generated package, a client of it, and a farm with three free slots."""

    client: object
    farm: Farm
    output: str

    def call(self, operation: str, /, *path: str, expect: str, **arguments: object) -> Parsed:
        """Call `tag.operation` of the package; its answer, which is of the schema `expect`."""
        module = import_module(f"{PACKAGE}.api.{operation}")
        answer = module.sync_detailed(self.farm.slug, *path, client=self.client, **arguments)
        parsed: Parsed = answer.parsed
        assert type(parsed).__name__ == expect, parsed
        return parsed


@pytest.fixture(scope="module")
def generated(
    servers: TestServers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Generated]:
    server, folder = servers[EMBEDDED], tmp_path_factory.mktemp("client")
    asyncio.run(run_on(server, f"CREATE DATABASE generated_client TEMPLATE {TEMPLATE}"))
    site = Site(server.url_of("generated_client"))
    site.open()
    farm = site.a_farm()
    site.run(farm.business.slots(3, capacity=4, starts_in=timedelta(days=3)))
    output = _generate(requests.get(f"{site.url}/schema/openapi.json", timeout=30).content, folder)
    sys.path.insert(0, str(folder))
    with import_module(f"{PACKAGE}.client").Client(base_url=site.url) as client:
        yield Generated(client, farm, output)
    sys.path.remove(str(folder))
    site.close()


def _generate(document: bytes, folder: Path) -> str:
    (folder / "openapi.json").write_bytes(document)
    (folder / "config.yml").write_text(CONFIGURATION, encoding="utf-8")
    paths = ["--path", "openapi.json", "--config", "config.yml", "--output-path", PACKAGE]
    run = ["tool", "run", "--from", f"{GENERATOR}=={VERSION}", GENERATOR, "generate"]
    done = subprocess.run(
        [ROOT / "tools/uv", *run, *paths, "--meta", "none"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.timeout(SECONDS)
def test_the_document_is_generated_whole(generated: Generated) -> None:
    assert "WARNING" not in generated.output
    assert "ERROR" not in generated.output


@pytest.mark.timeout(SECONDS)
def test_a_generated_client_finds_holds_books_and_cancels(generated: Generated) -> None:
    call = generated.call
    offerings = call("offerings.list_offerings", expect="OfferingList").offerings
    slug = str(offerings[0].slug)
    slot = call("offerings.get_availability", slug, party=2, expect="Availability").slots[0]
    assert _is_instant(slot.starts_at)

    places = _request("CreateHoldRequest", party=2, slot=slot.id)
    hold = call("holds.place_hold", body=places, expect="Booking")
    assert (str(hold.status), str(hold.party)) == ("held", "2")
    assert _is_instant(hold.expires_at)
    customer = _request("CustomerRequest", name="Ana Bauer", email="ana.bauer@example.org")
    booking = _request("CreateBookingRequest", customer=customer, hold=hold.id)
    write = {"body": booking, "idempotency_key": "one"}
    first = call("bookings.create_booking", expect="Booking", **write)
    again = call("bookings.create_booking", expect="Booking", **write)
    assert (str(first.status), str(again.ref)) == ("confirmed", str(first.ref))
    assert str(first.price.currency) == "GBP"

    token, ref = str(first.manage_url).partition("?t=")[2], str(first.ref)
    cancelled = call("bookings.cancel_booking", ref, token=token, expect="Booking")
    assert (str(cancelled.ref), str(cancelled.status)) == (ref, "cancelled")


@pytest.mark.timeout(SECONDS)
def test_a_generated_client_reads_problems_with_their_facts(generated: Generated) -> None:
    call = generated.call
    slug = generated.farm.business.offering.slug
    slot = call("offerings.get_availability", slug, party=1, expect="Availability").slots[1]
    everything = _request("CreateHoldRequest", party=4, slot=slot.id)
    call("holds.place_hold", body=everything, expect="Booking")
    more = _request("CreateHoldRequest", party=2, slot=slot.id)
    refused = call("holds.place_hold", body=more, expect="SlotFullProblem")
    assert (str(refused.code), str(refused.remaining)) == ("slot_full", "0")
    assert (str(refused.slot), str(refused.type_)) == (str(slot.id), "/docs/errors#slot_full")
    assert _is_instant(refused.alternatives[0].starts_at)
    wrong = {"token": "no-such-secret", "expect": "UnknownBookingProblem"}
    unknown = call("bookings.get_booking", "K7QF2M9D", **wrong)
    assert "Check the reference" in str(unknown.detail)


def _is_instant(value: object) -> bool:
    return isinstance(value, datetime) and value.tzinfo is not None


def _request(schema: str, **fields: object) -> object:
    """A body of the generated package."""
    body: object = getattr(import_module(f"{PACKAGE}.models"), schema)(**fields)
    return body
