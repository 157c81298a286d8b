"""Tokens and profiles, as programs receive them."""

from typing import Annotated, ClassVar, Literal
from uuid import UUID

from msgspec import Meta

from fullhouse.http.operations.bodies import ResponseBody
from fullhouse.people.limits import ACCESS_TOKEN_SECONDS
from fullhouse.people.model.access_tokens import TokenPair
from fullhouse.people.model.accounts import Membership
from fullhouse.people.model.roles import Role
from fullhouse.people.reads.profiles import Profile


class TokenResponse(ResponseBody, frozen=True, kw_only=True):
    """The tokens of a session."""

    example: ClassVar = {
        "access_token": "fha_2P1v6lPyDqO9dRzkU5wz3a0r0bWc9m7y1qkQv8l3n4o",
        "refresh_token": "fhr_hdY3bTVYQzGX0mvJ5cZ1c1S0aYw0b9bS1N2uQXkQ2rE",
        "expires_in": ACCESS_TOKEN_SECONDS,
        "token_type": "Bearer",
    }
    access_token: Annotated[str, Meta(description="Send it as `Authorization: Bearer`.")]
    refresh_token: Annotated[
        str, Meta(description="Exchange it once for new tokens, when the access token has ended.")
    ]
    expires_in: Annotated[int, Meta(description="Seconds until the access token ends.")]
    token_type: Annotated[Literal["Bearer"], Meta(description="How the access token is sent.")]

    @classmethod
    def of(cls, tokens: TokenPair) -> "TokenResponse":
        return cls(
            access_token=tokens.access,
            refresh_token=tokens.refresh,
            expires_in=ACCESS_TOKEN_SECONDS,
            token_type="Bearer",  # noqa: S106 - the name of a scheme (RFC 6750)
        )


class MembershipResponse(ResponseBody, frozen=True, kw_only=True):
    """A business that the person works for."""

    org: Annotated[str, Meta(description="The slug of the business, for the path of calls.")]
    name: Annotated[str, Meta(description="The name of the business.")]
    role: Annotated[Role, Meta(description="What the person is there.")]

    @classmethod
    def of(cls, membership: Membership) -> "MembershipResponse":
        return cls(org=membership.slug, name=membership.name, role=membership.role)


class ProfileResponse(ResponseBody, frozen=True, kw_only=True):
    """The account of the person who is signed in."""

    example: ClassVar = {
        "id": "01977f6e-8c00-7000-8000-00000000002a",
        "name": "Ana Bauer",
        "email": "ana@example.org",
        "email_verified": True,
        "locale": "en",
        "operator": False,
        "memberships": [{"org": "bouquet-garden", "name": "Bouquet Garden", "role": "owner"}],
    }
    id: UUID
    name: Annotated[str, Meta(description="The name, as colleagues see it.")]
    email: Annotated[
        Annotated[str, Meta(extra_json_schema={"format": "email"})] | None,
        Meta(description="The e-mail address; null without one."),
    ]
    email_verified: Annotated[bool, Meta(description="Whether it is known to be the person's.")]
    locale: Annotated[str | None, Meta(description="The language of pages and e-mails, BCP 47.")]
    operator: Annotated[bool, Meta(description="Whether the person runs the installation.")]
    memberships: Annotated[
        tuple[MembershipResponse, ...], Meta(description="The businesses that it works for.")
    ]

    @classmethod
    def of(cls, profile: Profile) -> "ProfileResponse":
        account = profile.account
        return cls(
            id=account.account_id,
            name=account.name,
            email=account.email,
            email_verified=account.email_verified_at is not None,
            locale=account.locale,
            operator=account.is_operator,
            memberships=tuple(map(MembershipResponse.of, profile.memberships)),
        )
