"""Proxies that stand between: which are ours, and which are not told to us."""

from structlog.testing import capture_logs

from fullhouse.http.server.proxies import TrustedProxies


def test_a_proxy_that_is_not_named_is_told_once_and_a_client_of_the_internet_is_none() -> None:
    proxies, forwarded = TrustedProxies(("10.0.0.1",)), {b"x-forwarded-for": b"6.6.6.6"}
    with capture_logs() as log:
        for peer in ("8.8.8.8", "unknown", "10.0.0.1", "127.0.0.1", "127.0.0.1", "10.0.0.2"):
            proxies.client_address(peer, forwarded)
        proxies.client_address("127.0.0.1", {})
    assert log == [
        {"event": "http.proxy_not_named", "address": "127.0.0.1", "log_level": "warning"}
    ]
