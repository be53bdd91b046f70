"""What lists and whole pages say, beside the reasons of the roll-up: data-quality checks, headings of reports."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from model.language import words
from model.language.pages import de, en, es, fr
from model.language.words import Words
from model.tree import Language


class Standard(NamedTuple):
    """A rule of governance: what holds where it is kept, what to do where it is not, and what exactly is asked."""

    words: str
    to_do: str
    meaning: str


@dataclass(frozen=True)
class PageWords:
    """One language. ``checks``: code of a data-quality check → what is wrong, and how to mend it. ``standards``: predicate
    of a rule → its three texts, where ``{days}`` is the rule's number."""

    words: Words
    checks: Mapping[str, tuple[str, str]]
    standards: Mapping[str, tuple[str, str, str]]
    phrases: Mapping[str, str]

    def say(self, key: str, **values: Any) -> str:
        """A phrase with its values in place. Raises KeyError for a key or a value that is not there."""
        return self.words.fill(self.phrases[key], **values)

    def check(self, code: str) -> tuple[str, str]:
        """What is wrong with the records, and how to mend them."""
        return self.checks[code]

    def standard(self, predicate: str, days: int | None) -> Standard:
        """What a rule with this predicate asks, within so many days."""
        words, to_do, meaning = self.standards[predicate]
        return Standard(words.format(days=days), to_do, meaning.replace("`", ""))


PAGES: dict[Language, PageWords] = {
    "en": PageWords(words("en"), en.CHECKS, en.STANDARDS, en.PHRASES),
    "de": PageWords(words("de"), de.CHECKS, de.STANDARDS, de.PHRASES),
    "es": PageWords(words("es"), es.CHECKS, es.STANDARDS, es.PHRASES),
    "fr": PageWords(words("fr"), fr.CHECKS, fr.STANDARDS, fr.PHRASES),
}


def page_words(language: Language) -> PageWords:
    """The words of a language."""
    return PAGES[language]
