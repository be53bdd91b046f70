"""Background work without an engine: every job that is due is run here and now, one after the other."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from app.worker import observed
from model.jobs import QUIET
from service import jobs
from service.hearing import hear
from service.jobs import Ended
from service.office import Office
from service.workspace import Workspace

MOST = 200


class Work(list[Ended]):
    """The runs in their order."""

    def count(self, what: str) -> int:  # type: ignore[override]
        """The sum of a number that jobs tell."""
        return sum(int(str(one.told.get(what, 0))) for one in self)

    @property
    def failed(self) -> dict[str, str]:
        """Slugs by job."""
        return {one.name: one.error.reason for one in self if one.error is not None}


def work_through(workspace: Workspace, *, hooks_url: str | None = None) -> Work:
    """Run what is due, and what comes of it, until nothing is; logged as a worker does.

    What is to settle is waited for by moving the clock.
    """
    waited = [timedelta(0)]
    settled = replace(workspace, clock=lambda: workspace.clock() + waited[0])
    return Work(_runs(Office(settled, hooks_url), waited))


def _runs(office: Office, waited: list[timedelta]) -> Iterator[Ended]:
    for _ in range(MOST):
        with office.workspace.db.begin() as uow:
            uow.jobs.wake(office.now)
            ready, every = uow.jobs.ready(office.now), uow.jobs.all()
        if not ready:
            soon = [moment for job in every for moment in (job.due_at if job.waiting else None, job.again_at) if moment]
            if not soon or min(soon) > office.now + 2 * QUIET:
                return
            waited[0] += QUIET
            continue
        name, run = next(iter(ready.items()))
        ended = jobs.run(office, name, run, observed=observed)
        if ended is not None:
            yield ended
    raise AssertionError("the work does not come to an end")


def hear_all(workspace: Workspace) -> None:
    """Work off every delivery that waits, and nothing else."""
    for name in workspace.connections:
        hear(workspace, name, is_over=lambda: False)
