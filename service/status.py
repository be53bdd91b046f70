"""What is wrong right now, in one line each, for the top of every page. Nothing when all is well."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from model.jobs import OF_A_CONNECTION, kind_and_subject, lane_of
from service.workspace import Workspace
from store.status import Sign

SILENT_FOR = timedelta(hours=2)
"""A connection that was not read for so long is named; a first sync may take as long."""
FAILED_OFTEN = 2
"""Failures in a row from which on a job is named: one alone is tried again within seconds."""
_WINDOWS = {60.0: "a minute's quota", 3_600.0: "hourly quota", 86_400.0: "daily quota"}


def why_it_rests(rests: Sequence[Sign]) -> str:
    """Why a connection rests: which of its limits is used up, where that is known."""
    windows = [sign.number for sign in rests if sign.number is not None]
    return _WINDOWS.get(max(windows), "a limit of the tool") if windows else "the tool asked to come back later"


def lines(workspace: Workspace) -> tuple[str, ...]:
    """Everything that somebody may have to look at, the worst first. One query, no call to a tool."""
    now = workspace.clock()
    with workspace.db.read() as uow:
        signs = uow.status.signs(now)
    told = _Told(workspace, now, signs)
    return (*told.paused(), *told.resting(), *told.failing(), *told.silent(), *told.given_up())


class _Told:
    """The signs in words."""

    def __init__(self, workspace: Workspace, now: datetime, signs: Sequence[Sign]) -> None:
        self._connections, self._now, self._zone = workspace.connections, now, ZoneInfo(workspace.timezone)
        self._signs = signs
        self._resting = {sign.subject for sign in signs if sign.kind == "rest"}
        self._paused = {sign.subject for sign in signs if sign.kind == "paused"}

    def paused(self) -> list[str]:
        return [
            f"{sign.subject}: paused by {sign.text} since {self._moment(sign.at)}"
            for sign in self._of("paused") if sign.at is not None
        ]  # fmt: skip

    def resting(self) -> list[str]:
        found = []
        for name in self._connections:
            rests = [sign for sign in self._of("rest") if sign.subject == name and sign.at is not None]
            until = max((sign.at for sign in rests if sign.at), default=None)
            # A request that waits a few seconds for its turn is no news.
            if until is not None and until - self._now > timedelta(minutes=1):
                found.append(f"{name}: paused until {self._moment(until)} ({why_it_rests(rests)})")
        return found

    def failing(self) -> list[str]:
        return [
            f"{_job_words(sign.subject)}: fails, {int(sign.number or 0)} times in a row. {_first_sentence(sign.text or '')}"
            for sign in self._of("failing")
            if (sign.number or 0) >= FAILED_OFTEN and lane_of(sign.subject) not in self._resting | self._paused
        ]  # fmt: skip

    def silent(self) -> list[str]:
        synced = {sign.subject: sign.at for sign in self._of("synced")}
        return [
            f"{name}: not read since {self._moment(at)}"
            for name in self._connections
            if (at := synced.get(name)) is not None and self._now - at > SILENT_FOR
            and name not in self._resting | self._paused
        ]  # fmt: skip

    def given_up(self) -> list[str]:
        count = sum(int(sign.number or 0) for sign in self._of("given_up"))
        was = "delivery was" if count == 1 else "deliveries were"
        return [f"{count} webhook {was} given up: a person has to look"] if count else []

    def _of(self, kind: str) -> list[Sign]:
        return [sign for sign in self._signs if sign.kind == kind]

    def _moment(self, at: datetime | None) -> str:
        """A moment in the deployment's zone: the time alone on the day itself."""
        if at is None:
            return "a while ago"
        local = at.astimezone(self._zone)
        same_day = local.date() == self._now.astimezone(self._zone).date()
        return f"{local:%H:%M}" if same_day else f"{local:%d %b %H:%M}"


def _job_words(name: str) -> str:
    kind, subject = kind_and_subject(name)
    return f"{subject} ({kind})" if kind in OF_A_CONNECTION else kind


def _first_sentence(text: str) -> str:
    return text.split(". ", 1)[0].rstrip(".")[:160]
