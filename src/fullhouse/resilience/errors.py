"""Errors of the operating mode, of repairs of inconsistent records, and of providers' webhooks."""

from fullhouse.kernel.errors import FullhouseError, NotFound, ServiceUnavailable
from fullhouse.localisation.translations import gettext_noop


class NotServedNow(ServiceUnavailable):
    """The operating mode of the installation refuses this at present; `mode` names it."""

    message = "This is not possible at the moment. Nothing was done; try again later."
    mode: str = "read-only"


class UnknownInconsistency(NotFound):
    """No inconsistency with that id was found."""

    code = "unknown_inconsistency"
    message = "No inconsistency with this id was found. Choose one that the list has."


class NoRepair(FullhouseError):
    """There is no safe way to make this record whole without a person's decision."""

    code = "no_repair"
    message = gettext_noop(
        "There is no repair for this record. Correct its cause, or release it and change it "
        "yourself."
    )


class RepairChanged(FullhouseError):
    """The record has changed since its repair was shown."""

    code = "repair_changed"
    message = gettext_noop(
        "The record has changed since the repair was shown. Check the repair again."
    )


class RepairNotUndoable(FullhouseError):
    """The record has changed since it was repaired, or would be oversold."""

    code = "repair_not_undoable"
    message = gettext_noop(
        "The repair cannot be undone: the record has changed since, or a time would be oversold. "
        "Check the record."
    )


class InconsistencySettled(FullhouseError):
    """Somebody has repaired, undone or released it since, or it ended by itself (`outcome`)."""

    code = "inconsistency_settled"
    message = gettext_noop("This is settled already. Fetch its state again.")
    outcome: str


class UnknownWebhookSource(NotFound):
    """No webhooks of this provider are received: it is none, or has no secret."""

    code = "unknown_webhook_source"
    message = (
        "No webhooks of this provider are received here. Check the address, or store its secret "
        "first."
    )


class UnknownReceivedWebhook(NotFound):
    """Nothing of this id was received, or it is kept no more."""

    code = "unknown_received_webhook"
    message = gettext_noop("This was not received, or is kept no more. Check the list.")


class WebhookNotSigned(FullhouseError):
    """The signature of a webhook is missing, wrong or too old."""

    code = "webhook_not_signed"
    message = "The signature does not fit. Check the secret and the address at the provider."
