"""E-mails about accounts, as a worker of a test sends them."""

import re
from dataclasses import dataclass, field

from fullhouse.bootstrap.application import Application
from fullhouse.jobs.effects import Effect
from fullhouse.kernel.ids import OrgId
from fullhouse.messages.actions.send_account_message import SendAccountMessage
from fullhouse.messages.composing import email_templates
from fullhouse.messages.metrics import MessageMetrics
from fullhouse.messages.model import Delivery, Email
from fullhouse.messages.ports import Mailer


@dataclass
class Mailbox:
    """A mailer that keeps what it sent."""

    address: str = "fullhouse@example.org"
    emails: list[Email] = field(default_factory=list)

    async def send(self, email: Email) -> Delivery:
        self.emails.append(email)
        return "sent"


def token_in(email: Email) -> str:
    """The token of the link in an e-mail."""
    found = re.search(r"/admin/[a-z-]+/([A-Za-z0-9_-]{43})\n", email.text)
    assert found is not None, email.text
    return found[1]


def account_messages_by(app: Application, mailer: Mailer) -> SendAccountMessage:
    """What sends the e-mails of accounts by this mail server."""
    return SendAccountMessage(
        database=app.database,
        issue_link=app.people.issue_account_link,
        mailer=mailer,
        templates=email_templates(),
        clock=app.clock,
        metrics=app.metrics.get(MessageMetrics),
        base_url="https://farms.example",
    )


async def sent_account_emails(app: Application, *, of_new_browsers: bool = False) -> list[Email]:
    """Send what is due, and return it in the order in which it was asked for.

    People sign in for most tests, in browsers that are new: what tells them so is left out unless
    the test is about it.
    """
    mailbox = Mailbox()
    send = account_messages_by(app, mailbox)
    async with app.database.unrestricted.session() as session:
        rows = await session.connection.fetch(
            "SELECT org_id, key, subject, payload, correlation_id FROM effect"
            " WHERE kind = 'account_message' AND status = 'due' ORDER BY created_at, key"
        )
        await session.connection.execute(
            "UPDATE effect SET status = 'completed', ended_at = now()"
            " WHERE kind = 'account_message' AND status = 'due'"
        )
    for row in rows:
        if row["payload"]["kind"] == "new_browser" and not of_new_browsers:
            continue
        await send(
            Effect(
                org_id=OrgId(row["org_id"]),
                key=row["key"],
                kind="account_message",
                subject=row["subject"],
                payload=row["payload"],
                correlation_id=row["correlation_id"],
                attempt=1,
                tries=1,
            )
        )
    return mailbox.emails
