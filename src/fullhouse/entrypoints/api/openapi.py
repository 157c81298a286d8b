"""What the OpenAPI document says of this API beside its operations."""

from collections.abc import Mapping
from typing import Final, get_args

from fullhouse.entrypoints.api.field_descriptions import FIELDS
from fullhouse.entrypoints.security.errors import WrongOrganisation
from fullhouse.http.operations.openapi import ApiDescription
from fullhouse.http.operations.schemas import Json
from fullhouse.messages.model import EmailKind
from fullhouse.people.errors import NotPermitted, NotSignedIn, UnknownOrganisation

API_TITLE: Final = "Fullhouse"
_DESCRIPTION: Final = """\
Book, change and look at places of one business, and set that business up.

- **Reading and booking need no key.** What staff do takes `Authorization: Bearer` with an API \
key of the business, or with the access token of somebody who works there (see Sign-in).
- **Every write takes an `Idempotency-Key`.** Repeat a call with the same key and you get its \
first answer, byte for byte, with `Idempotent-Replayed: true` and status 200.
- **What several people edit has an `ETag`.** Send it as `If-Match` with a change, and you get 412 \
`version_conflict` instead of overwriting somebody else's.
- **Errors are `application/problem+json`** with a stable `code`, by which further members are \
known, and a `detail` that says what to do. [All errors](/docs/errors).
- **Instants** carry the offset of the venue; **money** is in minor units by ISO 4217.
"""
_PARAMETERS: Final[Mapping[str, Json]] = {
    "org": {
        "description": "The slug of the business.",
        "schema": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 63},
        "example": "bouquet-garden",
    },
    "slug": {
        "description": "The slug of the offering.",
        "schema": {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$", "maxLength": 63},
        "example": "sunflower-morning",
    },
    "ref": {
        "description": "The booking's reference, as the ticket shows it.",
        "schema": {"type": "string", "pattern": "^[2-9A-HJKMNP-Z]{8}$"},
        "example": "K7QF2M9D",
    },
    "name": {
        "description": "The name of the picture.",
        "schema": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
        "example": "0f343b0931126a20f133d67c2b018a3b",
    },
    "channel": {
        "description": "`make` for e-mails by Make.com, `sms` for an SMS gateway.",
        "schema": {"type": "string", "enum": ["make", "sms"]},
        "example": "make",
    },
    "provider": {
        "description": "Whose webhooks.",
        "schema": {"type": "string", "enum": ["delivery-reports"]},
        "example": "delivery-reports",
    },
    "kind": {
        "description": "What the e-mail is about.",
        "schema": {"type": "string", "enum": list(get_args(EmailKind))},
        "example": "confirmation",
    },
    "language": {
        "description": "The language of the guests who get it: one of the business's.",
        "schema": {"type": "string", "pattern": "^[a-z]{2}$"},
        "example": "en",
    },
    "id": {
        "description": "The id that an earlier answer gave.",
        "schema": {"type": "string", "format": "uuid"},
        "example": "01977f6e-8c00-7000-8000-00000000002a",
    },
}


def api_description(*, version: str, server: str) -> ApiDescription:
    return ApiDescription(
        title=API_TITLE,
        version=version,
        server=server,
        description=_DESCRIPTION,
        key="An API key of the business, `fh_…`, or the access token of a person, `fha_…`.",
        instead_of_permission="the token of the booking's link",
        parameters=_PARAMETERS,
        fields=FIELDS,
        errors=(UnknownOrganisation, NotSignedIn, NotPermitted, WrongOrganisation),
        errors_of_accounts=(NotSignedIn, NotPermitted),
    )
