"""What our standards ask: every predicate that a rule can have, and the rules that have it."""

from collections.abc import Mapping

from flask import Blueprint, render_template

from config.web.places import Place
from config.web.rights import Role, needs
from config.web.site import Site
from model.language.pages import page_words
from model.policy import Policy, Predicate, Rule

PLACES = (Place("Standards", "/guidance", "decisions", 25),)


def add(pages: Blueprint, site: Site) -> None:
    """The address that a rule leads to where it names no page of its own."""

    @pages.get("/guidance")
    @needs(Role.VIEWER)
    def guidance() -> str:
        texts, policies = page_words("en"), site.workspace().policies
        asked = [(one.value, texts.standard(one.value, None), _rules(policies, one)) for one in Predicate]
        return render_template("guidance.html", asked=asked)


def _rules(policies: Mapping[str, Policy], predicate: Predicate) -> list[tuple[str, Rule]]:
    """Policy and rule, wherever a policy asks it."""
    return [(name, rule) for name, policy in policies.items() for rule in policy.rules if rule.holds is predicate]
