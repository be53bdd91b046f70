"""The sign of each band: a band is never told by its colour alone."""

from model.health import Band

SIGNS = {Band.ON_TRACK: "●", Band.AT_RISK: "◆", Band.OFF_TRACK: "■", Band.NO_DATA: "○"}
