"""What lists and whole pages say, beside the reasons of the roll-up: data-quality checks, headings of reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from model.language import words
from model.language.pages import de, en, es, fr
from model.language.words import Words
from model.tree import Language


@dataclass(frozen=True)
class PageWords:
    """One language. ``checks``: code of a data-quality check → what is wrong, and how to mend it."""

    words: Words
    checks: Mapping[str, tuple[str, str]]
    phrases: Mapping[str, str]

    def say(self, key: str, **values: Any) -> str:
        """A phrase with its values in place. Raises KeyError for a key or a value that is not there."""
        return self.words.fill(self.phrases[key], **values)

    def check(self, code: str) -> tuple[str, str]:
        """What is wrong with the records, and how to mend them."""
        return self.checks[code]


PAGES: dict[Language, PageWords] = {
    "en": PageWords(words("en"), en.CHECKS, en.PHRASES),
    "de": PageWords(words("de"), de.CHECKS, de.PHRASES),
    "es": PageWords(words("es"), es.CHECKS, es.PHRASES),
    "fr": PageWords(words("fr"), fr.CHECKS, fr.PHRASES),
}


def page_words(language: Language) -> PageWords:
    """The words of a language."""
    return PAGES[language]
