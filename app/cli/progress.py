"""Progress of a sync: a bar with a rate and an estimate on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)

from app.cli.frame import Frame
from model.sync import Page, Stage
from service.sync import Progress as Listener

STAGES = {Stage.REFERENCE: "projects and fields", Stage.ITEMS: "items", Stage.HISTORY: "histories"}


@contextmanager
def watching(frame: Frame) -> Iterator[Listener]:
    """A listener for ``sync`` that shows what comes in."""
    console = frame.progress
    if console.is_terminal and not console.quiet:
        with _bars(frame) as listener:
            yield listener
    else:
        yield _Lines(frame)


class _Lines:
    """A plain line whenever a stage of a connection begins or ends."""

    def __init__(self, frame: Frame) -> None:
        self._console = frame.progress
        self._stage: dict[str, Stage] = {}
        self._finished: set[tuple[str, Stage]] = set()

    def __call__(self, name: str, page: Page) -> None:
        if self._stage.get(name) is not page.stage:
            self._stage[name] = page.stage
            self._console.print(f"{name}: {STAGES[page.stage]} …")
        ends = page.total is not None and page.done >= page.total > 0
        if ends and (name, page.stage) not in self._finished:
            self._finished.add((name, page.stage))
            self._console.print(f"{name}: {page.done} {STAGES[page.stage]}")


@contextmanager
def _bars(frame: Frame) -> Iterator[Listener]:
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=28),
        MofNCompleteColumn(),
        TaskProgressColumn(show_speed=True),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=frame.progress, transient=True) as bars:
        tasks: dict[tuple[str, Stage], TaskID] = {}

        def listen(name: str, page: Page) -> None:
            key = (name, page.stage)
            if key not in tasks:
                tasks[key] = bars.add_task(f"{name}: {STAGES[page.stage]}", total=page.total)
            bars.update(tasks[key], completed=page.done, total=page.total)

        yield listen
