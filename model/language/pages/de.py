"""German."""

CHECKS = {
    "completed_never_started": (
        "erledigt, aber nie begonnen",
        "Arbeit in einen Status „in Arbeit“ schieben, wenn sie beginnt",
    ),
    "status_after_done": (
        "nach dem Schließen wieder geöffnet",
        "für neue Arbeit einen neuen Vorgang anlegen oder offen lassen, bis sie erledigt ist",
    ),
    "discarded_changes": (
        "nicht begonnen, obwohl schon einmal in Arbeit",
        "schließen oder in einem Kommentar sagen, warum es wieder wartet",
    ),
    "backwards_category": ("von „in Arbeit“ zurück zu „nicht begonnen“", "erst beginnen, wenn es weitergehen kann"),
    "backwards_status": (
        "gegen die übliche Folge der Status",
        "klären, was jeder Status bedeutet, oder einen weglassen",
    ),
    "created_in_wrong_status": (
        "bereits geschlossen angelegt",
        "anlegen, wenn die Arbeit beginnt; importierte Vergangenheit gehört nicht in die Quellen",
    ),
    "stopped_before_started": ("geschlossen, bevor es begonnen wurde", "die Folge der Status im Werkzeug berichtigen"),
    "started_below_not_started": (
        "nicht begonnen, obwohl darunter schon gearbeitet wird",
        "den übergeordneten Vorgang mit dem ersten Teil weiterschieben",
    ),
    "open_below_done": (
        "erledigt, aber darunter ist noch Arbeit offen",
        "das Offene schließen oder den übergeordneten Vorgang wieder öffnen",
    ),
    "several_places": ("in zwei Projekten oder zwei Iterationen zugleich", "dort lassen, wo daran gearbeitet wird"),
    "blocked_on_closed": (
        "wartet auf etwas, das seit Wochen geschlossen ist",
        "die Verknüpfung entfernen oder beginnen",
    ),
    "due_date_removed": ("Termin entfernt, obwohl offen", "wieder einen Termin setzen oder verwerfen"),
    "value_removed": ("Schätzung, Beginn oder Bewertung entfernt, obwohl offen", "den Wert wieder eintragen"),
    "unreadable": ("war nicht lesbar", "`bellwether sync` nennt jeden Vorgang mit dem Grund"),
    "hidden": ("für uns nicht mehr sichtbar", "dem Konto von Bellwether den Zugriff geben oder aus den Quellen nehmen"),
    "unestimated": ("offen ohne Schätzung", "schätzen, wie die anderen auch"),
    "status_contradiction": (
        "in einem Status, der sich widerspricht",
        "den Status in der Konfiguration zuordnen oder im Werkzeug berichtigen",
    ),
    "date_far_away": ("ein Datum, das mehr als fünf Jahre entfernt liegt", "das Jahr berichtigen"),
    "contradictory_dates": ("Daten, die sich widersprechen", "die Daten berichtigen"),
    "history_missing": ("Verlauf noch nicht eingelesen", "`bellwether sync` ausführen, bis keiner mehr fehlt"),
    "history_cut_off": ("im Verlauf fehlen Änderungen des Status", "mit `bellwether sync --full` neu einlesen"),
    "in_progress_unassigned": ("in Arbeit, aber niemandem zugewiesen", "zuweisen"),
    "stale_in_progress": ("in Arbeit, seit 30 Tagen unberührt", "abschließen oder zurückstellen"),
    "risk_unassessed": ("Risiko ohne Wahrscheinlichkeit oder Auswirkung", "bewerten"),
}
