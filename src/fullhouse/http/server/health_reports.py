"""Health over HTTP: the last reports of a background check, as `application/health+json`.

The format is that of draft-inadarei-api-health-check-06, but for `status`, which is in our words;
`result` is in those of the draft. Details are for who may read metrics, the status is for all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import msgspec

from fullhouse.http.request import Request
from fullhouse.http.response import NO_STORE, Response
from fullhouse.http.routing import Route, RouteClass
from fullhouse.http.server.monitoring import MonitoringAccess
from fullhouse.observability.health import Health
from fullhouse.observability.model import HealthReport, HealthStatus, Measurement

_PATH: Final = "/api/health"
_TYPE: Final = (b"content-type", b"application/health+json")


@dataclass(frozen=True, slots=True)
class HealthReports:
    """Answers at `/api/health` for the whole, and below it for each part."""

    health: Health
    access: MonitoringAccess

    def routes(self) -> Sequence[Route]:
        return (
            Route("GET", _PATH, self.whole, RouteClass(is_bounded=False)),
            *(
                Route(
                    "GET", f"{_PATH}/{name}", partial(self.part, name), RouteClass(is_bounded=False)
                )
                for name in self.health.sources
            ),
        )

    async def whole(self, request: Request) -> Response:
        """200 while it works, well or not so well, and 503 while it is unhealthy."""
        reports = {name: self.health.report(name) for name in self.health.sources}
        return self._answer(request, self.health.status, reports)

    async def part(self, name: str, request: Request) -> Response:
        report = self.health.report(name)
        return self._answer(request, report.status, {name: report})

    def _answer(
        self, request: Request, status: HealthStatus, reports: Mapping[str, HealthReport]
    ) -> Response:
        body: dict[str, object] = {"status": status, "result": status.result}
        if self.access.may(request):
            ages = [self.health.age(report) for report in reports.values()]
            known = [age for age in ages if age is not None]
            body["age_seconds"] = round(max(known), 1) if len(known) == len(ages) else None
            body["checks"] = {
                f"{part}:{one.name}": [_shown(one)]
                for part, report in reports.items()
                for one in report.measurements
            }
        code = 503 if status is HealthStatus.UNHEALTHY else 200
        return Response(code, msgspec.json.encode(body), (_TYPE, NO_STORE))


def _shown(one: Measurement) -> Mapping[str, object]:
    shown = {"observedValue": one.value, "status": one.status, "result": one.status.result}
    return shown | {"observedUnit": one.unit} if one.unit else shown
