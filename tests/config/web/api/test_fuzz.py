"""schemathesis over the API: whatever is sent, the answer is what the description promises. ``make fuzz-api`` sends more."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from model.access import Right, Role, Scope
from service import logins
from store.accounts import folded
from tests.support.stage import Stage, stage

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))
CONFIG = {
    "seed": 7 if EXAMPLES < 100 else None,
    "generation": {"max-examples": EXAMPLES, "mode": "all"},
    "checks": {
        # It can't ask a WSGI app (it hands it an option of another client); test_matrix.py asks every route as everybody.
        "ignored_auth": {"enabled": False},
        # A precondition that does not hold is no fault of the request's form; nor is a tool that is away.
        "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", "401", "403", "404", "406", "409", "412", "503"]},
    },
    "phases": {"stateful": {"enabled": EXAMPLES >= 100}},
}


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, migrated_sqlite: Callable[[Path], str]) -> Iterator[Stage]:
    with stage(tmp_path_factory.mktemp("fuzz"), migrated_sqlite) as set_:
        yield set_


def _token(played: Stage) -> str:
    """Of an admin: from now on nobody is let in without one."""
    space = played.workspace
    with space.db.begin() as uow:
        made = uow.accounts.add("ada", at=space.clock(), password=None)
        uow.accounts.grant(made, (Right(role=Role.ADMIN),))
        found = uow.accounts.named(folded("ada"))
    assert found is not None
    return logins.make_token(space, found.account, "fuzz", scope=Scope.ADMIN, node=None, days=1)


def test_nothing_that_is_sent_gets_an_answer_that_the_description_does_not_promise(played: Stage) -> None:
    given = {name: value for name, value in CONFIG.items() if value is not None}
    # Over WSGI it unpacks nothing, though it says that it takes gzip as a client over HTTP does.
    headers = {"Authorization": f"Bearer {_token(played)}", "Accept-Encoding": "identity"}
    config = SchemathesisConfig.from_dict({**given, "headers": headers})
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", played.app, config=config)
    wrong: dict[str, str] = {}
    operations = set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            operations.add(event.label)
            for checks in event.recorder.checks.values():
                for check in checks:
                    if check.failure_info is not None:
                        told, how = check.failure_info.failure, check.failure_info.code_sample
                        wrong.setdefault(f"{event.label}: {told.title}", f"{told.message}\n{how}")
        elif isinstance(event, events.NonFatalError | events.FatalError):
            wrong[f"error: {event}"] = repr(getattr(event, "value", event))
    assert len(operations) > 30
    assert wrong == {}, "\n\n".join(f"{name}\n{told}" for name, told in wrong.items())
