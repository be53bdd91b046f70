"""What a score says, in a language: reasons, improvements, caps and gaps of one node."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from model.health import Band, Finding, NodeScore, Outcome, Override, ScoredDimension
from model.landscape import Landscape
from model.language import Words, words
from model.policy import Policy
from model.tree import Language
from rollup.bands import told_below

_CAPS = ("critical_dimension", "worst_child", "override")
PERSONAL = frozenset({"resources_overbooked", "resources_concentrated"})
"""Reasons that speak of how much single people have to do: told without figures, and without whom they lead to."""
_PLACES = {"schedule": ("schedule", "flow")}  # flow stands in for schedule where there is no date to keep


@dataclass(frozen=True)
class Told:
    """A score, the language it is told in, and what is known of the nodes below: their scores by node id.

    The roll-up speaks English. In another language a parent can only be told of where the scores of the projects behind
    it are given, and the tree with their names; its own English stands elsewhere.
    """

    score: NodeScore
    language: Language = "en"
    landscape: Landscape | None = None
    below: Mapping[str, NodeScore] = field(default_factory=dict)

    @property
    def words(self) -> Words:
        return words(self.language)

    def reason(self, entry: ScoredDimension) -> str:
        """Why a dimension stands as it does."""
        if entry.finding.reason_code in PERSONAL:
            return self.words.phrase(entry.finding.reason_code)
        behind = self._behind(entry, entry.finding.reason, lambda finding: finding.reason)
        if behind is None:
            return self.words.reason(entry.finding)
        return self.words.phrase("of", name=behind[0], what=self.words.reason(behind[1]))

    def improvement(self, entry: ScoredDimension) -> str | None:
        """What would help a dimension."""
        help_ = entry.finding.improvement
        if help_ is None:
            return None
        behind = self._behind(
            entry, help_.text, lambda finding: finding.improvement.text if finding.improvement else None
        )
        if behind is not None and (said := self.words.improvement(behind[1])):
            return self.words.phrase("of", name=behind[0], what=said)
        return self.words.improvement(entry.finding) if entry.own else help_.text

    def _behind(
        self, entry: ScoredDimension, told: str, text: Callable[[Finding], str | None]
    ) -> tuple[str, Finding] | None:
        """The project that a parent's finding speaks of, by name, and that project's own finding."""
        if entry.own or self.language == "en":
            return None
        costly = [self.below[lost.node] for lost in self.score.lost if lost.node in self.below]
        for child in (*costly, *self.below.values()):  # a dimension without weight has cost nothing
            for own in child.dimensions:
                same = own.own and own.finding.dimension == entry.finding.dimension
                if same and told.endswith(f"{child.name}: {text(own.finding)}"):
                    return child.name, own.finding
        return None


def caps(told: Told) -> list[str]:
    """Why the band is not the score's own: a critical dimension, the worst child, a person's override."""
    acting = [reason for reason in told.score.band_reasons if reason.startswith(_CAPS)]
    acting.sort(key=lambda reason: not reason.startswith("override"))  # A person's word stands above the others.
    return [_reason(told, reason) for reason in acting]


def gaps(told: Told) -> list[str]:
    """Why there is no band."""
    return [_reason(told, reason) for reason in told.score.band_reasons]


def _reason(told: Told, english: str) -> str:
    """A band reason ("slug: words") in the language of ``told``, from the facts behind it; in English without them."""
    slug, _, said = english.partition(": ")
    if told.language == "en" or told.landscape is None:
        return said or english
    makers: dict[str, Callable[[Told, Landscape, str], str | None]] = {
        "critical_dimension": _critical,
        "required_dimension": _required,
        "coverage": _coverage,
        "worst_child": _worst_child,
        "nothing_measured": lambda told, _, __: told.words.phrase("nothing_measured"),
        "override": _override,
    }
    maker = makers.get(slug)
    return (maker(told, told.landscape, said) if maker else None) or said or english


def _policy(told: Told, landscape: Landscape) -> Policy | None:
    node = landscape.tree.by_id().get(told.score.id)
    return landscape.policy_for(node.project_class, node.policy) if node else None


def _findings(told: Told) -> dict[str, Finding]:
    return {entry.finding.dimension: entry.finding for entry in told.score.dimensions}


def _critical(told: Told, landscape: Landscape, said: str) -> str | None:
    policy, found = _policy(told, landscape), _findings(told)
    for name, floor in sorted(policy.critical.items()) if policy else ():
        finding = found.get(name)
        if finding and finding.score is not None and said.startswith(f"{name} is at "):
            words_ = told.words
            score, least = words_.number(told_below(finding.score, floor, 1)), words_.number(floor)
            return words_.phrase("critical", dimension=words_.dimension(name), score=score, floor=least)
    return None


def _required(told: Told, landscape: Landscape, said: str) -> str | None:
    policy, found = _policy(told, landscape), _findings(told)
    for name in policy.required if policy else ():
        places = [found[key] for key in _PLACES.get(name, (name,)) if key in found]
        asked = [finding for finding in places if finding.outcome is not Outcome.NOT_APPLICABLE] or places
        if asked and said.startswith(f"{name} is not measured"):
            why = told.words.reason(asked[0])
            return told.words.phrase("required", dimension=told.words.dimension(name), why=why)
    return None


def _coverage(told: Told, landscape: Landscape, said: str) -> str | None:
    policy = _policy(told, landscape)
    if policy is None:
        return None
    covered, needed = (told.words.percent(share) for share in (
        told_below(told.score.coverage, policy.min_coverage, 2), policy.min_coverage
    ))  # fmt: skip
    return told.words.phrase("coverage_low", coverage=covered, needed=needed)


def _worst_child(told: Told, landscape: Landscape, said: str) -> str | None:
    children = [told.below.get(child.id) for child, _ in landscape.tree.children(told.score.id)]
    names = sorted(child.name for child in children if child and child.computed_band is Band.OFF_TRACK)
    return told.words.phrase("worst_child", names=", ".join(names)) if names else None


def _override(told: Told, landscape: Landscape, said: str) -> str | None:
    def fitting() -> Iterator[Override]:
        for entry in landscape.overrides:
            if entry.node == told.score.id and said.endswith(f" until {entry.until.isoformat()}: {entry.reason}"):
                yield entry

    entry = max(fitting(), key=lambda entry: entry.at, default=None)
    if entry is None:
        return None
    words_ = told.words
    return words_.phrase("override", band=words_.band(entry.band), day=words_.day(entry.until), why=entry.reason)
