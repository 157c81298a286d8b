"""The wiring of the worker: every part's jobs and subscribers."""

from collections.abc import Sequence
from random import SystemRandom
from typing import Final

from msgspec import structs

from fullhouse.booking.actions.count_sales import CountSales
from fullhouse.booking.actions.prune_idempotency_keys import PruneIdempotencyKeys
from fullhouse.booking.model.urls import SignedUrls
from fullhouse.booking.reactions import waiting_list_subscriber
from fullhouse.booking.reactions.sales import sales_subscriber
from fullhouse.booking.upkeep.jobs import BookingUpkeep
from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.consistency import build_consistency_watch, consistency_jobs, tell_owners
from fullhouse.bootstrap.flags import FLAG_DEFINITIONS, RETURN_ADDRESSES
from fullhouse.bootstrap.inbox import build_inbox
from fullhouse.bootstrap.optimisation import optimisation_jobs
from fullhouse.bootstrap.services import MAIL_SERVER
from fullhouse.customers.reactions import customers_subscriber
from fullhouse.customers.upkeep import CustomersUpkeep
from fullhouse.integrations.dkim_signing import DkimKey, read_dkim_key
from fullhouse.integrations.gateways import HttpGateway
from fullhouse.integrations.limits import SMTP_MESSAGE_SECONDS_MAX
from fullhouse.integrations.outbound import OutboundService
from fullhouse.integrations.smtp import OutboxOnlyMailer, SmtpMailer, is_mail_server_failure
from fullhouse.integrations.smtp_settings import smtp_settings
from fullhouse.jobs.events import Subscriber
from fullhouse.jobs.kinds import JobKind, RecurringJob
from fullhouse.jobs.worker import Worker, WorkerConfig, WorkerDependencies, build_worker
from fullhouse.messages.actions.hand_over_message import HandOverMessage
from fullhouse.messages.actions.prepare_message import PrepareMessage
from fullhouse.messages.actions.prune_webhooks import PruneWebhooks
from fullhouse.messages.actions.remind_guests import RemindGuests
from fullhouse.messages.actions.render_example import RenderExample
from fullhouse.messages.actions.send_account_message import SendAccountMessage
from fullhouse.messages.actions.send_channel_test import SendChannelTest
from fullhouse.messages.actions.send_kept_messages import SendKeptMessages
from fullhouse.messages.actions.send_message import SendMessage
from fullhouse.messages.actions.send_test_email import SendTestEmail
from fullhouse.messages.actions.send_webhook import SendWebhook
from fullhouse.messages.actions.thank_guests import ThankGuests
from fullhouse.messages.composing import email_forms, email_templates
from fullhouse.messages.digests import AskForDigests, SendDigest
from fullhouse.messages.metrics import MessageMetrics, WebhookMetrics
from fullhouse.messages.ports import Mailer
from fullhouse.messages.reactions import messages_subscriber, webhooks_subscriber
from fullhouse.messages.rendering import MessageRenderer
from fullhouse.messages.store import MessageStore
from fullhouse.messages.upkeep import (
    account_message_kind,
    channel_kinds,
    digest_kind,
    email_test_kind,
    message_jobs,
    message_kinds,
    webhook_kinds,
)
from fullhouse.observability.upkeep import ObservabilityUpkeep
from fullhouse.people.actions.prune_pictures import PrunePictures
from fullhouse.people.actions.prune_sign_ins import PruneSignIns
from fullhouse.people.upkeep import PeopleUpkeep
from fullhouse.resilience.breaker import BreakerPolicy, CircuitBreaker
from fullhouse.resilience.flag_rollout import WatchFlags
from fullhouse.resilience.inbox import PruneReceivedWebhooks
from fullhouse.resilience.metrics import CircuitMetrics
from fullhouse.scheduling.actions.tell_of_closure import TellOfClosure
from fullhouse.scheduling.upkeep import SchedulingUpkeep
from fullhouse.settings import Settings

_CAN_WAIT: Final = frozenset(
    {
        "count sales",
        "prune idempotency keys",
        "prune pictures",
        "prune sign-ins",
        "apply retention",
        "describe customers",
        "messages.prune_webhooks",
    }
)
"""Recurring jobs that nobody misses for some hours."""


def build_app_worker(app: Application) -> Worker:
    """Build the worker with every part's jobs and subscribers; nothing runs yet."""
    booking = app.booking
    upkeep = BookingUpkeep(
        booking.offer_freed_places,
        booking.expire_holds,
        PruneIdempotencyKeys(app.database, app.clock),
        CountSales(app.database),
    )
    scheduling = SchedulingUpkeep(
        app.scheduling.materialise_slots,
        TellOfClosure(app.unit_of_work, booking.cancel_closed_booking),
    )
    is_held = _mail_server(app).is_held
    messages = message_kinds(build_message_sender(app), is_held=is_held)
    account_messages = account_message_kind(build_account_message_sender(app), is_held=is_held)
    config = WorkerConfig(
        kinds=(
            *upkeep.kinds(),
            *scheduling.kinds(),
            *messages,
            account_messages,
            email_test_kind(build_test_sender(app), is_held=is_held),
            digest_kind(build_digest_sender(app), is_held=is_held),
            *_channel_kinds(app),
            *webhook_kinds(build_webhook_sender(app)),
            build_inbox(app).kind(),
        ),
        recurring=_recurring(app, upkeep, scheduling),
        subscribers=_subscribers(),
    )
    dependencies = WorkerDependencies(
        app.database,
        app.connect,
        app.metrics,
        clock=app.clock,
        ids=app.ids,
        random=SystemRandom(),
    )
    return build_worker(config, dependencies)


def _recurring(
    app: Application, upkeep: BookingUpkeep, scheduling: SchedulingUpkeep
) -> tuple[RecurringJob, ...]:
    """All of them; those that can wait do, in any mode but full."""
    jobs = (
        *upkeep.recurring(),
        *_people_upkeep(app).recurring(),
        *scheduling.recurring(),
        *CustomersUpkeep(
            app.customers.apply_retention, app.customers.describe_customers
        ).recurring(),
        *ObservabilityUpkeep(app.database, app.clock).recurring(),
        *optimisation_jobs(app),
        *_message_jobs(app),
        PruneReceivedWebhooks(app.database).job(),
        WatchFlags(app.unit_of_work, FLAG_DEFINITIONS, app.ids).job(),
        *consistency_jobs(
            build_consistency_watch(app.unit_of_work, app.metrics, tell_of=tell_owners)
        ),
    )
    assert {job.name for job in jobs} >= _CAN_WAIT, "a job that can wait has another name"
    return tuple(
        structs.replace(job, is_held=lambda: app.modes.spares_extras)
        if job.name in _CAN_WAIT
        else job
        for job in jobs
    )


def _message_jobs(app: Application) -> tuple[RecurringJob, ...]:
    kept = SendKeptMessages(app.database, app.clock, app.ids)
    return message_jobs(
        PruneWebhooks(app.database),
        RemindGuests(app.unit_of_work),
        thank=ThankGuests(app.unit_of_work),
        digests=AskForDigests(app.unit_of_work),
        send_kept=kept if app.settings.smtp_url else None,
    )


def _subscribers() -> Sequence[Subscriber]:
    return (
        waiting_list_subscriber(),
        messages_subscriber(),
        sales_subscriber(),
        customers_subscriber(),
        webhooks_subscriber(),
    )


def _people_upkeep(app: Application) -> PeopleUpkeep:
    database, clock = app.database, app.clock
    return PeopleUpkeep(PruneSignIns(database, clock), PrunePictures(database, clock))


def build_message_sender(app: Application) -> SendMessage:
    """Raises `InvalidInput` for a mail server whose URL cannot be read."""
    return SendMessage(_build_preparation(app), build_mailer(app))


def _build_preparation(app: Application) -> PrepareMessage:
    urls = SignedUrls(app.tokens, app.settings.base_url)
    return PrepareMessage(
        MessageStore(app.database, app.bookings),
        MessageRenderer(urls, build_mailer(app).address, email_forms()),
        app.unit_of_work,
        app.metrics.get(MessageMetrics),
        app.settings.bounce_domain or "",
        app.flags.switch(RETURN_ADDRESSES),
    )


def _channel_kinds(app: Application) -> tuple[JobKind, ...]:
    gateway = HttpGateway(app.http, app.breakers, app.metrics.get(CircuitMetrics))
    urls = SignedUrls(app.tokens, app.settings.base_url)
    has_mail_server = app.settings.smtp_url is not None
    hand_over = HandOverMessage(
        _build_preparation(app),
        gateway,
        app.unit_of_work,
        app.sealer,
        urls,
        has_mail_server,
    )
    test = SendChannelTest(app.database, gateway, app.sealer, urls)
    return channel_kinds(hand_over, test, has_mail_server=has_mail_server)


def build_account_message_sender(app: Application) -> SendAccountMessage:
    """Raises `InvalidInput` for a mail server whose URL cannot be read."""
    return SendAccountMessage(
        database=app.database,
        issue_link=app.people.issue_account_link,
        mailer=build_mailer(app),
        templates=email_templates(),
        clock=app.clock,
        metrics=app.metrics.get(MessageMetrics),
        base_url=app.settings.base_url,
    )


def build_test_sender(app: Application) -> SendTestEmail:
    """Raises `InvalidInput` for a mail server whose URL cannot be read."""
    mailer, metrics = build_mailer(app), app.metrics.get(MessageMetrics)
    return SendTestEmail(app.database, build_examples(app), mailer, metrics)


def build_digest_sender(app: Application) -> SendDigest:
    """Raises `InvalidInput` for a mail server whose URL cannot be read."""
    return SendDigest(
        app.unit_of_work,
        build_mailer(app),
        email_templates(),
        SignedUrls(app.tokens, app.settings.base_url),
        app.clock,
        app.metrics.get(MessageMetrics),
    )


def build_examples(app: Application) -> RenderExample:
    """Raises `InvalidInput` for a mail server whose URL cannot be read."""
    renderer = MessageRenderer(
        SignedUrls(app.tokens, app.settings.base_url), build_mailer(app).address, email_forms()
    )
    return RenderExample(app.database, renderer, app.clock)


def build_webhook_sender(app: Application) -> SendWebhook:
    return SendWebhook(
        app.unit_of_work,
        app.http,
        app.sealer,
        app.metrics.get(WebhookMetrics),
        SystemRandom(),
    )


def build_mailer(app: Application) -> Mailer:
    """The SMTP mailer, or the outbox without a mail server; raises `InvalidInput`."""
    url = app.settings.smtp_url
    if url is None:
        return OutboxOnlyMailer()
    service = OutboundService(
        _mail_server(app),
        app.metrics.get(CircuitMetrics),
        seconds_max=SMTP_MESSAGE_SECONDS_MAX,
        is_failure=is_mail_server_failure,
    )
    server = smtp_settings(url.get_secret_value())
    return SmtpMailer(server, app.clock, service, _dkim_key(app.settings))


def _dkim_key(settings: Settings) -> DkimKey | None:
    """Raises `InvalidInput` for a file that is gone by now."""
    if settings.dkim_key_file is None:
        return None
    return read_dkim_key(settings.dkim_selector, settings.dkim_key_file)


def _mail_server(app: Application) -> CircuitBreaker:
    """Some mail servers let every client wait: a call that takes long is no failure of theirs."""
    policy = BreakerPolicy(slow_seconds=SMTP_MESSAGE_SECONDS_MAX)
    return app.breakers.of(MAIL_SERVER, policy)
