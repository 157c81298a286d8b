"""Ask for an e-mail about an account, in the transaction of what it tells."""

import hashlib

from fullhouse.jobs.effects import EffectRequest, Priority, enqueue
from fullhouse.kernel.ids import INSTALLATION, OrgId
from fullhouse.people.model import AccountId
from fullhouse.people.model.account_messages import (
    SEND_ACCOUNT_MESSAGE,
    AccountMessageKind,
    AccountMessagePayload,
)
from fullhouse.storage.unit_of_work import UnitOfWork

_SECONDS_PER_MINUTE = 60


async def tell(
    uow: UnitOfWork,
    kind: AccountMessageKind,
    account_id: AccountId,
    *,
    email: str = "",
    org_id: OrgId | None = None,
) -> None:
    """Send the person an e-mail once this commits; to `email` if it is another one's by then.

    `org_id` is the business that it is about, if any.
    """
    when = f"{uow.now.timestamp()}/{uow.context.correlation_id}"
    payload = AccountMessagePayload(kind, account_id, email, org_id=org_id)
    await _enqueue(uow, payload, f"{account_id}/{when}")


async def tell_seldom(
    uow: UnitOfWork, payload: AccountMessagePayload, *, subject: str, secret: bytes, minutes: int
) -> None:
    """Send what anybody may ask for about a `subject`: one e-mail in so many minutes.

    The key of the effect has the keyed hash of the subject: a row must not say who was meant.
    """
    named = hashlib.blake2b(subject.encode(), key=secret, digest_size=16).hexdigest()
    interval = int(uow.now.timestamp()) // (minutes * _SECONDS_PER_MINUTE)
    await _enqueue(uow, payload, f"{named}/{interval}")


async def _enqueue(uow: UnitOfWork, payload: AccountMessagePayload, key: str) -> None:
    request = EffectRequest(
        org_id=INSTALLATION,
        key=f"{SEND_ACCOUNT_MESSAGE}/{payload.kind}/{key}",
        kind=SEND_ACCOUNT_MESSAGE,
        subject=payload.account_id or INSTALLATION,
        correlation_id=uow.context.correlation_id,
        payload=payload,
        priority=Priority.URGENT,
    )
    await enqueue(uow.session, [request])
