"""The words of a digest that a message in a tool does not need, in each language."""

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
        "footer": "Sent by Bellwether, as its configuration says under notify.",
    },
    "de": {
        "changed": "Seit dem letzten Bericht geändert",
        "first": "Dies ist der erste Bericht; der nächste sagt, was sich geändert hat.",
        "below": "Was darunter liegt",
        "decisions": "Überfällige Entscheidungen",
        "due": "fällig am {day}",
        "now_was": "{name}: {band}, vorher {before}",
        "footer": "Von Bellwether gesendet, wie unter notify eingestellt.",
    },
    "fr": {
        "changed": "Changements depuis le dernier bilan",
        "first": "C’est le premier bilan ; le prochain dira ce qui a changé.",
        "below": "Ce qui en dépend",
        "decisions": "Décisions en retard",
        "due": "échéance le {day}",
        "now_was": "{name} : {band}, avant {before}",
        "footer": "Envoyé par Bellwether, selon sa configuration sous notify.",
    },
    "es": {
        "changed": "Cambios desde el último resumen",
        "first": "Este es el primer resumen; el siguiente dirá qué ha cambiado.",
        "below": "Lo que depende de él",
        "decisions": "Decisiones atrasadas",
        "due": "vencía el {day}",
        "now_was": "{name}: {band}, antes {before}",
        "footer": "Enviado por Bellwether, según su configuración en notify.",
    },
}


def phrase(language: Language, key: str, **values: Any) -> str:
    """A phrase with its values in place. Raises KeyError for one that is not there."""
    return PHRASES[language][key].format(**values)
