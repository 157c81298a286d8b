"""Cookies of the whole site that no script reads and no other site's page sends along."""

from msgspec import Struct

from fullhouse.http.request import Request
from fullhouse.http.response import Cookie


class HostCookie(Struct, frozen=True):
    """A cookie by its name, and for how long a browser keeps it."""

    name: str
    seconds: int

    def read(self, request: Request) -> str | None:
        return request.cookies.get(self.name)

    def holding(self, value: str, *, secure: bool) -> Cookie:
        """The cookie with a value; `secure` when the request came by https."""
        return Cookie(
            name=self.name, value=value, max_age=self.seconds, secure=secure, same_site="strict"
        )

    def removed(self, *, secure: bool) -> Cookie:
        """The cookie that deletes it."""
        return Cookie(name=self.name, value="", max_age=0, secure=secure, same_site="strict")
