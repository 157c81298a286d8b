"""What the parameters of queries of measurements are in real life."""

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

_NOW: Final = datetime(2027, 6, 12, 8, 0, tzinfo=UTC)
_TWO: Final = 2
_ID: Final = UUID(int=1)

VALUES: Final[dict[str, object]] = {
    "rollout": 1,
    "rollouts": [1] * _TWO,
    "percent": 10,
    "is_rolling": True,
    "step_tried": 0,
    "with_feature": [True, False],
    "succeeded": [1] * _TWO,
    "failed": [0] * _TWO,
    "metric": "metric_1",
    "metrics": ["metric_1"] * _TWO,
    "period_seconds": 60,
    "step_seconds": 600,
    "from_seconds": 10,
    "to_seconds": 60,
    "series_ids": [1, 2],
    "buckets": ["{1,2}"] * _TWO,
    "is_longest": False,
    "kept": 1000,
    "query": "part.query_1",
    "plan": "",
    "process": _ID,
    "alert_id": _ID,
    "alert_ids": [_ID] * _TWO,
    "severity": "critical",
    "summary": "Something is wrong.",
    "notified_at": None,
    "reminded_at": None,
    "by": "Ida",
    "optimisation_id": _ID,
    "optimisation_ids": [_ID] * _TWO,
    "reason": "It is slow.",
    "action": "CREATE INDEX",
    "undo": "DROP INDEX",
    "queries": ["part.query_1"],
    "from_states": ["proposed"],
    "ended_after": _NOW - timedelta(days=30),
}
OF_QUERY: Final[dict[str, dict[str, object]]] = {
    "resilience.add_flag_outcomes": {"names": ["return-addresses"] * _TWO},
    "observability.series_ids": {"labels": ['["1"]', '["2"]']},
    "observability.add_measurements": {
        "seconds": [1.0, 2.0],
        "counts": ["{1,2}"] * _TWO,
        "starts_at": _NOW,
    },
    "observability.merge_measurements": {"before": _NOW, "rows_max": 2_000},
    "observability.prune_measurements": {
        "before": _NOW - timedelta(minutes=50),
        "rows_max": 2_000,
    },
    "observability.measurements": {"since": _NOW - timedelta(minutes=20), "until": _NOW},
    "observability.measured_counts": {"since": _NOW - timedelta(minutes=5)},
    "observability.add_slow_query": {"at": _NOW, "seconds": 0.7, "outcome": "ok"},
    "observability.slow_queries": {"rows_max": 100},
    "observability.lease_alert_watch": {"seconds": 30.0},
    "observability.fire_alert": {"subject": "", "fired_at": _NOW},
    "observability.change_alert": {},
    "observability.silence_alerts": {"until": _NOW, "reason": "Known."},
    "observability.prune_alerts": {"before": _NOW - timedelta(days=800)},
    "observability.observe_gauges": {
        "at": _NOW,
        "names": ["gauge_1"] * _TWO,
        "subjects": ["1", "2"],
        "values": [1.0, 2.0],
    },
    "observability.gauge_values": {
        "name": "gauge_1",
        "since": _NOW - timedelta(hours=1),
        "until": _NOW,
    },
    "observability.prune_gauges": {"before": _NOW - timedelta(days=13), "rows_max": 2_000},
    "observability.jobs_due": {"rows_max": 100_000},
    "observability.propose_optimisation": {
        "kind": "index",
        "name": "advised_booking",
        "subject": "booking",
        "before": {"cost": 1.0},
    },
    "observability.withdraw_proposals": {"kind": "index", "names": ["advised_booking"]},
    "observability.change_optimisation": {
        "state": "approved",
        "note": "",
        "before": {},
        "after": {"cost": 1.0},
    },
    "observability.optimisations": {"rows_max": 200},
    "observability.open_optimisations": {"rows_max": 200},
    "observability.prune_optimisations": {"before": _NOW - timedelta(days=800)},
    "observability.recent_alerts": {"rows_max": 200},
}
