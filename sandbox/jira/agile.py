"""Boards and sprints, agile API 1.0: at most 50 a page whatever is asked."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.jira.http import account, page, root, several, signed_in, site
from sandbox.jira.records import ApiError, Board, Json
from sandbox.jira.site import JiraSite

bp = Blueprint("jira_agile", __name__)
PAGE = 50


def _board(jira: JiraSite, board_id: int) -> Board:
    board = jira.boards.get(board_id)
    if account() is None or board is None or board.project_id in jira.hidden_project_ids:
        raise ApiError(404, "The requested board cannot be viewed because it either does not exist or you do not have permission to view it.")  # noqa: E501
    return board


def _page(items: Sequence[Any]) -> Json:
    """A page of this API; unlike the platform's it does not tell its own address."""
    told = page(items, PAGE)
    del told["self"]
    return told


def _told(jira: JiraSite, board: Board) -> Json:
    project = jira.projects[board.project_id]
    place = {"projectId": int(project.id), "displayName": f"{project.name} ({project.key})", "name": project.name}
    place |= {"projectName": project.name, "projectKey": project.key, "projectTypeKey": "software"}
    told: Json = {"id": board.id, "self": f"{root()}/rest/agile/1.0/board/{board.id}", "name": board.name}
    return told | {"type": board.kind, "location": place}


@bp.get("/board")
def boards() -> Response:
    jira, wanted = site(), request.args.get("projectKeyOrId")
    with jira.lock:
        shown = [b for b in jira.boards.values() if account() and b.project_id not in jira.hidden_project_ids]
        if wanted:
            project = jira.find_project(wanted)
            if project is None:
                raise ApiError(400, f"No project could be found with key or id '{wanted}'.")
            shown = [one for one in shown if one.project_id == project.id]
        told = _page(shown)
        told["values"] = [_told(jira, one) for one in told["values"]]
        return jsonify(told)


@bp.get("/board/<int:board_id>")
def one_board(board_id: int) -> Response:
    jira = site()
    with jira.lock:
        return jsonify(_told(jira, _board(jira, board_id)))


@bp.get("/board/<int:board_id>/configuration")
def configuration(board_id: int) -> Response:
    """The columns of a board and the field it estimates by, where there is one."""
    jira = site()
    with jira.lock:
        board = _board(jira, board_id)
        project = jira.projects[board.project_id]
        columns: dict[str, list[Json]] = {}
        for status_id in (one for one in project.status_ids if one not in board.unshown_status_ids):
            record = jira.statuses[status_id]
            address = f"{root()}/rest/api/2/status/{status_id}"
            columns.setdefault(record["statusCategory"]["name"], []).append({"id": status_id, "self": address})
        address = f"{root()}/rest/api/2/project/{project.id}"
        place = {"type": "project", "key": project.key, "id": project.id, "self": address, "name": project.name}
        told = _told(jira, board) | {"location": place}
        told |= {"filter": {"id": str(board.id), "self": f"{root()}/rest/api/2/filter/{board.id}"}}
        shown = [{"name": name, "statuses": statuses} for name, statuses in columns.items()]
        told["columnConfig"] = {"columns": shown, "constraintType": "none"}
        points = jira.fields.get(board.estimates_by or "") or next(
            (one for one in jira.fields.values() if one.name == "Story Points"), None
        )
        if points is not None:
            named = {"fieldId": points.id, "displayName": points.name}
            told["estimation"] = {"type": "field", "field": named}
        return jsonify(told)


@bp.get("/board/<int:board_id>/sprint")
def sprints(board_id: int) -> Response:
    jira, states = site(), several("state")
    with jira.lock:
        board = _board(jira, board_id)
        if board.kind != "scrum":
            raise ApiError(400, "The board does not support sprints")
        found = [jira.sprints[one] for one in board.sprint_ids]
        told = _page([one for one in found if not states or one["state"] in states])
        told["values"] = [_sprint(one) for one in told["values"]]
        return jsonify(told)


def _sprint(record: Json) -> Json:
    told = {key: value for key, value in record.items() if key != "boardId" and value is not None}
    told |= {"self": f"{root()}/rest/agile/1.0/sprint/{record['id']}", "originBoardId": record.get("boardId")}
    return told


@bp.get("/sprint/<int:sprint_id>")
@signed_in
def one_sprint(sprint_id: int) -> Response:
    jira = site()
    with jira.lock:
        if sprint_id not in jira.sprints:
            raise ApiError(404, "Sprint does not exist")
        return jsonify(_sprint(jira.sprints[sprint_id]))
