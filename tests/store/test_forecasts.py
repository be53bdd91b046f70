"""Published forecasts and their standing, in both databases."""

from datetime import UTC, date, datetime, timedelta

from model.foresight import KeptForecast, Standing
from model.health import Calibration, ForecastRecord
from store.database import Database

DAY = date(2026, 3, 2)
AT = datetime(2026, 3, 2, tzinfo=UTC)


def test_the_first_forecast_of_a_day_stands_and_what_came_of_it_is_written_once(database: Database) -> None:
    first = KeptForecast(node="a", made_on=DAY, p50=DAY + timedelta(7), p85=DAY + timedelta(14), target_on=DAY, odds=0.25)
    later = first.model_copy(update={"p50": None, "odds": 0.9})
    other = KeptForecast(node="b", made_on=DAY, p50=None, p85=None)
    with database.begin() as uow:
        uow.forecasts.keep([first])
        uow.forecasts.keep([later, other])
        uow.forecasts.keep([])
        assert uow.forecasts.undecided() == (first, other)
        half = first.model_copy(update={"p50_held": True})
        whole = half.model_copy(update={"p85_held": False, "on_time": False, "done_on": DAY + timedelta(20)})
        uow.forecasts.settle([half])
        assert uow.forecasts.undecided() == (half, other)
        uow.forecasts.settle([whole])
        uow.forecasts.settle([])
        assert uow.forecasts.undecided() == (other,)
        assert uow.forecasts.all() == (whole, other)


def test_how_forecasts_stood_is_known_as_of_any_moment(database: Database) -> None:
    held = Calibration(value=0.86, n=64)
    standings = [
        Standing(
            at=AT + timedelta(days=number),
            record=ForecastRecord(coverage_p50=held, coverage_p85=held, earned=("finish",) * number),
            report="{}",
        )
        for number in range(2)
    ]
    with database.begin() as uow:
        assert uow.forecasts.standing() is None
        assert uow.forecasts.checked_at() is None
        for one in standings:
            uow.forecasts.note(one)
        assert uow.forecasts.checked_at() == standings[1].at
        assert uow.forecasts.standing() == standings[1]
        assert uow.forecasts.standing(known_at=AT + timedelta(hours=1)) == standings[0]
        assert uow.forecasts.standing(known_at=AT - timedelta(hours=1)) is None
