"""The wiring of health: what is measured of this installation."""

from typing import Final

from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.services import MAIL_SERVER
from fullhouse.messages.model import HAND_OVER, SEND_MESSAGE, SEND_SMS
from fullhouse.messages.model.webhooks import SEND_WEBHOOK, SEND_WEBHOOK_AGAIN
from fullhouse.observability.database_health import DatabaseHealth
from fullhouse.observability.health import Health
from fullhouse.observability.loop_watch import LoopWatch
from fullhouse.observability.metrics import MachineMetrics
from fullhouse.observability.queue_health import NotificationsHealth
from fullhouse.observability.services_health import ServicesHealth
from fullhouse.observability.system_health import SystemHealth
from fullhouse.people.model.account_messages import SEND_ACCOUNT_MESSAGE
from fullhouse.storage.embedded import default_data_dir
from fullhouse.storage.metrics import QueryMetrics

NOTIFICATIONS: Final = (
    SEND_MESSAGE,
    SEND_ACCOUNT_MESSAGE,
    HAND_OVER,
    SEND_SMS,
    SEND_WEBHOOK,
    SEND_WEBHOOK_AGAIN,
)
"""The kinds of job that tell somebody something."""


def build_health(app: Application, loop: LoopWatch) -> Health:
    """By the last part of the address at which each is shown."""
    settings = app.settings
    return Health(
        {
            "database": DatabaseHealth(
                app.database,
                app.metrics.get(QueryMetrics),
                app.modes.is_database_away,
            ),
            "notifications": NotificationsHealth(app.database, NOTIFICATIONS),
            "external-services": ServicesHealth(
                app.breakers.circuits, {MAIL_SERVER: settings.smtp_url is not None}
            ),
            "system": SystemHealth(
                settings.data_dir or default_data_dir(),
                lambda: loop.longest_pause,
                app.metrics.get(MachineMetrics),
            ),
        },
        app.clock,
    )
