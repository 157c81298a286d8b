"""What the parameters of queries of messages are in real life."""

from datetime import UTC, datetime, time, timedelta
from typing import Final

_DAY: Final = datetime(2027, 6, 13, 5, 0, tzinfo=UTC)
_TWO: Final = 2

VALUES: Final[dict[str, object]] = {
    "channel": "make",
    "heading": "You made it",
    "sms": "Booked.",
    "hours": 0,
    "reminder": "two_days",
    "reminders": ["two_days"],
    "quiet_from": time(20),
    "quiet_until": time(8),
    "thanks_hours": 3,
    "reach": timedelta(days=32),
    "stars": None,
    "words": "",
    "channels": ["email"] * 2,
    "apart": timedelta(milliseconds=40),
    "is_delivered": True,
    "route": "make",
    "failure": "503",
    "acknowledge_minutes": 10,
    "sms_per_day_max": 500,
}

OF_QUERY: Final[dict[str, dict[str, object]]] = {
    "messages.acknowledge_message": {"detail": ""},
    "messages.acknowledge_channel_test": {"answer": ""},
    "messages.closing_status": {"channel": "email"},
    "messages.hand_over_message": {"status": "sent"},
    "messages.kept_messages": {"invented": "%@guest.example"},
    "messages.reminders_due": {"days": 2, "since": _DAY, "until": _DAY + timedelta(minutes=1)},
    "messages.organisations_that_remind": {"before": _DAY},
    "messages.organisations_that_thank": {"before": _DAY},
    "messages.thanks_due": {"since": _DAY, "until": _DAY + timedelta(minutes=5)},
    "messages.sweep_thanks": {"until": _DAY},
    "messages.bounce_message": {"detail": "5.1.1 No such user"},
    "messages.add_digest_reader": {"day": _DAY.date()},
    "messages.take_digests": {"day": _DAY.date()},
    "messages.bookings_of_day": {"since": _DAY, "until": _DAY + timedelta(days=1)},
    "messages.places_of_day": {"since": _DAY, "until": _DAY + timedelta(days=1)},
    "messages.quiet_ends": {"seqs": [5001, 5002]},
    "messages.suppress": {"reason": "bounced"},
    "messages.end_suppression": {"reason": "unsubscribed"},
    "messages.sweep_reminders": {"until": _DAY},
    "messages.record_channel_test": {"answer": "200 Accepted"},
    "messages.set_channel": {"url": "https://example.org", "key": b"k", "kinds": []},
    "messages.add_webhook_deliveries": {"seqs": [5001, 5002]},
    "messages.record_webhook_outcome": {"status": "delivered"},
    "messages.webhook_deliveries": {"status": "delivered", "before": 900_000},
    "messages.unsent_messages": {"created_until": _DAY},
    "messages.unsent_since": {"statuses": ["failed", "undeliverable"]},
    "messages.store_messages": {"subjects": ["You are booked"] * _TWO},
    "messages.email_text": {"kind": "confirmation"},
    "messages.set_email_text": {
        "kind": "confirmation",
        "by": "guest",
        "subject": "Booked: {{ offering }}",
    },
    "messages.earlier_email_texts": {"kind": "confirmation", "rows_max": 20},
    "messages.forget_earlier_email_texts": {"kind": "confirmation", "texts_max": 20},
    "messages.note_failed_email_text": {"kind": "confirmation"},
    "messages.record_outcomes": {"statuses": ["sent"] * _TWO},
}
