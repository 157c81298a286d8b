"""The figure of a scenario result: arrivals, answers and latencies over time."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from math import floor, log10
from typing import Final
from xml.etree.ElementTree import Element, SubElement

from fullhouse.capacity.load import svg
from fullhouse.capacity.load.outcomes import LoadSummary, OutcomeKind
from fullhouse.capacity.load.run_scenario import ScenarioResult

WIDTH: Final = 960
HEIGHT: Final = 620
LEFT: Final = 64
RIGHT: Final = 810
TOP_PANEL: Final = (110, 300)
LOW_PANEL: Final = (370, 560)
SLICES_MAX: Final = 40
WHOLE_SECONDS_MIN: Final = 4
_NAMES: Final[dict[OutcomeKind, tuple[str, str]]] = {
    "success": ("booked", "success-name"),
    "refusal": ("refused", "refusal-name"),
    "error": ("error", "error-name"),
    "timeout": ("no answer", "error-name"),
}


@dataclass(frozen=True, slots=True)
class _Panel:
    """Two axes that begin at zero: the panel spans `across` seconds and `up` units."""

    top: float
    bottom: float
    across: float
    up: float = 1.0

    def x(self, seconds: float) -> float:
        return LEFT + (RIGHT - LEFT) * seconds / self.across

    def y(self, value: float) -> float:
        return self.bottom - (self.bottom - self.top) * value / self.up


def render(result: ScenarioResult, *, as_page: bool) -> str:
    """The figure as SVG, or in an HTML page with the summary as a table."""
    picture = figure(result)
    if as_page:
        return "<!doctype html>\n" + svg.as_text(_page(result, picture))
    return svg.as_text(picture)


def figure(result: ScenarioResult) -> Element:
    """The figure as an SVG element."""
    summary = result.summary
    picture = svg.figure(
        WIDTH, HEIGHT, title=result.scenario.description, description=summary_line(summary)
    )
    svg.text(picture, (LEFT, 40), _capitalised(result.scenario.description), kind="heading")
    svg.text(picture, (LEFT, 64), summary_line(summary), kind="muted")
    slice_seconds = _slice(summary.seconds)
    across = (floor(summary.seconds / slice_seconds) + 1) * slice_seconds
    _draw_rates(picture, result, _Panel(*TOP_PANEL, across=across), step=slice_seconds)
    _draw_latencies(picture, result, _Panel(*LOW_PANEL, across=across))
    return picture


def summary_line(summary: LoadSummary) -> str:
    """The summary in one line."""
    return (
        f"{summary.arrivals} came, {summary.success} booked, {summary.refusals} refused (sold out),"
        f" {summary.errors} errors, {summary.timeouts} without an answer."
        f" 50% were answered within {summary.p50_ms:.0f} ms, 95% within {summary.p95_ms:.0f},"
        f" 99% within {summary.p99_ms:.0f}."
    )


def _draw_rates(picture: Element, result: ScenarioResult, panel: _Panel, *, step: float) -> None:
    came = _counts([one.intended for one in result.outcomes], step)
    answered = _counts([one.ended for one in result.outcomes if one.kind != "timeout"], step)
    panel = replace(panel, up=_round_up(max(*came.values(), *answered.values())))
    unit = "second" if step == 1 else f"{step:g} s" if step > 1 else f"{step * 1000:g} ms"
    svg.text(picture, (LEFT, panel.top - 12), f"Customers per {unit}", kind="muted")
    _draw_grid(picture, panel)
    for number, count in came.items():
        corner = (panel.x(number * step) + 1, panel.y(count))
        size = (panel.x(step) - LEFT - 2, panel.bottom - panel.y(count))
        svg.bar(picture, corner, size, kind="bar")
    points = [
        (panel.x((number + 0.5) * step), panel.y(answered.get(number, 0)))
        for number in range(round(panel.across / step))
    ]
    svg.steps(picture, points, kind="answered")
    svg.line(picture, (LEFT, panel.bottom), (RIGHT, panel.bottom), kind="base")
    svg.text(picture, (RIGHT + 10, points[-1][1] - 10), "answered", kind="answered-name")
    crest = max(came, key=came.__getitem__)
    beside = (panel.x((crest + 1) * step) + 6, panel.y(came[crest]) + 10)
    svg.text(picture, beside, f"{came[crest]} came", kind="muted")


def _draw_latencies(picture: Element, result: ScenarioResult, panel: _Panel) -> None:
    slowest = max(one.latency for one in result.outcomes) * 1000
    panel = replace(panel, up=_round_up(slowest))
    heading = "Milliseconds to the answer, by the time of the answer"
    svg.text(picture, (LEFT, panel.top - 12), heading, kind="muted")
    _draw_grid(picture, panel)
    for one in result.outcomes:
        place = (panel.x(one.ended), panel.y(one.latency * 1000))
        svg.dot(picture, place, kind=one.kind)
    _draw_quantiles(picture, result.summary, panel)
    svg.line(picture, (LEFT, panel.bottom), (RIGHT, panel.bottom), kind="base")
    _draw_seconds(picture, panel)
    _draw_legend(picture, {one.kind for one in result.outcomes})


def _draw_quantiles(picture: Element, summary: LoadSummary, panel: _Panel) -> None:
    names = {"50%": summary.p50_ms, "95%": summary.p95_ms, "99%": summary.p99_ms}
    lowest = float("inf")
    for name, value in names.items():
        y = panel.y(value)
        svg.line(picture, (LEFT, y), (RIGHT, y), kind="quantile")
        lowest = min(y + 4, lowest - 15)
        svg.text(picture, (RIGHT + 10, lowest), f"{name} under {value:.0f} ms")


def _draw_grid(picture: Element, panel: _Panel) -> None:
    for quarter in range(5):
        value = panel.up * quarter / 4
        y = panel.y(value)
        if quarter:
            svg.line(picture, (LEFT, y), (RIGHT, y), kind="grid")
        svg.text(picture, (LEFT - 8, y + 4), f"{value:g}", kind="muted right")


def _draw_seconds(picture: Element, panel: _Panel) -> None:
    step = _round_up(panel.across / 8)
    for number in range(int(panel.across / step) + 1):
        place = (panel.x(number * step), panel.bottom + 18)
        svg.text(picture, place, f"{number * step:g} s", kind="muted middle")


def _draw_legend(picture: Element, seen: set[OutcomeKind]) -> None:
    x = float(LEFT)
    for kind, (name, css_class) in _NAMES.items():
        if kind in seen:
            svg.dot(picture, (x + 5, HEIGHT - 24), kind=kind)
            svg.text(picture, (x + 14, HEIGHT - 20), name, kind=css_class)
            x += 40 + 7.5 * len(name)


def _page(result: ScenarioResult, picture: Element) -> Element:
    page = Element("html", {"lang": "en"})
    head = SubElement(page, "head")
    SubElement(head, "meta", {"charset": "utf-8"})
    SubElement(head, "meta", {"name": "viewport", "content": "width=device-width"})
    SubElement(head, "title").text = result.scenario.description
    SubElement(head, "style").text = (
        ":root { color-scheme: light dark }"
        " body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;"
        " padding: 0 1rem } td { padding: 0.1rem 1rem 0.1rem 0;"
        " font-variant-numeric: tabular-nums }"
    )
    body = SubElement(page, "body")
    body.append(picture)
    table = SubElement(body, "table")
    for name, value in summary_rows(result.summary):
        row = SubElement(table, "tr")
        SubElement(row, "th", {"scope": "row", "align": "left"}).text = name
        SubElement(row, "td", {"align": "right"}).text = value
    return page


def summary_rows(summary: LoadSummary) -> Iterator[tuple[str, str]]:
    """The summary as rows of name and value."""
    yield "customers", str(summary.arrivals)
    yield "booked", str(summary.success)
    yield "refused (sold out)", str(summary.refusals)
    yield "… other times offered", str(summary.refusals_with_alternatives)
    yield "errors", str(summary.errors)
    yield "without an answer", str(summary.timeouts)
    yield "50% answered within", f"{summary.p50_ms:.1f} ms"
    yield "95% answered within", f"{summary.p95_ms:.1f} ms"
    yield "99% answered within", f"{summary.p99_ms:.1f} ms"
    yield "slowest answer", f"{summary.max_ms:.1f} ms"
    yield "total time", f"{summary.seconds:.2f} s"


def _counts(instants: Sequence[float], step: float) -> Counter[int]:
    return Counter(floor(instant / step) for instant in instants) or Counter({0: 0})


def _slice(seconds: float) -> float:
    """One second for runs of several seconds, else a round fraction or multiple."""
    return 1.0 if WHOLE_SECONDS_MIN <= seconds <= SLICES_MAX else _round_up(seconds / SLICES_MAX)


def _round_up(value: float) -> float:
    """The next of 1, 2, 4, 5, 8 or 10 times a power of ten."""
    if value <= 0:
        return 1.0
    power = 10.0 ** floor(log10(value))
    return next(power * step for step in (1, 2, 4, 5, 8, 10) if value <= power * step * (1 + 1e-9))


def _capitalised(text: str) -> str:
    return text[0].upper() + text[1:]
