"""A gateway says what became of a message just when the time for it is over."""

from tests.builders.channel_site import ChannelSite, a_channel_site
from tests.builders.stored_messages import stored_messages
from tests.builders.webhook_site import working

from fullhouse.messages.model import Message
from fullhouse.messages.store import MessageStore


async def test_what_did_not_arrive_is_sent_by_a_job_that_runs_already_and_what_did_is_not(
    database_url: str,
) -> None:
    """The job has read that it was handed over, and its effect cannot be brought forward."""
    async with a_channel_site(database_url) as site:
        async with working(site.app):
            await site.set_up(acknowledge_minutes=1_440)
            await site.book(2)
            await site.until(handed_over_by_make=2)
        read = await read_messages(site)
        failed, arrived = site.gateway.received
        await site.acknowledge(failed, status="failed", detail="The mailbox is full.")
        await site.acknowledge(arrived, status="delivered")
        store = MessageStore(site.app.database, site.app.bookings)
        assert await store.claim(read[str(failed.json["message_id"])])
        assert not await store.claim(read[str(arrived.json["message_id"])])


async def read_messages(site: ChannelSite) -> dict[str, Message]:
    async with site.app.database.session() as session:
        found = await stored_messages(session, site.business.org_id)
    return {str(message.message_id): message for message in found}
