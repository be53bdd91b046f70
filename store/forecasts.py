"""``uow.forecasts``: forecasts that were published, kept with their day, and how they were found to stand."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, update

from model.base import Instant
from model.foresight import KeptForecast, Standing
from model.health import ForecastRecord
from store.dialect import among, replace_row, upsert
from store.forecast_tables import forecast_standings, kept_forecasts

_OUTCOME = ("p50_held", "p85_held", "on_time", "done_on")


class ForecastRepository:
    """A kept forecast is never changed but for what came of it, and that once."""

    def __init__(self, conn: Connection) -> None:
        self._conn = conn

    def keep(self, forecasts: Sequence[KeptForecast]) -> None:
        """Keep what was published; the first of a node and day stands."""
        if forecasts:
            rows = [{**forecast.model_dump(), "settled": False} for forecast in forecasts]
            self._conn.execute(upsert(self._conn, kept_forecasts).on_conflict_do_nothing(), rows)

    def undecided(self) -> tuple[KeptForecast, ...]:
        """Those of which something may still come, by node and day."""
        return self._read(kept_forecasts.c.settled.is_(False))

    def all(self) -> tuple[KeptForecast, ...]:
        """Every one that was ever kept, by node and day."""
        return self._read()

    def of(self, nodes: Collection[str]) -> tuple[KeptForecast, ...]:
        """Those of some nodes, by node and day."""
        return self._read(among(kept_forecasts.c.node, nodes))

    def settle(self, forecasts: Sequence[KeptForecast]) -> None:
        """Write down what came of them."""
        table = kept_forecasts
        statement = update(table).where(table.c.node == bindparam("of_node"), table.c.made_on == bindparam("of_day"))
        names = (*_OUTCOME, "settled")
        statement = statement.values({name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names})
        rows = [
            {
                "of_node": one.node,
                "of_day": one.made_on,
                **{f"new_{name}": getattr(one, name) for name in _OUTCOME},
                "new_settled": None not in (one.p50_held, one.p85_held) and (one.target_on is None or one.on_time is not None),
            }
            for one in forecasts
        ]
        if rows:
            self._conn.execute(statement, rows)

    def note(self, standing: Standing) -> None:
        """Keep how forecasts stand."""
        row = {"at": standing.at, "record": standing.record.model_dump_json(), "report": standing.report}
        self._conn.execute(replace_row(self._conn, forecast_standings), row)

    def standing(self, *, known_at: Instant | None = None) -> Standing | None:
        """The newest check at or before a moment (None: of all); None before the first."""
        table = forecast_standings
        statement = select(table).order_by(table.c.at.desc()).limit(1)
        if known_at is not None:
            statement = statement.where(table.c.at <= known_at)
        row = self._conn.execute(statement).one_or_none()
        if row is None:
            return None
        return Standing(at=row.at, record=ForecastRecord.model_validate_json(row.record), report=row.report)

    def checked_at(self) -> Instant | None:
        """When forecasts were last checked."""
        found: Instant | None = self._conn.execute(select(func.max(forecast_standings.c.at))).scalar_one()
        return found

    def _read(self, *conditions: ColumnElement[bool]) -> tuple[KeptForecast, ...]:
        table = kept_forecasts
        columns = [column for column in table.columns if column.name != "settled"]
        statement = select(*columns).order_by(table.c.node, table.c.made_on)
        rows = self._conn.execute(statement.where(*conditions))
        return tuple(KeptForecast(**row._mapping) for row in rows)
