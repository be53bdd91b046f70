"""What was forecast is kept with its day, so that it can be held against what came."""

from zoneinfo import ZoneInfo

from model.foresight import KeptForecast
from model.health import RollupResult
from rollup.forecast import Odds, beyond_horizon, day_of
from service.workspace import Workspace


def kept_forecasts(workspace: Workspace, result: RollupResult) -> list[KeptForecast]:
    """The forecasts of a roll-up of the present in the form in which they are kept; none where nothing is left to do.

    Those that are not told for what came of earlier ones are kept as well: else they could never be told again.
    """
    today = result.as_of.astimezone(ZoneInfo(workspace.timezone)).date()
    nodes, found = workspace.tree.by_id(), []
    for score in result.nodes:
        forecast = score.forecast
        if forecast is None or not forecast.weeks or forecast.weeks[0] >= 1.0:
            continue
        odds = Odds(forecast.weeks)
        target = nodes[score.id].target_on
        if target is not None and target < today:
            target = None
        found.append(
            KeptForecast(
                node=score.id,
                made_on=today,
                p50=day_of(odds, 0.5, today),
                p85=day_of(odds, 0.85, today),
                target_on=target,
                odds=None if target is None or beyond_horizon(today, target) else odds.by(today, target),
            )
        )
    return found
