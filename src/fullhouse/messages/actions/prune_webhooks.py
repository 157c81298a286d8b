"""Prune what was sent by webhook long ago, with its attempts."""

from dataclasses import dataclass
from datetime import timedelta

from fullhouse.messages.limits import WEBHOOKS_KEPT_DAYS, WEBHOOKS_PRUNED_AT_ONCE_MAX
from fullhouse.storage.database import Database


@dataclass(frozen=True, slots=True)
class PruneWebhooks:
    """Deletes some rows in each short transaction."""

    database: Database

    async def __call__(self) -> None:
        deleted = WEBHOOKS_PRUNED_AT_ONCE_MAX
        while deleted == WEBHOOKS_PRUNED_AT_ONCE_MAX:
            async with self.database.unrestricted.session() as session:
                deleted = await session.execute(
                    "messages.prune_webhook_deliveries",
                    age=timedelta(days=WEBHOOKS_KEPT_DAYS),
                    rows_max=WEBHOOKS_PRUNED_AT_ONCE_MAX,
                )
