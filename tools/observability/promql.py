"""Expressions of Prometheus about our metrics, put together from the product's own tables."""

import re
from collections.abc import Collection, Mapping
from typing import Final

from fullhouse.bootstrap.observability import BOOKED, BOOKING_ROUTES, ROUTES_OF
from fullhouse.observability.measurements import PROBES
from fullhouse.observability.objectives import MeasuredRoutes

REQUESTS: Final = "fullhouse_request_seconds"
FAILED: Final = 'status=~"5.."'
ERRORS: Final = f'{FAILED},route!~"{"|".join(f"{route}.*" for route in PROBES)}"'
"""But not what probes are told."""


def one_of(label: str, values: Collection[str]) -> str:
    """A label that is one of these, in the syntax of RE2 within a string of PromQL."""
    pattern = "|".join(re.escape(each).replace("\\-", "-") for each in sorted(values))
    return f'{label}=~"{pattern}"'.replace("\\", "\\\\")


def of_routes(routes: MeasuredRoutes, *more: str) -> str:
    """The labels of requests of these routes, and more."""
    if routes.prefix is None:
        route = one_of("route", routes.routes)
    else:
        route = f'route=~"{routes.prefix}.*"'
    return ",".join((f'method="{routes.method}"', route, *more))


def increase(metric: str, labels: str = "", *, span: str = "5m", by: str = "") -> str:
    """How often something happened in a span, over all processes and machines."""
    summed = f"sum by ({by})" if by else "sum"
    chosen = f"{{{labels}}}" if labels else ""
    return f"{summed}(increase({metric}{chosen}[{span}]))"


def rate(metric: str, labels: str = "", *, by: str = "") -> str:
    """How often something happens each second."""
    return increase(metric, labels, by=by).replace("increase(", "rate(")


def quantile(share: float, metric: str, labels: str = "", *, by: str = "") -> str:
    """The seconds that this share of durations of five minutes does not exceed."""
    groups = f"le, {by}" if by else "le"
    return f"histogram_quantile({share}, {rate(f'{metric}_bucket', labels, by=groups)})"


def objective_p95(name: str) -> str:
    """The p95 of the requests that an objective is about."""
    return quantile(0.95, REQUESTS, of_routes(ROUTES_OF[name]))


ATTEMPTS_TO_BOOK: Final = "fullhouse:booking_attempts:increase"
FAILURES_TO_BOOK: Final = "fullhouse:booking_failures:increase"
"""What rules record, by the span that ends the name."""


def recorded_attempts(span: str) -> str:
    return increase(f"{REQUESTS}_count", of_routes(BOOKING_ROUTES), span=span)


def recorded_failures(span: str) -> str:
    """0 where there was none: a series that never was is no number."""
    failed = increase(f"{REQUESTS}_count", of_routes(BOOKING_ROUTES, FAILED), span=span)
    return f"{failed} or vector(0)"


def failed_share(span: str) -> str:
    """The share of attempts to book that failed."""
    return f"{FAILURES_TO_BOOK}{span} / {ATTEMPTS_TO_BOOK}{span}"


def bookings_a_minute() -> str:
    """Requests that each made a booking."""
    made = [
        rate(f"{REQUESTS}_count", f'method="{method}",route="{route}",status="{status}"')
        for method, route, status in sorted(BOOKED)
    ]
    return "60 * (" + " + ".join(f"({each} or vector(0))" for each in made) + ")"


def outcomes(values: Collection[str]) -> str:
    return one_of("outcome", values)


def labelled(metric: str, **labels: str) -> str:
    """A series of a metric with these values of labels."""
    pairs: Mapping[str, str] = labels
    return f"{metric}{{" + ",".join(f'{name}="{value}"' for name, value in pairs.items()) + "}"
