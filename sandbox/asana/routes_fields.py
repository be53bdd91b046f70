"""Endpoints about custom fields, their options, and what they are attached to."""

from typing import Any

from flask import Blueprint, Response

from sandbox.asana.customfields import KINDS, OPTION_LIMIT, SETTING_LIMIT, check_name
from sandbox.asana.entities import Container, CustomField, EnumOption, Goal, Portfolio, Project, Setting
from sandbox.asana.errors import RefusedError, bad
from sandbox.asana.routes_people import check_workspace
from sandbox.asana.web import body, many, me, needed, nothing, one, require_paid, space

area = Blueprint("fields", __name__)
PRECISIONS = range(7)


def _field(gid: object) -> CustomField:
    require_paid("Custom fields")
    return space().get(space().custom_fields, "custom_field", gid)


@area.get("/workspaces/<gid>/custom_fields")
def workspace_fields(gid: str) -> Response:
    require_paid("Custom fields")
    check_workspace(gid)
    return many(list(space().custom_fields.values()))


@area.post("/custom_fields")
def create_field() -> Response:
    require_paid("Custom fields")
    data = body()
    check_workspace(needed(data, "workspace"))
    return one(_made(data), 201)


def _made(data: dict[str, Any]) -> CustomField:
    kind = data.get("resource_subtype") or data.get("type")
    if kind not in KINDS:
        raise bad(f"resource_subtype: {kind} is not one of {', '.join(KINDS)}")
    if data.get("owned_by_app"):
        raise RefusedError(403, "owned_by_app: This app is not allowed to own custom fields")
    name = check_name(space(), data.get("name"))
    options = data.get("enum_options") or []
    if options and kind not in ("enum", "multi_enum"):
        raise bad("enum_options: Only enum fields have options")
    if len(options) > OPTION_LIMIT:
        raise bad(f"enum_options: At most {OPTION_LIMIT} options are allowed")
    precision = _precision(data.get("precision", 0))
    made = space().add_custom_field(name, str(kind), precision=precision)
    made.created_by, made.description = me(), str(data.get("description") or "")
    made.options = [space().new_option(str(needed(each, "name")), str(each.get("color") or "none")) for each in options]
    return made


def _precision(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in PRECISIONS:
        raise bad("precision: Must be between 0 and 6")
    return value


@area.get("/custom_fields/<gid>")
def field(gid: str) -> Response:
    return one(_field(gid))


@area.put("/custom_fields/<gid>")
def update_field(gid: str) -> Response:
    found, data = _field(gid), body()
    for name in ("type", "resource_subtype"):
        if name in data and data[name] != found.kind:
            raise bad(f"{name}: The type of a custom field cannot be changed")
    if "enum_options" in data:
        raise bad("enum_options: Use the endpoints of the options")
    name = check_name(space(), data["name"], of=found) if "name" in data else found.name
    precision = _precision(data["precision"]) if "precision" in data else found.precision
    found.name, found.precision = name, precision
    found.description = str(data.get("description", found.description))
    return one(found)


@area.delete("/custom_fields/<gid>")
def delete_field(gid: str) -> Response:
    found = _field(gid)
    holders: list[Container] = [*space().projects.values(), *space().portfolios.values(), *space().goals.values()]
    for holder in holders:
        holder.settings = [setting for setting in holder.settings if setting.definition is not found]
    del space().custom_fields[gid]
    return nothing()


@area.post("/custom_fields/<gid>/enum_options")
def create_option(gid: str) -> Response:
    found, data = _field(gid), body()
    if found.kind not in ("enum", "multi_enum"):
        raise bad("custom_field: Only enum fields have options")
    if len(found.options) >= OPTION_LIMIT:
        raise bad(f"enum_options: At most {OPTION_LIMIT} options are allowed")
    name = str(needed(data, "name"))
    if any(each.name == name for each in found.options):
        raise bad(f"name: There is an option {name} already")
    made = space().new_option(name, str(data.get("color") or "none"))
    found.options.append(made)
    return one(made, 201)


@area.put("/enum_options/<gid>")
def update_option(gid: str) -> Response:
    require_paid("Custom fields")
    data = body()
    known: dict[str, EnumOption] = {each.gid: each for made in space().custom_fields.values() for each in made.options}
    found = space().get(known, "enum_option", gid)
    found.name = str(data.get("name", found.name))
    found.color = str(data.get("color", found.color))
    found.enabled = bool(data.get("enabled", found.enabled))
    return one(found)


def _holder(kind: str, gid: str) -> Container:
    require_paid("Custom fields")
    tables: dict[str, dict[str, Any]] = {
        "projects": space().projects, "portfolios": space().portfolios, "goals": space().goals,
    }  # fmt: skip
    found: Project | Portfolio | Goal = space().get(tables[kind], kind.removesuffix("s"), gid)
    return found


@area.get("/<any(projects, portfolios, goals):kind>/<gid>/custom_field_settings")
def settings(kind: str, gid: str) -> Response:
    return many(_holder(kind, gid).settings)


@area.post("/<any(projects, portfolios, goals):kind>/<gid>/addCustomFieldSetting")
def add_setting(kind: str, gid: str) -> Response:
    holder, data = _holder(kind, gid), body()
    asked = needed(data, "custom_field")
    if data.get("insert_before") and data.get("insert_after"):
        raise bad("insert_before: insert_before and insert_after cannot both be specified")
    if len(holder.settings) >= SETTING_LIMIT:
        raise bad(f"custom_field: At most {SETTING_LIMIT} custom fields are allowed here")
    definition = _made(asked) if isinstance(asked, dict) else _field(asked)
    if any(setting.definition is definition for setting in holder.settings):
        raise bad("custom_field: The custom field is already on this object")
    made = Setting(space().new_gid("setting"), definition, holder, bool(data.get("is_important", False)))
    holder.settings.insert(_position(holder, data), made)
    return one(made)


def _position(holder: Container, data: dict[str, Any]) -> int:
    for name, shift in (("insert_before", 0), ("insert_after", 1)):
        if data.get(name):
            for at, setting in enumerate(holder.settings):
                if setting.gid == data[name]:
                    return at + shift
            raise bad(f"{name}: Not a setting of this object: {data[name]}")
    return len(holder.settings)


@area.post("/<any(projects, portfolios, goals):kind>/<gid>/removeCustomFieldSetting")
def remove_setting(kind: str, gid: str) -> Response:
    holder, definition = _holder(kind, gid), _field(needed(body(), "custom_field"))
    kept = [setting for setting in holder.settings if setting.definition is not definition]
    if len(kept) == len(holder.settings):
        raise bad("custom_field: The custom field is not on this object")
    holder.settings = kept
    return nothing()
