"""English."""

CHECKS = {
    "completed_never_started": ("completed but never started", "move work through a status in progress when it begins"),
    "status_after_done": (
        "opened again after being closed",
        "make a new item for new work, or leave it open until it is done",
    ),
    "discarded_changes": (
        "not started, though it was in progress before",
        "close it, or say in a comment why it waits again",
    ),
    "backwards_category": ("went back from in progress to not started", "start work only when it can go on"),
    "backwards_status": ("went against the usual order of statuses", "agree what each status means, or take one away"),
    "created_in_wrong_status": (
        "created as closed",
        "create it when the work begins; imported history can be left out of the sources",
    ),
    "stopped_before_started": ("closed before it was started", "mend the order of its statuses in the tool"),
    "started_below_not_started": (
        "not started, though something below it is",
        "move the parent along with its first part",
    ),
    "open_below_done": ("done with open work below", "close what is below, or open the parent again"),
    "several_places": ("in two projects or two iterations at once", "keep it in the one where it is worked on"),
    "blocked_on_closed": ("waits for something that was closed weeks ago", "take the link away, or start"),
    "due_date_removed": ("due date taken away while open", "give it a date again, or drop it"),
    "value_removed": ("an estimate, a start date or an assessment taken away while open", "put the value back"),
    "unreadable": ("could not be read", "see `bellwether sync`: it names each with the reason"),
    "hidden": ("no longer shown to us", "let the account of Bellwether see it, or take it out of the sources"),
    "unestimated": ("open without an estimate", "estimate it, as the others are"),
    "status_contradiction": (
        "in a status that contradicts itself",
        "map the status in the configuration, or mend it in the tool",
    ),
    "date_far_away": ("a date more than five years away", "mend the year"),
    "contradictory_dates": ("dates that contradict each other", "mend the dates"),
    "history_missing": ("history not read yet", "run `bellwether sync` until none is left"),
    "history_cut_off": (
        "changes of the status are missing in its history",
        "read it again with `bellwether sync --full`",
    ),
    "in_progress_unassigned": ("in progress with nobody assigned", "assign it"),
    "stale_in_progress": ("in progress, untouched for 30 days", "finish it, or put it back"),
    "risk_unassessed": ("a risk without probability or impact", "assess it"),
}
