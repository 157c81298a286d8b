"""The wiring of the worker: every part's jobs and subscribers."""

from random import SystemRandom

from fullhouse.booking.actions.prune_idempotency_keys import PruneIdempotencyKeys
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.booking.reactions import waiting_list_subscriber
from fullhouse.booking.upkeep.jobs import BookingUpkeep
from fullhouse.bootstrap.application import House
from fullhouse.integrations.smtp import OutboxOnlyMailer, SmtpMailer, smtp_settings
from fullhouse.jobs.worker import Worker, WorkerConfig, WorkerDependencies, build_worker
from fullhouse.kernel.clock import Clock
from fullhouse.messages.actions.send_message import SendMessage
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.ports import Mailer
from fullhouse.messages.reactions import messages_subscriber
from fullhouse.messages.rendering import MessageRenderer, email_templates
from fullhouse.messages.store import MessageStore
from fullhouse.messages.upkeep import message_kinds
from fullhouse.scheduling.upkeep import SchedulingUpkeep
from fullhouse.settings import Settings


def worker_of(house: House) -> Worker:
    """Build the worker with every part's jobs and subscribers; nothing runs yet."""
    booking = house.booking
    upkeep = BookingUpkeep(
        booking.offer_freed_places,
        booking.expire_holds,
        PruneIdempotencyKeys(house.database, house.clock),
    )
    config = WorkerConfig(
        kinds=(*upkeep.kinds(), *message_kinds(build_message_sender(house))),
        recurring=(
            *upkeep.recurring(),
            *SchedulingUpkeep(house.scheduling.materialise_slots).recurring(),
        ),
        subscribers=(waiting_list_subscriber(), messages_subscriber()),
    )
    dependencies = WorkerDependencies(
        house.database,
        house.connect,
        house.metrics,
        clock=house.clock,
        ids=house.ids,
        random=SystemRandom(),
    )
    return build_worker(config, dependencies)


def build_message_sender(house: House) -> SendMessage:
    """Raises `InvalidInput` for a mail server whose URL cannot be read."""
    mailer = build_mailer(house.settings, house.clock)
    urls = SignedUrls(house.tokens, house.settings.base_url)
    return SendMessage(
        MessageStore(house.database, house.bookings),
        MessageRenderer(urls, mailer.address, email_templates()),
        mailer,
        house.clock,
        house.metrics.get(MessageMetrics),
    )


def build_mailer(settings: Settings, clock: Clock) -> Mailer:
    """The SMTP mailer, or the outbox without a mail server; raises `InvalidInput`."""
    if settings.smtp_url is None:
        return OutboxOnlyMailer()
    return SmtpMailer(smtp_settings(settings.smtp_url.get_secret_value()), clock)
