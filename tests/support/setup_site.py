"""Set-up run on a small fake Jira, with the ledger kept from run to run and the configuration told for comparison."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from model.mapping import HealthFieldNames, Mapping
from model.push import HealthFields, SetupMade, SetupResult, SetupStep
from model.tree import Target
from sandbox.jira.catalog import custom_field

CASE = Path(__file__).parents[1] / "connector" / "jira" / "contract_case.py"
READING_POSTS = ("bulkfetch", "mapping")
CRM, OPS = (Target(connection="acme", kind="issue", value=key) for key in ("CRM-1", "OPS-1"))


class SetUpSite:
    """A fake site, and set-up run on it with the ledger kept from run to run."""

    def __init__(self, case: Any) -> None:
        self.case, self.jira = case, case.site
        self.known: HealthFields | None = None
        self.made: tuple[SetupMade, ...] = ()
        self.mapping = Mapping()

    def setup(self, *targets: Target, apply: bool = True) -> SetupResult:
        connector = self.case.connector(mapping=self.mapping)
        result: SetupResult = connector.setup(targets or (CRM,), known=self.known, made=self.made, apply=apply)
        if apply:
            self.known, self.made = result.fields or self.known, result.made
        return result

    def remove(self, *, apply: bool = True) -> SetupResult:
        connector = self.case.connector(mapping=self.mapping)
        result: SetupResult = connector.remove_setup((), known=self.known, made=self.made, apply=apply)
        self.known, self.made = result.fields, result.made
        return result

    def writes(self) -> int:
        """Requests that may change something, since the last call of this."""
        with self.jira.lock:
            count = sum(
                int(number) for (path, method), number in self.jira.stats.items()
                if method != "GET" and not path.endswith(READING_POSTS)
            )
            self.jira.stats.clear()
        return count

    def dump(self) -> Any:
        """The site's configuration, in a form that can be compared."""
        fields = {
            one.id: (one.name, one.description, sorted(one.project_ids), [
                (context.id, context.project_ids, context.type_ids, [
                    option["value"] for option in one.options.get(context.id, [])
                ]) for context in one.contexts
            ]) for one in self.jira.fields.values()
        }
        screens = {one.id: [(tab.id, list(tab.field_ids)) for tab in one.tabs] for one in self.jira.screens.values()}
        schemes = {one.id: (sorted(one.project_ids), sorted(one.field_ids)) for one in self.jira.field_schemes.values()}
        return fields, screens, schemes

    def own_fields(self, *, options: Sequence[str] = (), everywhere: bool = True) -> HealthFieldNames:
        """Fields that the team has had for long, named in the mapping."""
        kinds = {"health": "select", "score": "float", "reason": "textfield"}
        for number, (name, kind) in enumerate(kinds.items(), start=10901):
            made = self.jira.add_custom_field(
                custom_field(f"customfield_{number}", f"Team {name}", kind), tuple(options) if kind == "select" else ()
            )
            made.everywhere = everywhere
        names = {name: f"customfield_{number}" for number, name in enumerate(kinds, start=10901)}
        self.mapping = Mapping(health_fields=HealthFieldNames(**names))
        return self.mapping.health_fields

    def off_screens(self, *field_ids: str | None) -> None:
        for screen in self.jira.screens.values():
            for tab in screen.tabs:
                tab.field_ids = [one for one in tab.field_ids if one not in field_ids]


def by_hand(result: SetupResult) -> list[SetupStep]:
    """The steps that a person must take."""
    return [step for step in result.steps if step.by_hand]
