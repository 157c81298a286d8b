"""What guests notice of what an alert is about: it says how much of a hurry there is."""

from collections.abc import Mapping
from typing import Final

from fullhouse.observability.alert_rules import RULES_BY_NAME

_NOTHING_YET: Final = "Guests notice nothing yet."
EFFECTS: Final[Mapping[str, str]] = {
    "database-down": "Confirmed bookings are safe; e-mails wait and go out afterwards.",
    "inconsistent": "Guests cannot change the bookings concerned; all others go on.",
    "database-failing": "Some guests see an error page. Confirmed bookings are safe.",
    "bookings-failing": "Those guests have no booking; they are asked to try again.",
    "bookings-slow": "Guests wait for their confirmation, and some give up.",
    "error-budget": "Some guests could not book.",
    "errors": "Some visitors see an error page.",
    "service-failing": "Guests can book. What goes through this service waits or goes another way; "
    "nothing is lost.",
    "deliveries-failing": "Guests can book. Their messages are late, and are tried again.",
    "queue-standing": "Guests can book. E-mails and offers of freed places are late.",
    "jobs-failed": "What these jobs should have sent or offered was not.",
    "cache-missing": "Pages are slower for guests.",
    "sign-ins-refused": _NOTHING_YET,
    "memory-grows": "Guests notice nothing: the process is replaced without a lost request.",
    "machine-short": "Pages may be slower. Once the disk is full, nobody can book.",
    "running-out": _NOTHING_YET,
    "unusual": "It may be good news or a fault.",
    "certificate-ending": "Guests notice nothing until it ends; then browsers warn of your pages.",
    "clock-wrong": "Reservations and links may end too early or too late.",
    "backup-old": "Guests notice nothing. If the disk broke now, bookings would be lost.",
}
"""By the name of the alert, in English as alerts are."""
ALERTS_OF_PART: Final[Mapping[str, frozenset[str]]] = {
    "database": frozenset({"database-down", "database-failing"}),
    "notifications": frozenset({"queue-standing", "deliveries-failing", "jobs-failed"}),
    "external-services": frozenset({"service-failing"}),
    "system": frozenset({"machine-short"}),
}
"""The alerts that say of a part of health what is wrong with it."""

assert EFFECTS.keys() == RULES_BY_NAME.keys(), "of each alert it is known"
