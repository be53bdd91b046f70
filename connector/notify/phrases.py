"""The words of digests and reports that a message in a tool does not need, in each language."""

from typing import Any

from model.tree import Language

PHRASES: dict[Language, dict[str, str]] = {
    "en": {
        "changed": "Changed since the last digest",
        "first": "This is the first digest; the next one says what changed.",
        "below": "What is below it",
        "decisions": "Overdue decisions",
        "due": "due {day}",
        "now_was": "{name}: {band}, was {before}",
        "reported": "Declared otherwise than computed",
        "reported_subject": "{name}: declared {declared}, computed {computed}",
        "reported_since": "A person declared {declared}, we compute {computed}: so since {day}.",
        "reported_earlier": "A person declared {declared}, we compute {computed}: so since {day} or earlier.",
        "reported_above": "Only you are told now; from {day} on it is shown further up. Until then the status "
        "can be changed, or the data mended.",
        "footer": "Sent by Bellwether, as its configuration says under notify.",
    },
    "de": {
        "changed": "Seit dem letzten Bericht geändert",
        "first": "Dies ist der erste Bericht; der nächste sagt, was sich geändert hat.",
        "below": "Was darunter liegt",
        "decisions": "Überfällige Entscheidungen",
        "due": "fällig am {day}",
        "now_was": "{name}: {band}, vorher {before}",
        "reported": "Anders berichtet als berechnet",
        "reported_subject": "{name}: berichtet „{declared}“, berechnet „{computed}“",
        "reported_since": "Eine Person hat „{declared}“ berichtet, berechnet ist „{computed}“: seit {day}.",
        "reported_earlier": "Eine Person hat „{declared}“ berichtet, berechnet ist „{computed}“: seit {day} oder "
        "länger.",
        "reported_above": "Vorerst erfahren nur Sie es; ab {day} steht es auch weiter oben. Bis dahin lässt "
        "sich der Bericht ändern, oder die Daten berichtigen.",
        "footer": "Von Bellwether gesendet, wie unter notify eingestellt.",
    },
    "fr": {
        "changed": "Changements depuis le dernier bilan",
        "first": "C’est le premier bilan ; le prochain dira ce qui a changé.",
        "below": "Ce qui en dépend",
        "decisions": "Décisions en retard",
        "due": "échéance le {day}",
        "now_was": "{name} : {band}, avant {before}",
        "reported": "Déclaré autrement que calculé",
        "reported_subject": "{name} : déclaré « {declared} », calculé « {computed} »",
        "reported_since": "Une personne a déclaré « {declared} », le calcul dit « {computed} » : depuis le {day}.",
        "reported_earlier": "Une personne a déclaré « {declared} », le calcul dit « {computed} » : depuis le "
        "{day} ou avant.",
        "reported_above": "Vous seul le savez pour l’instant ; à partir du {day}, cela se verra plus haut. "
        "D’ici là, le rapport peut être changé, ou les données corrigées.",
        "footer": "Envoyé par Bellwether, selon sa configuration sous notify.",
    },
    "es": {
        "changed": "Cambios desde el último resumen",
        "first": "Este es el primer resumen; el siguiente dirá qué ha cambiado.",
        "below": "Lo que depende de él",
        "decisions": "Decisiones atrasadas",
        "due": "vencía el {day}",
        "now_was": "{name}: {band}, antes {before}",
        "reported": "Declarado de otro modo que calculado",
        "reported_subject": "{name}: declarado «{declared}», calculado «{computed}»",
        "reported_since": "Una persona declaró «{declared}», el cálculo dice «{computed}»: desde el {day}.",
        "reported_earlier": "Una persona declaró «{declared}», el cálculo dice «{computed}»: desde el {day} o antes.",
        "reported_above": "Por ahora solo lo sabe usted; a partir del {day} se mostrará más arriba. Hasta "
        "entonces se puede cambiar el informe o corregir los datos.",
        "footer": "Enviado por Bellwether, según su configuración en notify.",
    },
}


def phrase(language: Language, key: str, **values: Any) -> str:
    """A phrase with its values in place. Raises KeyError for one that is not there."""
    return PHRASES[language][key].format(**values)
