"""The languages in which health is told. A language is one module of constants; a test names what it lacks."""

from functools import cache

from model.language.de import GERMAN
from model.language.en import ENGLISH
from model.language.es import SPANISH
from model.language.fr import FRENCH
from model.language.words import Catalogue, Words
from model.tree import Language

CATALOGUES: dict[Language, Catalogue] = {"en": ENGLISH, "de": GERMAN, "fr": FRENCH, "es": SPANISH}


@cache
def words(language: Language) -> Words:
    """The words of a language. Raises KeyError for one that is not there."""
    return Words(CATALOGUES[language])


__all__ = ["CATALOGUES", "Catalogue", "Words", "words"]
