"""Limits of the queries of operations."""

from typing import Final

QUERY_PARAMETERS_MAX: Final = 32
QUERIES_CACHED_MAX: Final = 1_024
