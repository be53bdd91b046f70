"""German."""

PHRASES = {
    "lack_value": "kein Wert: zählt als wertlos",
    "lack_cost": "keine Kosten in der Einheit des Budgets: unter einem Budget nicht wählbar",
    "lack_size": "keine Größe: hat keinen WSJF",
    "lack_benefit": "kein Nutzen und keine Kosten in Geld: hat keine Rendite",
    "lack_risk": "kein Risiko: fehlt in Wert gegen Risiko",
    "lack_part": "{part} hat niemand bewertet: dieser Teil zählt 0",
    "bar_needs_elsewhere": "braucht {about}, einen Kandidaten anderswo",
    "bar_excludes_active": "schließt {about} aus, das läuft",
    "bar_demand_past": "verlangt Leute in {about}, das vorbei ist: neu planen",
    "budget": "das Budget ist {allowed}, nötig wären {needed}",
    "capacity": "{other} in {about}: übrig sind {allowed}, nötig wären {needed}",
    "capacity_twice": (
        "{other} in {about}: nötig wären {needed} von {allowed} von Leuten, die auch für eine andere Fähigkeit gebraucht werden"
    ),
    "needs": "{one} braucht {other}",
    "excludes": "{one} und {other} schließen einander aus",
    "mandatory": "{one} ist Pflicht",
    "required": "{one} ist verlangt",
    "excluded": "{one} soll wegbleiben",
    "cost_unknown": "die Kosten von {one} sind nicht bekannt",
    "barred": "{one} {why}",
    "worthless": "hier ist es nichts wert",
    "no_candidates": "Hier ist kein Kandidat: ein Projekt ist einer mit state: candidate.",
    "no_budget": "Es gibt kein Budget: Kosten begrenzen nichts. Dem Knoten ein Budget geben oder mit --budget fragen.",
    "overcommitted": "Laufende Projekte haben {committed} eines Budgets von {budget}: für Kandidaten bleibt nichts.",
    "uncommitted": "{count:laufendes Projekt hat|laufende Projekte haben} kein Budget in {unit}: dafür wird nichts abgezogen.",
    "no_skills": "Niemand unter people: hat skills: Kapazität begrenzt nichts.",
    "no_value": "Ohne Wert und deshalb hier nichts wert: {names}.",
    "no_cost": "Ohne Kosten in {unit} und deshalb nie gewählt: {names}.",
    "any_unit": "irgendeiner Einheit",
    "unpriced": "Von {count:n} der Gewählten sind die Kosten nicht bekannt: sie fehlen in der Summe.",
    "gap": "Bis zu {gap} mehr Wert ist möglich: die Suche endete, bevor das Beste bewiesen war.",
    "skill_missing": "Niemand hat die Fähigkeit {skill}, nötig wäre sie für {names}.",
    "overloaded": "Laufende Projekte brauchen {hours} {skill} in {quarter}, die niemand hat.",
    "unestimated": (
        "{count:offener Vorgang nennt|offene Vorgänge nennen} keine Stunden, und wer sie hat, beendete zu wenig, um es zu "
        "sagen: dafür ist nichts gebucht, es ist also weniger Kapazität da als gezeigt."
    ),
    "people_at": "Was Leute leisten können, wurde am {at} gezählt.",
}
