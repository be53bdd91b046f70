"""What a PMO learns from: how projects ended beside their plans, why, whether one can be closed, how good forecasts were."""
