"""Limits of organisations, venues, keys and sessions, and of the texts that name people."""

from typing import Final

NAME_CHARACTERS_MAX: Final = 200
SUMMARY_CHARACTERS_MAX: Final = 300
DESCRIPTION_CHARACTERS_MAX: Final = 5_000
EMAIL_CHARACTERS_MAX: Final = 254
PHONES_FORMATTED_MAX: Final = 4_096
"""Numbers whose text is kept: to make one takes 50 µs, and a day has a thousand."""
PHONE_CHARACTERS_MAX: Final = 40
LEGAL_CHARACTERS_MAX: Final = 20_000
SLUG_CHARACTERS_MAX: Final = 63

SIGN_IN_LINK_HOURS: Final = 24
PAGES_SESSION_HOURS: Final = 12
ACCESS_TOKEN_SECONDS: Final = 900
API_SESSION_IDLE_DAYS: Final = 30
API_SESSION_DAYS_MAX: Final = 90
REFRESH_REPEAT_SECONDS: Final = 30
"""For how long the same client may repeat a refresh whose answer was lost."""
PROFILE_SECONDS: Final = 300
PROFILE_PATIENCE_SECONDS: Final = 0.5
PROFILES_BYTES_MAX: Final = 4 * 1024 * 1024
SESSION_USE_NOTED_SECONDS: Final = 300
USER_AGENT_CHARACTERS_MAX: Final = 200
MEMBERSHIPS_LISTED_MAX: Final = 200
LOGIN_CHARACTERS_MAX: Final = 320
RECOVERY_CODES: Final = 10
TOTP_STEP_SECONDS: Final = 30
TOTP_DRIFT_STEPS: Final = 1
SECOND_FACTOR_MINUTES: Final = 5
"""For how long a browser that has given the password may give the code."""
RESET_LINK_MINUTES: Final = 60
RESET_INTERVAL_MINUTES: Final = 10
SIGN_UP_LINK_MINUTES: Final = 60
SIGN_UP_INTERVAL_MINUTES: Final = 30
EMAIL_CHANGE_HOURS: Final = 24
INVITATION_DAYS: Final = 7
INVITATIONS_OPEN_MAX: Final = 100
INVITATIONS_A_DAY_MAX: Final = 200
INVITATIONS_TO_ADDRESS_A_DAY_MAX: Final = 5
"""Each is an e-mail to an address that nobody has verified."""
SESSIONS_LISTED_MAX: Final = 100
MEMBERS_LISTED_MAX: Final = 500
DEVICES_PER_BROWSER_MAX: Final = 5
DEVICE_COOKIE_DAYS: Final = 365
API_KEY_USE_NOTED_SECONDS: Final = 60
ORGANISATIONS_LISTED_MAX: Final = 1_000
DOMAIN_CHARACTERS_MAX: Final = 253
DOMAINS_MAX: Final = 10_000
"""Confirmed ones, which each process keeps in memory: about 2 MB."""
VENUES_LISTED_MAX: Final = 200
VENUES_MAX: Final = 200
API_KEYS_VALID_MAX: Final = 100
SAVED_VIEWS_MAX: Final = 20
"""Of one list."""
VIEW_NAME_CHARACTERS_MAX: Final = 60
VIEW_QUERY_CHARACTERS_MAX: Final = 1_000
API_KEYS_LISTED_MAX: Final = 200
ORGANISATIONS_BYTES_MAX: Final = 16 * 1024 * 1024
ORGANISATION_TTL_SECONDS: Final = 60.0

PASSWORD_CHARACTERS_MIN: Final = 12
PASSWORD_CHARACTERS_MAX: Final = 128
PASSWORD_TYPED_CHARACTERS_MAX: Final = 1_024
"""Before composition; NFKC of a longer text takes time, and what it is for is no password."""
HASH_PASSES: Final = 3
HASH_MEMORY_KIB: Final = 12_288
HASHES_AT_ONCE_MAX: Final = 2
HASH_NICENESS: Final = 10
HASH_REST_SECONDS: Final = 0.3
SIGN_INS_WAITING_MAX: Final = 128
SIGN_IN_WAIT_SECONDS_MAX: Final = 10.0
SIGN_IN_RETRY_SECONDS_MAX: Final = 120

FAILURES_FORGOTTEN_HOURS: Final = 24
ROWS_PRUNED_AT_ONCE_MAX: Final = 1_000
PAIR_FAILURES_FREE: Final = 10
DEVICE_FAILURES_FREE: Final = 10
LOGIN_FAILURES_FREE: Final = 100
"""As many as NIST SP 800-63B §3.2.2 allows for one account."""
NETWORK_FAILURES_FREE: Final = 2_000
"""A school or a hotel has one address, and many people there who mistype."""
SIGN_UPS_FREE: Final = 50
"""E-mails that one network may send to strangers in a day; past these the locks grow."""
EMAIL_CHANGES_FREE: Final = 5
"""Of those, the ones that one account may send."""
LOCK_SECONDS_FIRST: Final = 30
LOCK_SECONDS_MAX: Final = 3_600

PICTURES_PER_ORGANISATION_MAX: Final = 200
PICTURES_BYTES_PER_ORGANISATION_MAX: Final = 150 * 1024 * 1024
"""As stored, in both sizes; one of a phone takes about 300 kB."""
PICTURE_STORED_BYTES_MAX: Final = 4 * 1024 * 1024
PICTURE_NAME_CHARACTERS_MAX: Final = 200
PICTURES_PRUNED_AT_ONCE_MAX: Final = 50
PICTURE_KEPT_HOURS: Final = 1
"""After it was deleted, so that this can be undone; less where the room is needed."""
PICTURE_BYTES_MAX: Final = 12 * 1024 * 1024
PICTURE_PIXELS_MAX: Final = 50_000_000
PICTURE_SIDE_MIN: Final = 64
PICTURE_COVER_PIXELS: Final = 2_240
PICTURE_CARD_PIXELS: Final = 960
"""The longest sides: twice what pages show, for screens of two pixels a point."""
PICTURES_BYTES_CACHED_MAX: Final = 16 * 1024 * 1024
PICTURES_ENCODED_AT_ONCE_MAX: Final = 1
PICTURES_WAITING_MAX: Final = 4
PICTURE_WAIT_SECONDS_MAX: Final = 4
PICTURE_SECONDS_MAX: Final = 10
PICTURE_CPU_SECONDS_MAX: Final = 8
PICTURE_MEMORY_BYTES_MAX: Final = 1024 * 1024 * 1024

assert PICTURE_STORED_BYTES_MAX < PICTURE_BYTES_MAX < PICTURES_BYTES_PER_ORGANISATION_MAX
assert PICTURE_CPU_SECONDS_MAX < PICTURE_SECONDS_MAX, "a busy processor is no fault of the file"
assert PICTURE_PIXELS_MAX * 4 * 3 < PICTURE_MEMORY_BYTES_MAX, "three copies of the largest fit"
assert REFRESH_REPEAT_SECONDS < ACCESS_TOKEN_SECONDS, "a repeat is about tokens that still hold"
assert VENUES_MAX <= VENUES_LISTED_MAX, "none is hidden"
assert API_SESSION_IDLE_DAYS < API_SESSION_DAYS_MAX
assert PAIR_FAILURES_FREE < LOGIN_FAILURES_FREE < NETWORK_FAILURES_FREE, "one guesser locks itself"
assert LOCK_SECONDS_MAX < FAILURES_FORGOTTEN_HOURS * 3600, "a lock ends before it is forgotten"
assert PASSWORD_CHARACTERS_MAX <= PASSWORD_TYPED_CHARACTERS_MAX
