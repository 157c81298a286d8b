"""The dashboards of Grafana: the business, its speed, and its operation."""

from collections.abc import Sequence
from typing import Final

from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    VizLegendOptions,
)
from grafana_foundation_sdk.builders.dashboard import (
    Dashboard,
    DatasourceVariable,
    ThresholdsConfig,
)
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.builders.timeseries import Panel as TimeSeries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    GraphTresholdsStyleMode,
    LegendDisplayMode,
    LegendPlacement,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    Threshold,
    ThresholdsMode,
)
from msgspec import Struct
from tools.observability.promql import (
    ERRORS,
    REQUESTS,
    bookings_a_minute,
    failed_share,
    increase,
    objective_p95,
    of_routes,
    outcomes,
    quantile,
    rate,
)

from fullhouse.bootstrap.observability import ADMIN_ROUTES
from fullhouse.observability.alert_signals import LOOKUPS, MISSES
from fullhouse.observability.objectives import (
    ADMIN_SECONDS,
    AVAILABILITY_SECONDS,
    BOOKING_SECONDS,
    BOOKING_SUCCESS,
    CACHE_MISSES,
    CERTIFICATE_DAYS,
    ERROR_BUDGET,
    QUEUE_SECONDS,
    Objective,
)

_SOURCE: Final = "source"
_COLUMNS: Final = 24
_HEIGHT: Final = 8
_WIDE: Final = _COLUMNS // 2


class Chart(Struct, frozen=True):
    """Lines over time, each an expression and its legend; the bound of an objective is drawn."""

    title: str
    unit: str
    lines: Sequence[tuple[str, str]]
    bound: Objective | None = None


def _p95(objective: Objective) -> Chart:
    lines = ((objective_p95(objective.name), "p95"),)
    return Chart(objective.text, "s", lines, objective)


_SUCCESS: Final = f"1 - {failed_share('5m')}"
_MISSED: Final = increase("fullhouse_cache_lookups_total", outcomes(MISSES), by="cache")
_ASKED: Final = increase("fullhouse_cache_lookups_total", outcomes(LOOKUPS), by="cache")
_BUSINESS: Final = (
    Chart("Bookings a minute", "short", ((bookings_a_minute(), "bookings"),)),
    Chart(BOOKING_SUCCESS.text, "percentunit", ((_SUCCESS, "succeed"),), BOOKING_SUCCESS),
    Chart(
        "What the ledger decided, a second",
        "short",
        ((rate("fullhouse_ledger_verdicts_total", by="verdict"), "{{verdict}}"),),
    ),
    Chart(
        "Places held, a second",
        "short",
        ((rate("fullhouse_held_places_total", by="outcome"), "{{outcome}}"),),
    ),
    Chart(
        "E-mails and SMS in 5 minutes",
        "short",
        ((increase("fullhouse_messages_total", by="outcome"), "{{outcome}}"),),
    ),
    Chart(
        "Webhooks in 5 minutes",
        "short",
        ((increase("fullhouse_webhooks_total", by="outcome"), "{{outcome}}"),),
    ),
    Chart(
        "Sign-ins in 5 minutes",
        "short",
        ((increase("fullhouse_sign_ins_total", by="outcome"), "{{outcome}}"),),
    ),
    Chart(
        "Error budget used in 3 days",
        "percentunit",
        ((f"{failed_share('3d')} / {ERROR_BUDGET:g}", "used"),),
    ),
)
_PERFORMANCE: Final = (
    _p95(BOOKING_SECONDS),
    _p95(AVAILABILITY_SECONDS),
    _p95(ADMIN_SECONDS),
    Chart(
        "All requests",
        "s",
        tuple((quantile(each, REQUESTS), f"p{each * 100:.0f}") for each in (0.5, 0.95, 0.99)),
    ),
    Chart(
        "Requests a second by status",
        "reqps",
        ((rate(f"{REQUESTS}_count", by="status"), "{{status}}"),),
    ),
    Chart(
        "Slowest staff pages, p95",
        "s",
        (
            (
                f"topk(5, {quantile(0.95, REQUESTS, of_routes(ADMIN_ROUTES), by='route')})",
                "{{route}}",
            ),
        ),
    ),
    Chart(
        "Slowest statements, p95",
        "s",
        ((f"topk(10, {quantile(0.95, 'fullhouse_query_seconds', by='query')})", "{{query}}"),),
    ),
    Chart(
        "Commits of the ledger",
        "s",
        tuple(
            (quantile(each, "fullhouse_ledger_commit_seconds"), f"p{each * 100:.0f}")
            for each in (0.5, 0.95, 0.99)
        ),
    ),
    Chart(
        CACHE_MISSES.text,
        "percentunit",
        (
            (
                f"{_MISSED} / {_ASKED}",
                "{{cache}}",
            ),
        ),
        CACHE_MISSES,
    ),
    Chart(
        "Time of jobs, p95",
        "s",
        ((quantile(0.95, "fullhouse_job_seconds", by="kind"), "{{kind}}"),),
    ),
)
_OPERATIONS: Final = (
    Chart(
        "Alerts that fire",
        "short",
        (('count by (alertname, severity)(ALERTS{alertstate="firing"})', "{{alertname}}"),),
    ),
    Chart("Answers", "short", (('up{job="fullhouse"}', "{{instance}}"),)),
    Chart(
        "Operating mode: 0 full, 1 essential, 2 read-only, 3 maintenance",
        "short",
        (("max(fullhouse_operating_mode)", "mode"),),
    ),
    Chart(
        "Services that are not called",
        "short",
        (("max by (service)(fullhouse_circuit_open)", "{{service}}"),),
    ),
    Chart(
        "Errors of requests by type, in 5 minutes",
        "short",
        ((f"topk(10, {increase('fullhouse_request_errors_total', by='code')})", "{{code}}"),),
    ),
    Chart(
        "Requests that failed, in 5 minutes",
        "short",
        ((increase(f"{REQUESTS}_count", ERRORS, by="status"), "{{status}}"),),
    ),
    Chart(
        "Statements by outcome, in 5 minutes",
        "short",
        (
            (
                increase("fullhouse_query_seconds_count", 'outcome!="ok"', by="outcome"),
                "{{outcome}}",
            ),
        ),
    ),
    Chart(
        QUEUE_SECONDS.text,
        "s",
        (
            ("max by (kind)(fullhouse_job_oldest_seconds)", "{{kind}}"),
            ("max by (subscriber)(fullhouse_relay_lag_seconds)", "{{subscriber}}"),
        ),
        QUEUE_SECONDS,
    ),
    Chart(
        "Jobs that wait, and that failed for good",
        "short",
        (
            ("sum(max by (kind)(fullhouse_jobs_waiting))", "wait"),
            ("sum(max by (kind)(fullhouse_dead_letters))", "failed for good"),
        ),
    ),
    Chart(
        "Connections to the database",
        "short",
        (
            ("sum(fullhouse_pool_busy)", "in use"),
            ("sum(fullhouse_pool_waiting)", "waited for"),
            ("sum(fullhouse_pool_size)", "allowed"),
        ),
    ),
    Chart(
        "Open connections and streams",
        "short",
        (
            ("sum(fullhouse_connections_open)", "connections"),
            ("sum(fullhouse_streams_open)", "streams"),
        ),
    ),
    Chart(
        "Commands that wait for the ledger",
        "short",
        (("sum(fullhouse_ledger_queue_commands)", "commands"),),
    ),
    Chart(
        "Memory",
        "bytes",
        (
            ("fullhouse_machine_memory_free_bytes", "free, {{instance}}"),
            ("fullhouse_process_memory_bytes", "web processes, {{instance}}"),
        ),
    ),
    Chart(
        "Processors",
        "short",
        (
            (
                "sum by (instance)(rate(fullhouse_process_processor_seconds_total[5m]))",
                "web processes, {{instance}}",
            ),
            ("fullhouse_machine_load", "load, {{instance}}"),
        ),
    ),
    Chart(
        "Disk that is free",
        "percentunit",
        (("fullhouse_machine_disk_free_bytes / fullhouse_machine_disk_bytes", "{{instance}}"),),
    ),
    Chart(
        CERTIFICATE_DAYS.text,
        "d",
        (("min(fullhouse_certificate_days >= 0)", "days"),),
        CERTIFICATE_DAYS,
    ),
    Chart(
        "Records that break a rule",
        "short",
        (("max by (rule)(fullhouse_inconsistencies)", "{{rule}}"),),
    ),
)
DASHBOARDS: Final[dict[str, tuple[str, Sequence[Chart]]]] = {
    "business": ("Fullhouse: bookings", _BUSINESS),
    "performance": ("Fullhouse: performance", _PERFORMANCE),
    "operations": ("Fullhouse: operations", _OPERATIONS),
}
"""By the name of its file: title and charts."""


def dashboard(name: str) -> str:
    """The JSON of a dashboard, two charts in a row."""
    title, charts = DASHBOARDS[name]
    made = (
        Dashboard(title)
        .uid(f"fullhouse-{name}")
        .tags(["fullhouse"])
        .refresh("30s")
        .time("now-6h", "now")
        .timezone("browser")
        .with_variable(DatasourceVariable(_SOURCE).label("Prometheus").type("prometheus"))
    )
    for chart in charts:
        made.with_panel(_panel(chart))
    return JSONEncoder(sort_keys=True, indent=2).encode(made.build()) + "\n"


def _panel(chart: Chart) -> TimeSeries:
    source = DataSourceRef(type_val="prometheus", uid=f"${{{_SOURCE}}}")
    panel = (
        TimeSeries()
        .title(chart.title)
        .unit(chart.unit)
        .datasource(source)
        .min(0)
        .height(_HEIGHT)
        .span(_WIDE)
        .legend(
            VizLegendOptions()
            .display_mode(LegendDisplayMode.LIST)
            .placement(LegendPlacement.BOTTOM)
            .show_legend(True)  # noqa: FBT003 - the builder's only form
        )
    )
    for number, (expression, legend) in enumerate(chart.lines):
        query = Dataquery().expr(expression).legend_format(legend).ref_id(chr(ord("A") + number))
        panel.with_target(query.datasource(source))
    if chart.bound is not None:
        _draw_bound(panel, chart.bound)
    return panel


def _draw_bound(panel: TimeSeries, objective: Objective) -> None:
    """The objective as a line, with the side beyond it in another colour."""
    below, above = ("red", "green") if objective.is_floor else ("green", "red")
    steps = [Threshold(value=None, color=below), Threshold(value=objective.target, color=above)]
    panel.thresholds(ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps))
    panel.description(f"The objective is {objective.target:g}.")
    style = GraphThresholdsStyleConfig().mode(GraphTresholdsStyleMode.DASHED)
    panel.thresholds_style(style)
