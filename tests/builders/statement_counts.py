"""How often each named query ran."""

from fullhouse.bootstrap.application import Application


def statements(app: Application) -> dict[str, int]:
    """Each named query with the number of its runs, the ledger's commits included.

    Not what a connection is told when it shows another organisation than before: how often that
    happens depends on which connection the pool gives.
    """
    app.metrics.publish()
    samples = (sample for metric in app.metrics.registry.collect() for sample in metric.samples)
    return {
        sample.labels["query"]: int(sample.value)
        for sample in samples
        if sample.name == "fullhouse_query_seconds_count"
        and sample.labels["query"] != "storage.show_organisation"
    }


def added(before: dict[str, int], after: dict[str, int]) -> list[str]:
    return [name for name, n in after.items() for _ in range(n - before.get(name, 0))]
