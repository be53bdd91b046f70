"""Jobs in words: every kind has some, and what a run told reads like a sentence's end."""

import pytest
from pydantic import JsonValue

from config.web.job_words import DOES, does, told
from model import jobs

KINDS = {value for name, value in vars(jobs).items() if name.isupper() and isinstance(value, str)}
"""Every text that the module names, so that a new kind is in it."""


def test_every_kind_of_job_says_what_it_does() -> None:
    assert set(DOES) == KINDS - {jobs.MOVEMENTS, jobs.REPORTS, jobs.LENSES}
    assert does("poll:acme-jira") == DOES[jobs.POLL]
    assert does("nothing") == ""


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"deliveries": 1, "changed": 3, "failed": 0}, "1 delivery, 3 changed"),
        ({"points": 1677, "forecasts_checked": True, "late": False}, "1677 points, forecasts checked"),
        ({"requests": 1}, "1 request"), ({}, ""), (None, ""), ("words", ""),
    ],
)  # fmt: skip
def test_what_a_run_told_is_told_in_words(found: JsonValue, said: str) -> None:
    assert told(found) == said
