"""`fullhouse doctor` and the key of e-mails in the DNS, which a server on loopback plays."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import dns.message
import dns.rcode
import dns.rrset
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from dns.asyncresolver import Resolver
from pydantic import SecretStr
from typing_extensions import override

from fullhouse.bootstrap.checks.network import check_dkim
from fullhouse.bootstrap.checks.results import CheckStatus
from fullhouse.integrations import dkim_published
from fullhouse.integrations.dkim_published import public_record
from fullhouse.integrations.dkim_signing import DkimKey, read_dkim_key
from fullhouse.settings import Settings

NAME = "fullhouse._domainkey.farm.example."


class Names(asyncio.DatagramProtocol):
    """Answers with these TXT records; with none there is no such name."""

    transport: asyncio.DatagramTransport

    def __init__(self, *records: str) -> None:
        self.records = records

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        query = dns.message.from_wire(data)
        answer = dns.message.make_response(query)
        if query.question[0].name.to_text() == NAME and self.records:
            texts = [" ".join(f'"{one[at : at + 200]}"' for at in range(0, len(one), 200))
                     for one in self.records]  # fmt: skip
            answer.answer.append(dns.rrset.from_text(NAME, 60, "IN", "TXT", *texts))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), addr)


class Silent(Names):
    """Says nothing."""

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        return


@asynccontextmanager
async def a_resolver(names: Names) -> AsyncIterator[Resolver]:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: names, ("127.0.0.1", 0))
    names.transport = transport
    resolver = Resolver(configure=False)
    resolver.nameservers = ["127.0.0.1"]
    resolver.port = transport.get_extra_info("sockname")[1]
    try:
        yield resolver
    finally:
        transport.close()


def a_key(folder: Path, name: str) -> DkimKey:
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    file = folder / name
    file.write_bytes(
        private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    )
    return read_dkim_key("fullhouse", file)


async def test_the_published_key_is_looked_up_and_what_to_publish_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, other = a_key(tmp_path, "dkim.pem"), a_key(tmp_path, "other.pem")
    settings = Settings(
        smtp_url=SecretStr("smtp://mail.example?from=bookings@farm.example"),
        dkim_key_file=tmp_path / "dkim.pem",
    )
    record = public_record(ours)
    expected = (
        (Names(record), CheckStatus.OK, "has the key"),
        (Names(), CheckStatus.FAILED, "has no TXT record"),
        (Names(public_record(other)), CheckStatus.FAILED, "has another key"),
        (Names("v=DKIM1; k=rsa; p="), CheckStatus.FAILED, "has another key"),
        (Names("nonsense"), CheckStatus.FAILED, "has another key"),
        (Names(record.replace("AQEFAAOC", "AQEFDwOC")), CheckStatus.FAILED, "has another key"),
        (Names(record, record + " "), CheckStatus.FAILED, "has another key"),
        (Silent(), CheckStatus.NOTE, "not reached"),
    )
    monkeypatch.setattr(dkim_published, "DNS_SECONDS_MAX", 0.5)
    for names, status, words in expected:
        async with a_resolver(names) as resolver:
            result = await check_dkim(settings, resolver)
        assert result is not None
        assert result.status is status, result.message
        assert words in result.message
        assert (record in result.message) == (status is CheckStatus.FAILED)
    assert await check_dkim(Settings(smtp_url=settings.smtp_url)) is None
