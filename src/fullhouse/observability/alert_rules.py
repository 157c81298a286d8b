"""The alerts that there are: when each begins, how bad it is, and which runbook helps.

A rule looks at the signals of one moment and says in a sentence what is wrong, or nothing. What
lasts `after_seconds` becomes an alert. A rule with causes is silent while one of them fires: a
database that is down is one message.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from fullhouse.observability import alert_findings as look
from fullhouse.observability.alert_findings import RECENT_SECONDS, AlertFinding
from fullhouse.observability.signals import Signals


class AlertRule(Struct, frozen=True):
    """`runbook` is the name of its page; `act` says what to do first.

    `span_seconds` is how far back it looks: so long after a cause is over, what it sees may still
    be of that.
    """

    name: str
    runbook: str
    act: str
    look: Callable[[Signals], Iterator[AlertFinding]]
    after_seconds: float = 0.0
    causes: tuple[str, ...] = ()
    span_seconds: float = 0.0


DATABASE_DOWN: Final = "database-down"
_BOOKINGS: Final = "bookings-failing"
_SERVICE: Final = "service-failing"
_LOOK_AT_BOOKINGS: Final = "Look at /admin/latency and the log for what fails or takes long."
RULES: Final = (
    AlertRule(
        DATABASE_DOWN,
        "database-down",
        "Run `fullhouse doctor`, and see whether PostgreSQL runs and answers.",
        look.database_away,
    ),
    AlertRule(
        "inconsistent",
        "invariants-violated",
        "Run `fullhouse repair`, which shows what is broken with its repair.",
        look.inconsistent,
    ),
    AlertRule(
        "database-failing",
        "database-failing",
        "Look at /admin/latency?of=queries for what fails, and into the log of PostgreSQL.",
        look.statements_fail,
        causes=(DATABASE_DOWN,),
        span_seconds=RECENT_SECONDS,
    ),
    AlertRule(
        _BOOKINGS,
        "bookings-failing",
        _LOOK_AT_BOOKINGS,
        look.bookings_fail,
        causes=(DATABASE_DOWN, "database-failing"),
        span_seconds=RECENT_SECONDS,
    ),
    AlertRule(
        "bookings-slow",
        "bookings-slow",
        _LOOK_AT_BOOKINGS,
        look.bookings_slow,
        after_seconds=60,
        causes=(DATABASE_DOWN,),
        span_seconds=RECENT_SECONDS,
    ),
    AlertRule(
        "error-budget",
        "bookings-failing",
        _LOOK_AT_BOOKINGS,
        look.budget_burns,
        causes=(DATABASE_DOWN, "database-failing", _BOOKINGS),
        span_seconds=RECENT_SECONDS,
    ),
    AlertRule(
        "errors",
        "bookings-failing",
        "Search the log for `http.request_failed` and `http.page_failed`, with the places in code.",
        look.errors,
        causes=(DATABASE_DOWN, "database-failing", _BOOKINGS),
        span_seconds=RECENT_SECONDS,
    ),
    AlertRule(
        _SERVICE,
        "mail-not-going-out",
        "Run `fullhouse circuits`, which says why, and ask the provider.",
        look.services_fail,
    ),
    AlertRule(
        "deliveries-failing",
        "deliveries-failing",
        "Search the log for `jobs.attempt_failed`: it says why.",
        look.deliveries_fail,
        after_seconds=120,
        causes=(DATABASE_DOWN, _SERVICE),
        span_seconds=RECENT_SECONDS,
    ),
    AlertRule(
        "queue-standing",
        "worker-stopped",
        "See whether the worker runs, and what it logs.",
        look.queue_stands,
        after_seconds=30,  # what was due while all stood is done soon after the start
        causes=(DATABASE_DOWN, _SERVICE),
    ),
    AlertRule(
        "jobs-failed",
        "jobs-failed",
        "Run `fullhouse dead-letters list`; retry what may succeed now.",
        look.jobs_failed,
    ),
    AlertRule(
        "cache-missing",
        "cache-missing",
        "See whether Redis answers, and how much is booked now.",
        look.caches_miss,
        after_seconds=600,
        causes=(DATABASE_DOWN,),
        span_seconds=RECENT_SECONDS,
    ),
    AlertRule(
        "sign-ins-refused",
        "under-attack",
        "See who asks /sign-in so often, and refuse those networks at the proxy.",
        look.sign_ins_refused,
    ),
    AlertRule(
        "memory-grows",
        "memory-grows",
        "Run `fullhouse memory`, which says what grew and whether the process was replaced.",
        look.memory_grows,
    ),
    AlertRule(
        "machine-short",
        "machine-short",
        "Free memory or disk, or stop what else runs on the machine.",
        look.machine_short,
        after_seconds=120,
    ),
    AlertRule(
        "running-out",
        "running-out",
        "See how much time is left, and what grows.",
        look.running_out,
    ),
    AlertRule(
        "unusual",
        "unusual",
        "See whether something failed, or whether there is a reason: an event, a newspaper.",
        look.unusual,
        causes=(DATABASE_DOWN, _BOOKINGS),
    ),
    AlertRule(
        "certificate-ending",
        "certificate-ending",
        "See whether its renewal runs on the proxy, and what that logs.",
        look.certificate_ends,
    ),
    AlertRule(
        "clock-wrong",
        "clock-wrong",
        "Run `timedatectl` here and on the server of the database: NTP must be active.",
        look.clock_wrong,
    ),
    AlertRule(
        "backup-old",
        "backup-old",
        "Run `fullhouse doctor`, and see archive_command in the log of PostgreSQL.",
        look.backup_old,
    ),
)
"""Every alert that there is, causes before what follows from them."""
RULES_BY_NAME: Final[Mapping[str, AlertRule]] = {rule.name: rule for rule in RULES}
