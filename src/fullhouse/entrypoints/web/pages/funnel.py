"""Counts the steps of guests to a booking: nobody is recognised, and no request waits for it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from fullhouse.booking.metrics import FunnelMetrics
from fullhouse.booking.model.funnel import FunnelStep, funnel_source
from fullhouse.entrypoints.web.page_context import PageContext
from fullhouse.entrypoints.web.pages.sources import source_of
from fullhouse.http.request import Request
from fullhouse.kernel.errors import FullhouseError

_ROBOT: Final = re.compile(
    r"bot|crawl|spider|slurp|preview|monitor|scan|headless|curl|wget|python|java/|go-http|axios",
    re.IGNORECASE,
)
_PREFETCH: Final = (b"sec-purpose", b"purpose", b"x-moz")


class FunnelCounter(msgspec.Struct, frozen=True):
    """Counts by offering and by `utm_source`."""

    metrics: FunnelMetrics

    def view(self, page: PageContext, offering_id: UUID) -> None:
        """Count a person who comes to the page, and not one who turns its days."""
        if is_person(page.request) and not _comes_from_itself(page.request):
            self.count(page, offering_id, FunnelStep.VIEW)

    def release(self, page: PageContext, offering_id: UUID) -> None:
        """Count a guest who gives held places back."""
        self.count(page, offering_id, FunnelStep.RELEASE)

    @contextmanager
    def completing(self, page: PageContext, offering_id: UUID) -> Iterator[None]:
        """Count details that are filled in, and whether what follows books or fails."""
        self.count(page, offering_id, FunnelStep.COMPLETE)
        try:
            yield
        except FullhouseError:
            self.count(page, offering_id, FunnelStep.FAIL)
            raise
        self.count(page, offering_id, FunnelStep.CONFIRM)

    def count(self, page: PageContext, offering_id: UUID, step: FunnelStep) -> None:
        written = page.query("utm_source") or (source_of(page) or {}).get("utm_source", "")
        self.metrics.count(
            offering_id, funnel_source(written), step=step, client=page.request.client_address
        )


def is_person(request: Request) -> bool:
    """Whether a browser asks for somebody who looks: no robot, as far as it says, no prefetch."""
    agent = request.header(b"user-agent")
    is_early = any("prefetch" in (request.header(name) or "") for name in _PREFETCH)
    if request.method != "GET" or not agent or is_early:
        return False
    return _ROBOT.search(agent) is None


def _comes_from_itself(request: Request) -> bool:
    try:
        return urlsplit(request.header(b"referer") or "").path == request.path
    except ValueError:  # it is no address: no browser sends that
        return False
