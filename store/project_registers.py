"""``uow.project_registers``: the registers of every project as they were counted when it was scored.

What is kept of a project is written again only where it differs. Risks stand in rows of their own, so that the heaviest of
thousands of projects are found by the database.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any

from msgspec.json import Decoder
from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, RowMapping, bindparam, case, delete, exists, func, insert, select, true, update

from model.base import Instant
from model.register_kept import KeptBenefit, KeptConflict, KeptRisk, ProjectRegister, ProjectRest, RiskSum
from model.work import RiskResponse
from store.dialect import among, among_listed, bytewise, chunked, digest, listed, replace_row, write_many
from store.figure_tables import project_registers, project_risks

_CONFLICTS: TypeAdapter[tuple[KeptConflict, ...]] = TypeAdapter(tuple[KeptConflict, ...])
_CONFLICTS_READ = lru_cache(maxsize=8192)(_CONFLICTS.validate_json)
_REST: TypeAdapter[ProjectRest] = TypeAdapter(ProjectRest)
_REST_READ = lru_cache(maxsize=8192)(Decoder(ProjectRest).decode)
"""Of thousands at once, most of them the same as the last time: a quarter of the time that checking them would take."""
_RISKS: TypeAdapter[tuple[KeptRisk, ...]] = TypeAdapter(tuple[KeptRisk, ...])
_FIELDS = [one.name for one in fields(KeptRisk)]
_HAD = select(project_risks.c.id).where(among_listed(project_risks.c.node))
_DROPPED = delete(project_risks).where(among_listed(project_risks.c.node))
_ADDED = insert(project_risks)
_OTHER = project_risks.alias()
_ELSEWHERE = exists().where(_OTHER.c.id == project_risks.c.id, _OTHER.c.node != project_risks.c.node)
_MARKED = (
    update(project_risks)
    .where(among_listed(project_risks.c.id), project_risks.c.several != _ELSEWHERE)
    .values(several=_ELSEWHERE)
)
_HELD = select(project_registers.c.node, project_registers.c.hash).where(among_listed(project_registers.c.node))
_TOLD = bindparam("told", type_=project_registers.c.conflicts.type)
_IN_CONFLICT = (
    update(project_registers)
    .where(project_registers.c.node == bindparam("of"), project_registers.c.conflicts.is_distinct_from(_TOLD))
    .values(conflicts=_TOLD)
)


class ProjectRegisters:
    """What was counted of a project stays until it is counted again."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def save(
        self, registers: Iterable[ProjectRegister], conflicts: Mapping[str, Sequence[KeptConflict]]
    ) -> list[ProjectRegister]:
        """Keep registers in place of those kept before, and conflicts by the project in which they end.

        Returns the registers that differ from those kept before.
        """
        fresh = [one for chunk in chunked(registers, 200) for one in self._save(chunk)]
        self._save_conflicts(conflicts)
        return fresh

    def _save(self, registers: Sequence[ProjectRegister]) -> list[ProjectRegister]:
        table = project_registers
        bodies = {one.node: _REST.dump_json(one.rest, exclude_defaults=True) for one in registers}
        hashes = {one.node: digest(bodies[one.node] + _RISKS.dump_json(one.risks)) for one in registers}
        before = self._conn.execute(_HELD, listed(bodies))
        same = {node for node, held in before if held == hashes[node]}
        fresh = [one for one in registers if one.node not in same]
        if fresh:
            nodes = listed([one.node for one in fresh])
            had = set(self._conn.execute(_HAD, nodes).scalars())
            self._conn.execute(_DROPPED, nodes)
            rows = [{"node": one.node, **_row(risk)} for one in fresh for risk in one.risks]
            write_many(self._conn, _ADDED, rows)
            self._conn.execute(_MARKED, listed(had | {row["id"] for row in rows}))
            told = [{"node": one.node, "hash": hashes[one.node], "body": bodies[one.node].decode()} for one in fresh]
            self._conn.execute(replace_row(self._conn, table, "hash", "body"), told)
        return fresh

    def _save_conflicts(self, conflicts: Mapping[str, Sequence[KeptConflict]]) -> None:
        rows = [
            {"of": node, "told": _CONFLICTS.dump_json(tuple(found), exclude_defaults=True).decode() if found else None}
            for node, found in conflicts.items()
        ]
        if rows:
            self._conn.execute(_IN_CONFLICT, rows)

    def rests(self, nodes: Collection[str]) -> dict[str, ProjectRest]:
        """What is kept of these projects beside their risks; those of which not all of it is kept are left out."""
        table = project_registers
        statement = select(table.c.node, table.c.body).where(among(table.c.node, nodes))
        read = ((node, _REST_READ(body)) for node, body in self._conn.execute(statement).all())
        return {node: rest for node, rest in read if rest.risk_sum is not None}

    def benefits(self) -> dict[str, tuple[KeptBenefit, ...]]:
        """The benefits that are kept, by their project; of projects that have none nothing is read."""
        body = project_registers.c.body
        statement = select(project_registers.c.node, body).where(body.contains('"benefits"'))
        return {node: rest for node, told in self._conn.execute(statement) if (rest := _REST_READ(told).benefits)}

    def conflicts(self, nodes: Collection[str]) -> list[KeptConflict]:
        """The conflicts that end in these projects."""
        table = project_registers
        statement = select(table.c.conflicts).where(among(table.c.node, nodes), table.c.conflicts.is_not(None))
        return [one for body in self._conn.execute(statement).scalars() for one in _CONFLICTS_READ(body)]

    def risks(self, nodes: Sequence[str], *, first: int = 0, many: int) -> list[tuple[str, KeptRisk]]:
        """Open risks of projects, the heaviest first, each once with the first of the projects that has it.

        ``many``: so many from the ``first`` on.
        """
        wanted, places = first + many, {node: place for place, node in enumerate(nodes)}
        asked, found = 2 * wanted, self._heaviest(nodes, 2 * wanted)
        while len({id_ for id_, _ in found}) <= wanted and len(found) == asked:  # many stand in several projects
            asked *= 2
            found = self._heaviest(nodes, asked)
        holders: dict[str, str] = {}
        for id_, node in found:
            holders[id_] = min(holders.get(id_, node), node, key=places.__getitem__)
        shown, table = list(holders)[first:wanted], project_risks
        whole = select(table).where(among(table.c.id, shown), among(table.c.node, {holders[id_] for id_ in shown}))
        rows = {(row["node"], row["id"]): row for row in self._conn.execute(whole).mappings()}
        return [(holders[id_], _risk(rows[holders[id_], id_])) for id_ in shown]

    def _heaviest(self, nodes: Sequence[str], many: int) -> Sequence[Row[str, str]]:
        table = project_risks
        statement = (
            select(table.c.id, table.c.node)
            .where(among(table.c.node, nodes))
            .order_by(table.c.exposure.desc(), bytewise(table.c.id))
            .limit(many)
        )
        return self._conn.execute(statement).all()

    def counted_again(self, nodes: Collection[str], *, stale_before: Instant) -> RiskSum:
        """What those open risks come to that another of these projects has, too, before them in the order of ids."""
        table = project_risks
        place = func.row_number().over(partition_by=table.c.id, order_by=bytewise(table.c.node))
        each = (
            select(table.c.exposure, table.c.owner_id, table.c.response, table.c.touched_at, place.label("place"))
            .where(table.c.several == true(), among(table.c.node, nodes))
            .subquery()
        )
        statement = select(
            func.count(),
            func.coalesce(func.sum(each.c.exposure), 0.0),
            func.count() - func.count(each.c.owner_id),
            func.coalesce(func.sum(case((each.c.touched_at < stale_before, 1), else_=0)), 0),
            func.count() - func.count(each.c.response),
        ).where(each.c.place > 1)
        return RiskSum(*self._conn.execute(statement).one())


def _row(risk: KeptRisk) -> dict[str, Any]:
    row = asdict(risk)
    return {**row, "response": risk.response.value if risk.response else None}


def _risk(row: RowMapping) -> KeptRisk:
    values = {name: row[name] for name in _FIELDS}
    return KeptRisk(**{**values, "response": RiskResponse(row["response"]) if row["response"] else None})
