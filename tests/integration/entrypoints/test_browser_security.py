"""What browsers are told by https, and what is noted of those who try what they may not."""

import pytest
from structlog.testing import capture_logs
from tests.builders.api_client import ApiClient
from tests.builders.site_client import a_request

from fullhouse.http.errors import CrossSiteRequest
from fullhouse.people.errors import NotPermitted, NotSignedIn


@pytest.mark.parametrize("path", ["/", "/meadow?lang=de", "/api/v1/meadow/offerings", "/docs"])
async def test_by_https_browsers_are_told_to_stay_there_and_cookies_are_bound_to_it(
    api: ApiClient, path: str
) -> None:
    target, _, query = path.partition("?")
    request = a_request("GET", target, query=query.encode())
    request.is_https = True
    headers = dict((await api.root(request)).headers)
    assert headers[b"strict-transport-security"] == b"max-age=31536000; includeSubDomains"
    assert b"base-uri 'none'" in headers[b"content-security-policy"]
    cookie = headers.get(b"set-cookie", b"")
    assert (b"; Secure" in cookie and cookie.startswith(b"__Host-")) == (query != "")


async def test_who_tries_what_they_may_not_is_logged(api: ApiClient) -> None:
    customer = await api.staff_cookie("Cleo", role="customer")
    elsewhere = {**await api.staff_cookie(), "Sec-Fetch-Site": "cross-site"}
    with capture_logs() as logged:
        await api.get("/bookings", key="fh_guessed")
        await api.ask("GET", f"//admin/{api.org}/bookings", headers=customer)
        await api.ask("POST", f"//admin/{api.org}/bookings/x/check-in", headers=elsewhere)
        await api.ask("GET", f"//admin/{api.org}/bookings")  # a guest, who is asked to sign in
    assert [entry["event"] for entry in logged] == ["http.access_refused"] * 3
    assert [type(entry["exc_info"]) for entry in logged] == [
        NotSignedIn,
        NotPermitted,
        CrossSiteRequest,
    ]
    assert {entry["client"] for entry in logged} == {"127.0.0.1"}
    assert "fh_guessed" not in repr(logged)


async def test_signing_out_clears_what_the_browser_has_of_the_pages(api: ApiClient) -> None:
    sent = {**await api.staff_cookie(), "Sec-Fetch-Site": "same-origin"}
    answer = await api.ask("POST", "//admin/leave", headers=sent)
    assert answer.status == 200
    assert answer.headers["clear-site-data"] == '"cache", "storage"'
    assert "clear-site-data" not in (await api.ask("GET", "//admin/sign-in")).headers
