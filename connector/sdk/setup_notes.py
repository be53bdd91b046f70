"""What one run of set-up plans, does and has made: the same book for every tool."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from model.errors import AmbiguousWriteError, AppError
from model.push import HealthFields, SetupMade, SetupResult, SetupStep, Verified

T = TypeVar("T")


class SetupNotes:
    """The steps of a run and the things it made, in their order.

    ``refusals``: what the tool answers when it will not do this one thing; it becomes a step for a person, and the run
    goes on. ``keep`` is told of each thing at once.
    """

    def __init__(
        self, connection: str, *, apply: bool, made: Sequence[SetupMade], refusals: tuple[type[AppError], ...],
        keep: Callable[[SetupMade], None] | None = None,
    ) -> None:
        self.connection = connection
        self.apply = apply
        self.verified: list[Verified] = []
        self._refusals = refusals
        self._steps: dict[SetupStep, None] = {}
        self._made: dict[SetupMade, None] = dict.fromkeys(made)
        self._keep = keep

    @property
    def made(self) -> tuple[SetupMade, ...]:
        """Everything of ours that stands in the tool, as far as this run knows."""
        return tuple(self._made)

    def remember(self, kind: str, made_id: str, within: str | None = None) -> None:
        """Something was made just now, or found to be ours."""
        one = SetupMade(kind=kind, id=made_id, within=within)
        if self._keep is not None and one not in self._made:
            self._keep(one)
        self._made[one] = None

    def forget(self, *made: SetupMade) -> None:
        """These are gone, or no longer ours."""
        for one in made:
            self._made.pop(one, None)

    def by_hand(self, what: str, why: str, *, where: str | None = None, affects: Sequence[str] = ()) -> None:
        """A step that only a person can take."""
        self._note(what, why, by_hand=True, where=where, affects=affects)

    def do(
        self, what: str, why: str, act: Callable[[], object], *, affects: Sequence[str] = (), where: str | None = None
    ) -> bool:
        """Note a step and, when applying, take it; whether it was taken. ``where``: for a person, if it is refused."""
        if not self.apply:
            self._note(what, why, affects=affects)
            return False
        try:
            act()
        except self._refusals as refused:
            self._note(what, f"{why} It was refused: {refused.what}", by_hand=True, where=where, affects=affects)
            return False
        self._note(what, why, done=True, affects=affects)
        return True

    def broken_off(self, error: AppError) -> None:
        """The run ends early; what it made until then is not lost."""
        self.by_hand("Run set-up again: it was broken off.", str(error))

    def result(self, fields: HealthFields | None) -> SetupResult:
        return SetupResult(
            connection=self.connection, steps=tuple(self._steps), fields=fields, made=self.made,
            verified=tuple(self.verified),
        )

    def _note(
        self, what: str, why: str, *, by_hand: bool = False, done: bool = False, where: str | None = None,
        affects: Sequence[str] = (),
    ) -> None:
        step = SetupStep(
            connection=self.connection, what=what, why=why, by_hand=by_hand, done=done, where=where,
            affects=tuple(affects),
        )
        self._steps[step] = None


def settled(act: Callable[[], T], found: Callable[[], T | None]) -> T:
    """Make something once: after an answer that was lost it is looked for before the failure is believed."""
    try:
        return act()
    except AmbiguousWriteError:
        there = found()
        if there is None:
            raise
        return there


def by_words(options: Mapping[str, str], words: str) -> str | None:
    """The id of a choice by its words, whatever their case."""
    return next((number for text, number in options.items() if text.casefold() == words.casefold()), None)
