"""Set-up in a workspace: fields made once, attached where targets show them, read back, and taken away again."""

from collections.abc import Callable
from typing import Any

import pytest

from model.errors import AppError
from model.health import Band
from model.mapping import HealthFieldNames, Mapping
from model.push import HealthFields, HealthRole, SetupMade, SetupResult
from model.tree import Target
from sandbox.asana.entities import Setting


class Space:
    """A fake workspace, and set-up run on it with the ledger kept from run to run."""

    def __init__(self, bench: Any) -> None:
        self.bench, self.space = bench, bench.space
        self.known: HealthFields | None = None
        self.made: tuple[SetupMade, ...] = ()

    def target(self, kind: Any, key: str) -> Target:
        return Target(connection="acme-asana", kind=kind, value=self.bench.gid(key))

    def setup(self, *targets: Target, apply: bool = True) -> SetupResult:
        result: SetupResult = self.bench.connector.setup(
            targets or (self.target("project", "LAUNCH"),), known=self.known, made=self.made, apply=apply
        )
        if apply:
            self.known, self.made = result.fields or self.known, result.made
        return result

    def remove(self) -> SetupResult:
        result: SetupResult = self.bench.connector.remove_setup((), known=self.known, made=self.made, apply=True)
        self.known, self.made = result.fields, result.made
        return result

    def writes(self) -> int:
        """Requests that may change something, since the last call of this."""
        count = sum(number for call, number in self.space.stats.items()
                    if not call.startswith("GET ") and not call.endswith("/batch"))
        self.space.stats.clear()
        return int(count)

    def dump(self) -> Any:
        """The workspace's configuration, in a form that can be compared."""
        fields = {
            gid: (each.name, each.kind, each.description, [(option.name, option.enabled) for option in each.options])
            for gid, each in self.space.custom_fields.items()
        }
        holders = [*self.space.projects.values(), *self.space.portfolios.values(), *self.space.goals.values()]
        return fields, {each.gid: [setting.definition.gid for setting in each.settings] for each in holders}

    @property
    def portfolio(self) -> Any:
        return self.space.portfolios[self.bench.gid("growth-p")]


@pytest.fixture
def space(bench: Any) -> Space:
    return Space(bench)


@pytest.fixture
def with_own_fields(make_bench: Callable[..., Any]) -> Callable[..., Space]:
    """A workspace whose mapping names fields that the team has had for long."""

    def make(options: tuple[str, ...] = tuple(band.words for band in Band)) -> Space:
        first = make_bench().space
        gids = _own_fields(first, options)
        made = Space(make_bench(mapping=Mapping(health_fields=HealthFieldNames(**gids))))
        assert _own_fields(made.space, options) == gids  # Gids are made in the same order everywhere.
        return made

    return make


def _own_fields(space: Any, options: tuple[str, ...]) -> dict[str, str]:
    made = {
        "health": space.add_custom_field("Team health", "enum", options=options),
        "score": space.add_custom_field("Team score", "number", precision=1),
        "reason": space.add_custom_field("Team reason", "text"),
    }
    return {name: field.gid for name, field in made.items()}


def _by_hand(result: SetupResult) -> list[Any]:
    return [step for step in result.steps if step.by_hand]


# -- made once, and shown ---------------------------------------------------------------------------------------------


def test_a_plan_writes_nothing_and_names_the_same_steps_that_are_taken(space: Space) -> None:
    before = space.dump()
    plan = space.setup(apply=False)
    assert (space.writes(), space.dump(), plan.fields, plan.made) == (0, before, None, ())
    done = space.setup()
    assert [step.what for step in done.steps] == [step.what for step in plan.steps]
    assert all(step.done for step in done.steps)


def test_a_second_run_writes_nothing_and_has_nothing_to_say(space: Space) -> None:
    targets = [space.target("project", "LAUNCH"), space.target("portfolio", "growth-p"), space.target("task", "BRAND-1")]
    first = space.setup(*targets)
    space.writes()
    again = space.setup(*targets)
    assert (space.writes(), again.steps, again.fields, again.made) == (0, (), first.fields, first.made)


def test_a_sample_of_each_kind_is_read_back_and_shows_our_fields(space: Space) -> None:
    goal = Target(connection="acme-asana", kind="goal", value=next(iter(space.space.goals)))
    targets = [space.target("project", "LAUNCH"), space.target("portfolio", "growth-p"),
               space.target("task", "LAUNCH-1"), goal]
    result = space.setup(*targets)
    assert [(one.kind.split()[0], one.lacking) for one in result.verified] == [
        ("project", ()), ("portfolio", ()), ("task", ()), ("goal", ()),
    ]


def test_a_run_that_was_cut_off_is_finished_by_the_next_and_still_taken_away_whole(space: Space) -> None:
    before = space.dump()
    space.setup()
    space.known, space.made = None, ()  # nothing of it was recorded
    assert space.setup().steps == ()
    space.remove()
    assert space.dump() == before


def test_a_failure_on_the_way_loses_nothing_of_what_was_made(space: Space) -> None:
    before = space.dump()
    space.space.faults.set("error_500", "/portfolios/*/custom_field_settings", times=9)
    result = space.setup()
    assert "broken off" in _by_hand(result)[-1].what
    assert len(result.made) == 3
    space.space.faults.clear()
    assert space.setup().verified[0].lacking == ()
    space.remove()
    assert space.dump() == before


def test_what_is_attached_names_who_else_sees_it(space: Space) -> None:
    plan = space.setup(apply=False)
    shown = [step.affects for step in plan.steps if "on the portfolio" in step.what]
    assert shown == [("Brand",)]
    plan = space.setup(space.target("task", "BRAND-1"), apply=False)
    assert plan.steps[-1].affects == ("every task of “Brand”",)


# -- what only people can do ------------------------------------------------------------------------------------------


def test_a_workspace_without_custom_fields_is_one_step_for_a_person(space: Space) -> None:
    space.space.plan = "free"
    result = space.setup()
    assert [(step.by_hand, step.where is not None) for step in result.steps] == [(True, True)]
    assert result.fields is None


def test_a_portfolio_with_twenty_fields_has_no_room_and_says_so(space: Space) -> None:
    for number in range(18):
        field = space.space.add_custom_field(f"Other {number}", "text")
        space.portfolio.settings.append(Setting(f"s{number}", field, space.portfolio))
    before = len(space.portfolio.settings)
    result = space.setup()
    (step,) = _by_hand(result)
    assert "Take 1 custom fields off the portfolio" in step.what
    assert "/0/portfolio/" in step.where
    assert len(space.portfolio.settings) == before
    assert len(result.verified[0].lacking) == 3


def test_a_project_in_no_portfolio_of_ours_is_to_be_put_into_one(space: Space) -> None:
    for portfolio in space.space.portfolios.values():
        portfolio.owner = next(user for user in space.space.users.values() if user is not portfolio.owner)
    (step,) = _by_hand(space.setup())
    assert "into a portfolio" in step.what
    assert step.where.endswith(f"/0/{space.bench.gid('LAUNCH')}")


def test_a_target_that_cannot_be_seen_is_named_and_the_others_are_set_up(space: Space) -> None:
    result = space.setup(Target(connection="acme-asana", kind="project", value="99"), space.target("project", "LAUNCH"))
    assert "acme-asana" in _by_hand(result)[0].what
    assert [one.lacking for one in result.verified] == [()]


def test_a_field_of_our_name_and_another_type_is_to_be_replaced_by_a_person(space: Space) -> None:
    theirs = space.space.add_custom_field("Bellwether score", "text")
    result = space.setup()
    (step,) = _by_hand(result)
    assert "“Bellwether score” is of type text" in step.why
    assert result.fields is None
    space.remove()
    assert theirs.gid in space.space.custom_fields


def test_a_workspace_that_cannot_be_read_at_all_is_an_error(space: Space) -> None:
    space.space.faults.set("error_500", times=99)
    with pytest.raises(AppError):
        space.setup()


# -- fields of the team's own -----------------------------------------------------------------------------------------


def test_fields_of_the_mapping_are_attached_and_taken_off_again_and_stay(with_own_fields: Callable[..., Space]) -> None:
    space = with_own_fields()
    before = space.dump()
    result = space.setup()
    assert {one.kind for one in result.made} == {"setting"}
    assert result.verified[0].lacking == ()
    done = space.remove()
    assert space.dump() == before
    assert (done.made, done.fields) == ((), None)


def test_an_option_added_to_the_team_s_field_is_disabled_by_removal(with_own_fields: Callable[..., Space]) -> None:
    space = with_own_fields(("On track", "At risk", "Off track", "Paused"))
    result = space.setup()
    assert result.fields is not None
    option = result.fields.options[Band.NO_DATA]
    space.remove()
    field = space.space.custom_fields[result.fields.ids[HealthRole.HEALTH]]
    assert [each.name for each in field.options if not each.enabled] == ["No data"]
    assert option not in [each.gid for each in field.options if each.enabled]
    assert "Enable the option" in _by_hand(space.setup())[0].what


def test_what_the_team_had_attached_itself_stays_attached(with_own_fields: Callable[..., Space]) -> None:
    space = with_own_fields()
    field = next(each for each in space.space.custom_fields.values() if each.name == "Team score")
    space.portfolio.settings.append(Setting("own", field, space.portfolio))
    space.setup()
    space.remove()
    assert [each.definition.name for each in space.portfolio.settings if each.gid == "own"] == ["Team score"]


# -- removal ----------------------------------------------------------------------------------------------------------


def test_after_removal_the_workspace_is_configured_as_before(space: Space) -> None:
    before = space.dump()
    space.setup(space.target("project", "LAUNCH"), space.target("task", "BRAND-1"))
    done = space.remove()
    assert space.dump() == before
    assert (done.made, done.fields) == ((), None)
    assert all(step.done for step in done.steps)


def test_a_field_without_our_mark_stays_and_is_said(space: Space) -> None:
    fields = space.setup().fields
    assert fields is not None
    kept = fields.ids[HealthRole.HEALTH]
    space.space.custom_fields[kept].description = "Ours now"
    done = space.remove()
    assert [step.what for step in _by_hand(done)] == ["Delete the custom field “Bellwether health”, if nobody needs it."]
    assert set(fields.ids.values()) & set(space.space.custom_fields) == {kept}


def test_a_field_of_ours_that_was_renamed_is_still_ours_to_delete(space: Space) -> None:
    before = space.dump()
    fields = space.setup().fields
    assert fields is not None
    space.space.custom_fields[fields.ids[HealthRole.SCORE]].name = "Score"
    space.remove()
    assert space.dump() == before
