"""What several tests of the use cases only read."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from service import scoring, trends
from service.sync import sync
from tests.support.scene import Scene, no_progress, play
from tests.support.small_world import small_world


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """The small company, synced and scored with its past, once for all tests of a file."""
    for one in play(small_world(datetime.now(UTC)), tmp_path_factory.mktemp("full")):
        with one.workspace() as workspace:
            sync(workspace, (), full=False, progress=no_progress)
            scoring.score(workspace, as_of=None)
            trends.fill_trends(workspace)
        yield one
