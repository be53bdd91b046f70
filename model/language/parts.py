"""Which reason code each part of a dimension has, to say the second-worst part too. A test holds it to the roll-up."""

PARTS = {
    "alignment": {"tied": "alignment_orphan_effort", "served": "alignment_goals_unserved"},
    "benefits": {"register": "benefits_incomplete", "realised": "benefits_not_realised"},
    "cost": {"cpi": "cost_cpi_low", "eac": "cost_eac_high", "burn": "cost_burn_ahead"},
    "flow": {"balance": "flow_falling_behind", "cycle": "flow_slow", "age": "flow_aged_work"},
    "quality": {
        "flow": "quality_defects_pile_up",
        "reopened": "quality_reopened",
        "severe": "quality_severe_open",
    },
    "resources": {
        "load": "resources_overbooked",
        "concentration": "resources_concentrated",
        "unassigned": "resources_unassigned",
    },
    "risk": {
        "exposure": "risk_exposure_high",
        "care": "risk_unowned_or_stale",
        "answers": "risk_unanswered",
        "blocked": "risk_blocked",
        "aged": "risk_aged_work",
    },
    "schedule": {
        "odds": "schedule_odds",
        "progress": "schedule_behind_plan",
        "overdue": "schedule_overdue",
        "milestones": "schedule_milestones_slip",
    },
    "scope": {"growth": "scope_grown", "churn": "scope_churn", "unestimated": "scope_unestimated"},
}
