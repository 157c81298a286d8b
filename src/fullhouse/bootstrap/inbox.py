"""The wiring of the inbox: whose webhooks are received, and what is done about each."""

from fullhouse.bootstrap.application import Application
from fullhouse.messages.actions.acknowledge_message import AcknowledgeMessage
from fullhouse.messages.actions.record_bounce import RecordBounce
from fullhouse.messages.actions.take_delivery_report import DELIVERY_REPORTS, TakeDeliveryReport
from fullhouse.resilience.inbox import Inbox, InboxProvider
from fullhouse.resilience.metrics import InboxMetrics
from fullhouse.resilience.webhook_signatures import standard_webhooks


def build_inbox(app: Application) -> Inbox:
    """A new provider is one more line here."""
    providers = (
        InboxProvider(
            DELIVERY_REPORTS,
            standard_webhooks,
            TakeDeliveryReport(AcknowledgeMessage(), RecordBounce()),
        ),
    )
    return Inbox(
        app.unit_of_work,
        {provider.name: provider for provider in providers},
        app.sealer,
        app.ids,
        app.metrics.get(InboxMetrics),
    )
