"""Signing in, as programs send it."""

from typing import Annotated, ClassVar

from msgspec import Meta

from fullhouse.http.operations.bodies import RequestBody
from fullhouse.people.limits import LOGIN_CHARACTERS_MAX, PASSWORD_TYPED_CHARACTERS_MAX


class SignInRequest(RequestBody, frozen=True):
    """Who signs in."""

    examples: ClassVar = {
        "with a password": {"login": "ana@example.org", "password": "marigold under the bench"}
    }
    login: Annotated[
        str,
        Meta(
            max_length=LOGIN_CHARACTERS_MAX,
            description="The e-mail address or the national ID of the account.",
        ),
    ]
    password: Annotated[
        str,
        Meta(
            max_length=PASSWORD_TYPED_CHARACTERS_MAX,
            description="The password.",
            extra_json_schema={"format": "password"},
        ),
    ]

    code: Annotated[
        str | None,
        Meta(
            description="The code of the authenticator app, or a recovery code, of a person with a "
            "second factor.",
            examples=["492 039"],
        ),
    ] = None


class RefreshRequest(RequestBody, frozen=True):
    """A refresh token, which is used once."""

    examples: ClassVar = {
        "a token": {"refresh_token": "fhr_hdY3bTVYQzGX0mvJ5cZ1c1S0aYw0b9bS1N2uQXkQ2rE"}
    }
    refresh_token: Annotated[
        str, Meta(max_length=256, description="The one that the answer before had.")
    ]
