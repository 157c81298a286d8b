"""Ask for an e-mail about an account, in the transaction of what it tells."""

from fullhouse.jobs.effects import EffectRequest, Priority, enqueue
from fullhouse.kernel.ids import INSTALLATION
from fullhouse.people.model import AccountId
from fullhouse.people.model.account_messages import (
    SEND_ACCOUNT_MESSAGE,
    AccountMessageKind,
    AccountMessagePayload,
)
from fullhouse.storage.unit_of_work import UnitOfWork


async def tell(
    uow: UnitOfWork, kind: AccountMessageKind, account_id: AccountId, *, email: str = ""
) -> None:
    """Send the person an e-mail once this commits; to `email` if it is another one's by then."""
    when = f"{uow.now.timestamp()}/{uow.context.correlation_id}"
    key = f"{SEND_ACCOUNT_MESSAGE}/{kind}/{account_id}/{when}"
    request = EffectRequest(
        org_id=INSTALLATION,
        key=key,
        kind=SEND_ACCOUNT_MESSAGE,
        subject=account_id,
        correlation_id=uow.context.correlation_id,
        payload=AccountMessagePayload(kind, account_id, email),
        priority=Priority.URGENT,
    )
    await enqueue(uow.session, [request])
