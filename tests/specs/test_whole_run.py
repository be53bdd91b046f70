"""A look back, after every other test: were the calls watched, and is every listed gap still needed?"""

from pathlib import Path

import pytest

from tests.support import openapi

TESTS = Path(__file__).resolve().parents[1]
pytestmark = [
    pytest.mark.after_all,
    pytest.mark.skipif(not openapi.at_hand(), reason=openapi.ABSENT),
]


@pytest.fixture(autouse=True)
def _only_after_the_whole_suite(request: pytest.FixtureRequest) -> None:
    chosen = request.config.getoption("keyword") or request.config.getoption("markexpr")
    ran = {Path(item.path) for item in request.session.items}
    missing = set(TESTS.rglob("test_*.py")) - ran
    if chosen or missing or any("::" in one for one in request.config.args):
        pytest.skip("only a part of the suite was asked for")
    if request.session.testsfailed:
        pytest.skip("a test failed before, and what it would have asked for is not known")


@pytest.mark.parametrize("tool", sorted(openapi.FILES))
def test_the_exchanges_of_every_tool_were_watched(tool: str) -> None:
    assert openapi.RECORDER.seen[tool] > 100


def test_every_listed_gap_was_needed_by_some_test() -> None:
    assert openapi.gaps().unmet() == [], "no test needs these entries of known_gaps.yaml any more: take them out"
