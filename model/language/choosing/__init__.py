"""What a selection of candidates is told in: limits, what is not known of a candidate, what to mind."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.language import words
from model.language.choosing import de, en, es, fr
from model.language.words import Words
from model.tree import Language

PHRASES: dict[Language, Mapping[str, str]] = {"en": en.PHRASES, "de": de.PHRASES, "es": es.PHRASES, "fr": fr.PHRASES}


@dataclass(frozen=True)
class ChoosingWords:
    """One language."""

    language: Language
    words: Words
    phrases: Mapping[str, str]

    def say(self, key: str, **values: Any) -> str:
        """A phrase with its values in place. Raises KeyError for a key or a value that is not there."""
        return self.words.fill(self.phrases[key], **values)


def choosing_words(language: Language) -> ChoosingWords:
    """The words of a language."""
    return ChoosingWords(language, words(language), PHRASES[language])
