"""Limits of the queries of operations."""

from typing import Final

QUERY_PARAMETERS_MAX: Final = 32
QUERY_BYTES_MAX: Final = 2_048
QUERIES_CACHED_MAX: Final = 1_024
CACHED_QUERY_BYTES_MAX: Final = 128
