"""``uow.project_figures``: every project in a line, so that key figures of thousands cost little to read."""

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from itertools import starmap

from msgspec.json import Decoder
from pydantic import TypeAdapter
from sqlalchemy import Connection, func, select

from model.base import Instant, Record
from model.health import Band
from model.outcome import Counted, ProjectFigures
from store.dialect import among, replace_row
from store.figure_tables import project_figures
from store.kinds import Row
from store.tables import trend_points

_COUNTED: TypeAdapter[Counted] = TypeAdapter(Counted)
_READ = Decoder(Counted)
_SCORED = ("at", "score", "band", "coverage", "trust")


class Week(Record):
    """Projects at one kept moment: how many in each band, and their mean score (None: none has one)."""

    at: Instant
    bands: Mapping[Band, int]
    score: float | None


class ProjectFiguresRepository:
    """One line a project; a newer one replaces the older."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def save(self, figures: Sequence[ProjectFigures]) -> None:
        """Keep lines; what was counted of a project stays where a line brings nothing newer."""
        scored, counted = list[Row](), list[Row]()
        for one in figures:
            row = {**one.model_dump(exclude={"counted", "band"}), "band": one.band.value}
            if one.counted is None:
                scored.append(row)
            else:
                counted.append({**row, "counted": _COUNTED.dump_json(one.counted).decode()})
        if scored:
            self._conn.execute(replace_row(self._conn, project_figures, *_SCORED), scored)
        if counted:
            self._conn.execute(replace_row(self._conn, project_figures), counted)

    def of(self, nodes: Collection[str]) -> dict[str, ProjectFigures]:
        """The lines of these projects, by id; those that were never scored are left out."""
        table = project_figures.c
        columns = (table.node, table.at, table.score, table.band, table.coverage, table.trust, table.counted)
        rows = self._conn.execute(select(*columns).where(among(table.node, nodes))).all()
        return {one.node: one for one in starmap(_line, rows)}

    def weeks(self, nodes: Collection[str], *, since: Instant) -> tuple[Week, ...]:
        """The kept weekly points of these nodes from ``since`` on, put together, the oldest first."""
        table = trend_points
        statement = (
            select(table.c.at, table.c.band, func.count(), func.count(table.c.score), func.sum(table.c.score))
            .where(among(table.c.node, nodes), table.c.at >= since)
            .group_by(table.c.at, table.c.band)
            .order_by(table.c.at, table.c.band)
        )
        found: dict[Instant, list[tuple[Band, int, int, float]]] = {}
        for at, band, count, scored, total in self._conn.execute(statement):
            found.setdefault(at, []).append((Band(band), count, scored, total or 0.0))
        return tuple(_week(at, entries) for at, entries in found.items())


@lru_cache(maxsize=8192)  # of thousands at once, most are the same as the last time
def _line(
    node: str, at: Instant, score: float | None, band: str, coverage: float, trust: float, counted: str | None
) -> ProjectFigures:
    known = None if counted is None else _READ.decode(counted)
    return ProjectFigures(node=node, at=at, score=score, band=Band(band), coverage=coverage, trust=trust, counted=known)


def _week(at: Instant, entries: Sequence[tuple[Band, int, int, float]]) -> Week:
    scored = sum(one for _, _, one, _ in entries)
    mean = sum(total for *_, total in entries) / scored if scored else None
    return Week(at=at, bands={band: count for band, count, _, _ in entries}, score=mean)
