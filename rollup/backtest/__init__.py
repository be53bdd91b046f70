"""How good forecasts were: what was said, what came of it, and what that gives the right to say. See docs/forecasts.md."""
