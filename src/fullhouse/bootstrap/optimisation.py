"""The wiring of what makes the installation faster by itself."""

from collections.abc import Sequence

from fullhouse.bootstrap.application import Application
from fullhouse.bootstrap.schema import named_queries
from fullhouse.jobs.kinds import RecurringJob
from fullhouse.observability.index_proposals import IndexProposer
from fullhouse.observability.optimisations import OptimisationMode


def optimisation_jobs(app: Application) -> Sequence[RecurringJob]:
    """The jobs of the worker; none when the setting says so."""
    if app.settings.optimise is OptimisationMode.OFF:
        return ()
    return (IndexProposer(app.database, named_queries(), app.clock, app.ids).job(),)
