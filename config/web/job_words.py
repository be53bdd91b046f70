"""Jobs in words: what each does, and what its last run told."""

from collections.abc import Mapping

from pydantic import JsonValue

from model import jobs

DOES: Mapping[str, str] = {
    jobs.HEAR: "reads again what the tool told of",
    jobs.POLL: "reads what changed in the tool",
    jobs.HISTORIES: "reads the histories still missing",
    jobs.CENSUS: "finds what left the tool",
    jobs.DISCOVER: "looks what the tool offers",
    jobs.ROLLUP: "scores what changed",
    jobs.PUSH: "writes health into the tools",
    jobs.ANSWERS: "answers questions in comments",
    jobs.NOTICES: "tells subscribers",
    jobs.HOOKS: "keeps the tools' webhooks alive",
    jobs.LOSSES: "counts changes that nobody told of",
    jobs.MIDNIGHT: "has everything scored anew for the new day",
    jobs.TREND: "scores the weeks before",
    jobs.TIDY: "takes away what is needed no more",
    jobs.ERRANDS: "plans, writes and undoes what was asked for",
    jobs.REVIEW: "works out what set-up and push would do",
    jobs.LAUNCH: "carries out what was reviewed",
    jobs.POLICIES: "looks through what a policy would change",
    jobs.DOCUMENTS: "makes documents that were asked for",
}


def does(name: str) -> str:
    """What a job does, in a few words; empty for a kind that is none of ours."""
    return DOES.get(jobs.kind_and_subject(name)[0], "")


def told(found: JsonValue) -> str:
    """What a run told, as ``3 deliveries, 1 changed``: counts with their words, and what is true by its name alone."""
    if not isinstance(found, dict):
        return ""
    return ", ".join(_counted(what.replace("_", " "), count) for what, count in found.items() if count)


def _counted(what: str, count: JsonValue) -> str:
    if count is True:
        return what
    if count == 1 and what.endswith("s"):
        what = f"{what[:-3]}y" if what.endswith("ies") else what[:-1]
    return f"{count} {what}"
