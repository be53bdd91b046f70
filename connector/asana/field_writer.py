"""Our fields at one target: set in one request, and where Asana refuses some of them, the others without those."""

from collections.abc import Mapping
from typing import Any

from connector.asana.client import AsanaClient, PlanError
from connector.asana.payloads import FieldDefinition
from connector.asana.vocabulary import plain
from connector.sdk.http import UnexpectedAnswerError
from model.errors import AppError, FatalError, RefusedError
from model.health import Band
from model.push import FIELD_NAMES, FieldValue, HealthFields, HealthRole
from model.tree import Target

TEXT_LIMIT = 1024
Refusals = dict[HealthRole, str]


class FieldWriter:
    """Writes the fields of targets. Everything that Asana says no to is told by role."""

    def __init__(self, client: AsanaClient) -> None:
        self._client = client

    def write(self, target: Target, values: Mapping[HealthRole, FieldValue], *, fields: HealthFields) -> Refusals:
        """Set these fields; the roles that were refused, each with a sentence. Raises AppError when all were."""
        refused: Refusals = {}
        payload: dict[HealthRole, Any] = {}
        for role, value in values.items():
            try:
                payload[role] = self._as_asana_has_it(role, value, fields)
            except FatalError as exc:
                refused[role] = str(exc)
        last = self._written(target, payload, fields, refused)
        if values and len(refused) == len(values):
            said = " ".join(refused.values())
            if isinstance(last, RefusedError):
                raise RefusedError(said, where=target.connection, fix=last.fix, reason=last.reason)
            raise FatalError(said, where=target.connection, reason="fields_refused")
        return refused

    # -- requests -----------------------------------------------------------------------------------------------------

    def _written(
        self, target: Target, payload: Mapping[HealthRole, Any], fields: HealthFields, refused: Refusals
    ) -> AppError | None:
        """Write what can be, and add to ``refused`` what can't; the last refusal."""
        left, last = dict(payload), None
        while left:
            last = self._attempt(target, left, fields)
            if last is None:
                return None
            named = [role for role in left if self._names(last, role, left[role], fields)]
            if not named and len(left) > 1:
                # Asana does not say which one it is, so each is tried by itself.
                return self._one_by_one(target, left, fields, refused)
            for role in named or list(left):
                refused[role] = _why(last, role, target)
                del left[role]
        return last

    def _one_by_one(
        self, target: Target, payload: Mapping[HealthRole, Any], fields: HealthFields, refused: Refusals
    ) -> AppError | None:
        last = None
        for role, value in payload.items():
            problem = self._attempt(target, {role: value}, fields)
            if problem is not None:
                last, refused[role] = problem, _why(problem, role, target)
        return last

    def _attempt(
        self, target: Target, payload: Mapping[HealthRole, Any], fields: HealthFields
    ) -> UnexpectedAnswerError | RefusedError | None:
        """One request; the refusal, if it was one. Raises what is about more than these fields."""
        try:
            by_id = {fields.ids[role]: value for role, value in payload.items()}
            self._client.write_values(target.kind, target.value, by_id)
        except PlanError as exc:
            raise PlanError(
                f"The workspace's plan has no custom fields, so nothing can be shown in fields at {target.label}.",
                where=target.connection, fix="Use a paid plan of Asana, or set fields: false.",
            ) from exc
        except UnexpectedAnswerError as exc:
            if exc.answer.status != 400:
                raise
            return exc
        except RefusedError as exc:
            if exc.reason != "forbidden":
                raise  # Read-only mode, a missing scope: not about a field.
            return exc
        return None

    @staticmethod
    def _names(error: AppError, role: HealthRole, value: Any, fields: HealthFields) -> bool:
        """Whether a refusal names the field of a role, or the option that was to be set in it."""
        marks = [fields.ids[role], *([value] if role is HealthRole.HEALTH and value else [])]
        return any(mark in error.what for mark in marks)

    # -- values -------------------------------------------------------------------------------------------------------

    def _as_asana_has_it(self, role: HealthRole, value: FieldValue, fields: HealthFields) -> Any:
        """A value as the request carries it. Raises FatalError where there is no such field or option."""
        if role not in fields.ids:
            raise FatalError(f"There is no field for our {role.value}.", fix="Run setup --apply.", reason="field_missing")
        if value is None:
            return None
        if role is HealthRole.REASON:
            return str(value)[:TEXT_LIMIT]
        return value if role is HealthRole.SCORE else self._option(str(value), fields)

    def _option(self, value: str, fields: HealthFields) -> str:
        """The gid of a band's option, or of the option with these words, an enabled one first."""
        if value in Band.__members__:
            known = fields.options.get(Band(value))
            if known is None:
                words = Band(value).words
                raise FatalError(f"The health field has no option “{words}”.", fix="Run setup --apply.")
            return known
        field = FieldDefinition.model_validate(self._client.custom_field(fields.ids[HealthRole.HEALTH]))
        named = [option for option in field.enum_options if plain(option.name) == plain(value)]
        if not named:
            raise FatalError(f"The field “{field.name}” has no option “{value}” any more.", fix="Choose another by hand.")
        return max(named, key=lambda option: option.enabled).gid


def _why(error: AppError, role: HealthRole, target: Target) -> str:
    """A refusal as a sentence about the field of a role."""
    name = f"“{FIELD_NAMES[role]}”"
    said = error.what.split(": ", 1)[-1]
    if isinstance(error, RefusedError):
        return f"This account may not change {name} at {target.label} (locked, or no right): {said}"
    if "not on given object" in said:
        return f"{name} is not on {target.label}, it may have been taken off. Run setup --apply. ({said})"
    if "enum option" in said:
        return f"The option for {name} is disabled or gone at {target.label}. Run setup --apply. ({said})"
    return f"Asana refused {name} at {target.label}: {said}"
