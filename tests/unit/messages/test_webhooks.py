"""Signatures and addresses of webhooks, and which addresses are public."""

import base64
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

import pytest

from fullhouse.integrations.http_client import is_public
from fullhouse.kernel.errors import InvalidInput
from fullhouse.messages.model.webhooks import (
    PUBLIC_EVENTS,
    endpoint_url,
    known_kinds,
    shown_secret,
    sign,
)

SECRET = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"
OWN = (ip_network("127.0.0.0/8"), ip_network("fd00::/8"))


def test_the_signature_is_that_of_the_published_vector() -> None:
    secret = base64.b64decode(SECRET.removeprefix("whsec_"))
    assert shown_secret(secret) == SECRET
    headers = sign(
        b'{"type":"booking.confirmed"}',
        message_id="msg_1",
        at=datetime.fromtimestamp(1777629600, UTC),
        secrets=[secret, b"another secret of 24 byt"],
    )
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-timestamp"] == "1777629600"
    first, second = headers["webhook-signature"].split(" ")
    assert first == "v1,kuFVevhpaPFJ7f0/IpJA5CBp5xbo4WoU1LRT2VIF6XM="
    assert second.startswith("v1,")
    assert second != first


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org",
        "https://example.org:8443/hooks?token=x",
        "https://[2606:4700::1111]/hooks",
        " https://example.org/hooks ",
        "http://127.0.0.1:5678/webhook/x",
        "http://[fd00::1]/webhook",
    ],
)
def test_addresses_that_can_be_called(url: str) -> None:
    assert endpoint_url(url, OWN) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "ftp://example.org",
        "javascript:alert(1)",
        "file:///etc/passwd",
        "https://",
        "https:///hooks",
        "https://example.org:0/",
        "https://example.org:99999/",
        "https://example.org/a b",
        "https://example.org/\r\nX-Injected: 1",
        "https://exämple.org/",
        "https://user:password@example.org/",
        "https://user@example.org/",
        "https://example.org/#part",
        "http://example.org/",
        "http://localhost/",
        "http://10.0.0.1/",
        "http://[::1]/",
        "https://[::1",
        "https://example.org/" + "x" * 500,
    ],
)
def test_addresses_that_cannot_be_meant_are_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(InvalidInput, match=r"https://example\.org/hooks") as refused:
        endpoint_url(url, OWN)
    assert refused.value.field == "url"


def test_kinds_are_those_of_public_events() -> None:
    every = [event.kind() for event in PUBLIC_EVENTS]
    assert known_kinds(every) == tuple(every)
    assert known_kinds(["Booked", "Booked"]) == ("Booked",)
    for kind in ("booked", "", "AccountSignedIn", "*"):
        with pytest.raises(InvalidInput):
            known_kinds(["Booked", kind])


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254"),
        "0.0.0.0",  # noqa: S104 - bound by nobody
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1"),
        *("::", "::1", "fe80::1", "fc00::1", "fd12:3456::1", "ff02::1", "2001:db8::1"),
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",  # 127.0.0.1 behind NAT64
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",  # 127.0.0.1 by 6to4
        "2002:c0a8:101::1",
        "2001:0:5ef5:79fd:0:0:80ff:fffe",  # 127.0.0.1 by Teredo
        "::127.0.0.1",
        "::10.0.0.1",
        "fec0::1",
        "64:ff9b:1::1",
    ],
)
def test_addresses_of_private_networks_are_not_public(address: str) -> None:
    assert not is_public(ip_address(address))
    assert not is_public(ip_address(address), [ip_network("203.0.113.0/24")])


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(ip_address(address))


def test_a_network_that_was_named_is_called() -> None:
    assert is_public(ip_address("127.0.0.1"), OWN)
    assert is_public(ip_address("fd00::1"), OWN)
    assert not is_public(ip_address("10.0.0.1"), OWN)
