"""Limits of pages."""

from typing import Final

from fullhouse.booking.limits import ANSWERS_ASKED_MAX, HOLD_SECONDS_MAX
from fullhouse.http.limits import FORM_FIELDS_MAX

PAGE_PATH_BYTES_MAX: Final = 250
CALENDAR_SLOTS_PER_TURN: Final = 1_000
PAGE_SLOTS_PER_TOKEN: Final = 500
WAITING_RELOAD_SECONDS_MIN: Final = 4
WAITING_RELOAD_SECONDS_MAX: Final = 9
WAITING_PAGES_KEPT_MAX: Final = 64

ADMIN_ROWS: Final = 50
"""Rows of a page of a list."""

CSV_ROWS_MAX: Final = 10_000
CSV_ROWS_AT_ONCE: Final = 500
CSV_ITEMS_PER_ROW: Final = 9
"""A row is ten cells with times and amounts in words: 75 µs, so 50 of them are a turn."""
CSV_ROWS_PER_TOKEN: Final = 100
SEARCH_CHARACTERS_MAX: Final = 100

SEASON_DAYS_MAX: Final = 366
"""Days that the page of the season shows at once."""

FUNNEL_SPANS: Final = (7, 28, 365)
"""Days that the page of visits shows at once."""

SHEET_SECONDS: Final = 60.0
"""After this a followed run sheet is looked at again: times begin and end by themselves."""

LIVE_SESSION_SECONDS: Final = 30.0
"""The session of who follows a page of operators is looked up again so often."""

MEASURED_NAME_CHARACTERS_MAX: Final = 200
SITEMAP_PAGES_MAX: Final = 10_000
SITEMAP_PAGES_PER_TOKEN: Final = 100
SITEMAP_ITEMS_PER_PAGE: Final = 9
"""A page of the site map takes 57 µs, so 50 of them are a turn."""
HOLD_COOKIE_SECONDS: Final = 24 * 3600

HOLDS_FOLLOWED_MAX: Final = 8
"""Holds that one form took, each after the one before it had ended."""

DRAFT_COOKIE_SECONDS: Final = 1_800
DRAFT_BYTES_MAX: Final = 3_000
SET_UP_DRAFT_SECONDS: Final = 24 * 3600
SET_UP_DRAFT_BYTES_MAX: Final = 3_800
"""Browsers take a cookie of 4,096 bytes with its name and attributes."""
"""A browser keeps cookies of four kilobytes (RFC 6265 §6.1)."""

assert HOLD_COOKIE_SECONDS > HOLD_SECONDS_MAX, "it is asked for when the hold is over"
assert ANSWERS_ASKED_MAX + 12 <= FORM_FIELDS_MAX, "a form has a field for each"
assert ADMIN_ROWS + 2 <= FORM_FIELDS_MAX, "a form can carry every row of a page"
