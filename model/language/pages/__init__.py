"""What lists and whole pages say, beside the reasons of the roll-up: data-quality checks, headings of reports."""

from collections.abc import Mapping
from dataclasses import dataclass

from model.language.pages import de, en, es, fr
from model.tree import Language


@dataclass(frozen=True)
class PageWords:
    """One language. ``checks``: code of a data-quality check → what is wrong, and how to mend it."""

    checks: Mapping[str, tuple[str, str]]

    def check(self, code: str) -> tuple[str, str]:
        """What is wrong with the records, and how to mend them."""
        return self.checks[code]


PAGES: dict[Language, PageWords] = {
    "en": PageWords(en.CHECKS),
    "de": PageWords(de.CHECKS),
    "es": PageWords(es.CHECKS),
    "fr": PageWords(fr.CHECKS),
}


def page_words(language: Language) -> PageWords:
    """The words of a language."""
    return PAGES[language]
