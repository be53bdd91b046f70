"""Registers of a synced deployment: read on demand, names only where both the policy and the asker may."""

import dataclasses

import pytest

from model.errors import UsageError
from model.registers import RuleState
from service.registers import registers
from tests.support.scene import Scene


def test_the_registers_of_a_node_are_read_from_what_was_synced(synced: Scene) -> None:
    with synced.workspace() as workspace:
        top = workspace.tree.nodes[0]
        kept = registers(workspace, top.id)
        projects = {project.id for project in workspace.tree.projects()}
        assert {result.project for result in kept.rules} == projects
        assert any(result.state is RuleState.BROKEN for result in kept.rules)
        assert kept.people == ()
        with pytest.raises(UsageError):
            registers(workspace, "no such node")


def test_names_need_the_policy_and_the_askers_right(synced: Scene) -> None:
    with synced.workspace() as workspace:
        top = workspace.tree.nodes[0].id
        assert registers(workspace, top, names=True).people == ()
        named = {name: policy.model_copy(update={"people": "named"}) for name, policy in workspace.policies.items()}
        open_ = dataclasses.replace(workspace, policies=named)
        assert registers(open_, top).people == ()
        assert registers(open_, top, names=True).people != ()
