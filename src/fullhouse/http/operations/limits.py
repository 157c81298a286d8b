"""Limits of the queries of operations, and of the responses that are kept."""

from typing import Final

QUERY_PARAMETERS_MAX: Final = 32
QUERY_BYTES_MAX: Final = 2_048
QUERIES_CACHED_MAX: Final = 1_024
CACHED_QUERY_BYTES_MAX: Final = 128
RESPONSES_BYTES_MAX: Final = 8 * 1024 * 1024
RESPONSE_BYTES_MAX: Final = 64 * 1024
