"""What somebody must look at: for the overview and for the e-mail of the morning."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct, structs

from fullhouse.booking.reads.sales import waiting_that_fit
from fullhouse.kernel.context import Permission
from fullhouse.kernel.ids import OrgId
from fullhouse.localisation.formatter import LocaleFormatter
from fullhouse.localisation.translations import ngettext_noop
from fullhouse.messages.limits import UNSENT_DAYS
from fullhouse.messages.model import UnsentStatus
from fullhouse.messages.model.channel_texts import CHANNEL_NAMES
from fullhouse.messages.reads import FailingChannel, unsent_since
from fullhouse.resilience.consistency_reads import Troubles, troubles
from fullhouse.scheduling.model.slot_planning import OFF_SCHEDULE_REASON
from fullhouse.scheduling.model.slot_review import SlotNeedingReview
from fullhouse.scheduling.reads.schedules import slots_off_schedule
from fullhouse.storage.database import Session

_CLOSED: Final = ngettext_noop(
    "%(n)s closed time still has guests: %(guests)s, on %(day)s.",
    "%(n)s closed times still have guests: %(guests)s, the first on %(day)s.",
)
_OFF_SCHEDULE: Final = ngettext_noop(
    "%(n)s time with guests is in no schedule any more: %(guests)s, on %(day)s.",
    "%(n)s times with guests are in no schedule any more: %(guests)s, the first on %(day)s.",
)


class NeedFacts(Struct, frozen=True):
    """What is to be looked at; nothing for those who cannot do anything about it."""

    waiting_that_fit: int
    review: Sequence[SlotNeedingReview]
    unsent: Mapping[UnsentStatus, int]
    failing: Sequence[FailingChannel] = ()
    troubles: Troubles = Troubles()


class Need(Struct, frozen=True):
    """A sentence, and the admin page with its query where something can be done about it."""

    text: str
    page: str
    query: Mapping[str, str] = {}


async def need_facts(
    session: Session, org_id: OrgId, *, now: datetime, may: Callable[[Permission], bool]
) -> NeedFacts:
    unsent = await unsent_since(session, org_id, now - timedelta(days=UNSENT_DAYS))
    facts = NeedFacts(
        waiting_that_fit=await waiting_that_fit(session, org_id, now=now),
        review=await slots_off_schedule(session, org_id, now=now),
        unsent=unsent.messages,
        failing=unsent.failing if may(Permission.MANAGE_ACCESS) else (),
    )
    if may(Permission.MANAGE_ORGANISATION):
        facts = structs.replace(facts, troubles=await troubles(session, org_id))
    return facts


def needs(facts: NeedFacts, formatter: LocaleFormatter) -> list[Need]:
    """The most urgent first."""
    found = [*_broken(facts, formatter), *_slots(facts.review, formatter)]
    found += [_failing_channel(channel, formatter) for channel in facts.failing]
    ngettext = formatter.translations.ngettext
    if facts.waiting_that_fit:
        text = ngettext(
            "%(n)s party on the waiting list could have places.",
            "%(n)s parties on the waiting list could have places.",
            facts.waiting_that_fit,
        )
        found.append(Need(text, "waiting-list"))
    count = sum(facts.unsent.values())
    if count:
        text = ngettext(
            "%(n)s e-mail of the last two weeks was not sent, or came back.",
            "%(n)s e-mails of the last two weeks were not sent, or came back.",
            count,
        )
        status = max(facts.unsent, key=lambda one: facts.unsent[one])
        found.append(Need(text, "messages", {"status": status}))
    return found


def _broken(facts: NeedFacts, formatter: LocaleFormatter) -> Iterator[Need]:
    """What the installation could not do, or found to be wrong, by itself."""
    ngettext = formatter.translations.ngettext
    if facts.troubles.inconsistent:
        text = ngettext(
            "%(n)s record contradicts itself. A broken booking cannot be changed until "
            "it is repaired.",
            "%(n)s records contradict themselves. A broken booking cannot be changed until "
            "it is repaired.",
            facts.troubles.inconsistent,
        )
        yield Need(text, "inconsistencies")
    if facts.troubles.failed_jobs:
        text = ngettext(
            "%(n)s job has failed for good.",
            "%(n)s jobs have failed for good.",
            facts.troubles.failed_jobs,
        )
        yield Need(text, "dead-letters")


def _slots(review: Sequence[SlotNeedingReview], formatter: LocaleFormatter) -> list[Need]:
    """Times that guests have booked although they are closed, or in no schedule any more."""
    booked = [slot for slot in review if slot.booked]
    off = [slot for slot in booked if slot.reason == OFF_SCHEDULE_REASON]
    closed = [slot for slot in booked if slot.reason != OFF_SCHEDULE_REASON]
    return [
        _booked_slots(slots, texts, formatter)
        for slots, texts in ((closed, _CLOSED), (off, _OFF_SCHEDULE))
        if slots
    ]


def _failing_channel(channel: FailingChannel, formatter: LocaleFormatter) -> Need:
    _ = formatter.translations.gettext
    name = _(CHANNEL_NAMES[channel.channel])
    when = formatter.listed_time(channel.failing_since)
    text = _("%(channel)s: fails since %(time)s.", channel=name, time=when)
    return Need(text, f"channels/{channel.channel}")


def _booked_slots(
    slots: Sequence[SlotNeedingReview], texts: tuple[str, str], formatter: LocaleFormatter
) -> Need:
    day = formatter.local(slots[0].starts_at).date()
    text = formatter.translations.ngettext(
        *texts,
        len(slots),
        guests=formatter.people(sum(slot.booked for slot in slots)),
        day=formatter.short_date(day),
    )
    return Need(text, "today", {"date": day.isoformat()})
