"""The ledger of what set-up made: each thing once, each connection for itself."""

from model.push import SetupMade
from store.database import Database
from tests.support.made_records import day

FIELD = SetupMade(kind="field", id="f1")
ON_SCREEN = SetupMade(kind="screen_field", id="f1", within="10/11")
ELSEWHERE = SetupMade(kind="screen_field", id="f1", within="12/13")


def test_what_was_made_is_kept_once_in_its_order(database: Database) -> None:
    with database.begin() as uow:
        for at, one in enumerate((FIELD, ELSEWHERE, ON_SCREEN, FIELD)):
            uow.setup.remember("acme", one, day(at))
    with database.read() as uow:
        assert uow.setup.made("acme") == (FIELD, ELSEWHERE, ON_SCREEN)
        assert uow.setup.made("other") == ()


def test_one_thing_is_forgotten_and_nothing_else(database: Database) -> None:
    with database.begin() as uow:
        for one in (FIELD, ON_SCREEN, ELSEWHERE):
            uow.setup.remember("acme", one, day(0))
        uow.setup.remember("other", ON_SCREEN, day(0))
        uow.setup.forget("acme", ON_SCREEN)
    with database.read() as uow:
        assert set(uow.setup.made("acme")) == {FIELD, ELSEWHERE}
        assert uow.setup.made("other") == (ON_SCREEN,)
