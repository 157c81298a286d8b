"""Limits of pages."""

from typing import Final

PAGE_PATH_BYTES_MAX: Final = 250
