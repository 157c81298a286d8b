"""Limits of the sandbox: what it keeps in memory, and how long it waits."""

from typing import Final

SANDBOX_PORT: Final = 8480
"""For HTTP; SMTP is on the next port."""
PORT_ATTEMPTS_MAX: Final = 50
"""To find two free ports in a row."""

REQUEST_BYTES_MAX: Final = 4 * 1024 * 1024
LOGGED_CALLS_MAX: Final = 500
LOGGED_CHARACTERS_MAX: Final = 16_000
LOGGED_HEADER_CHARACTERS_MAX: Final = 500
STORED_ITEMS_MAX: Final = 1_000
"""Of each kind of object that a provider keeps; the oldest is forgotten."""
MESSAGES_MAX: Final = 300
MESSAGE_CHARACTERS_MAX: Final = 64_000
"""Of each of the texts of a delivered message."""
WINDOWS_MAX: Final = 100

SILENCE_SECONDS_MAX: Final = 120.0
"""Until a request that is never answered loses its connection, if its client waits that long."""
SLOW_SECONDS: Final = 5.0
SLOW_CLOSE_SECONDS: Final = 5.0
DISORDER_SECONDS: Final = 1.0

CALLBACKS_WAITING_MAX: Final = 1_000
CALLBACK_SECONDS_MAX: Final = 10.0
CALLBACK_ATTEMPTS: Final = 4
CALLBACK_PAUSE_SECONDS: Final = 1.0
"""Before the second attempt; each further pause is twice as long."""

SWITCHED_SECONDS_MAX: Final = 365 * 86_400
"""For how long a provider can be set to fail."""

MAKE_REQUESTS_MAX: Final = 300
MAKE_PERIOD_SECONDS: Final = 10.0
MAKE_QUEUE_MAX: Final = 667
MAKE_RUN_SECONDS: Final = 0.2

assert MESSAGE_CHARACTERS_MAX <= REQUEST_BYTES_MAX, "a message of that length can be sent"
assert LOGGED_CALLS_MAX * LOGGED_CHARACTERS_MAX <= 2**24, "the log of a provider stays small"
