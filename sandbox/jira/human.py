"""What people do in the tool: create, edit, move, delete, comment, release. Tests and the demo's control use these."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any, cast

from sandbox.jira import edits, events
from sandbox.jira.records import Issue, IssueLink, Json, Project
from sandbox.jira.shapes import adf, utc_stamp

if TYPE_CHECKING:
    from sandbox.jira.site import JiraSite

HUMAN_ID = "5b10a2844c20165700ede21h"


def empty_fields(site: "JiraSite", project: Project, *, created: str) -> Json:
    """The fields every issue has from its first moment."""
    return {
        "project": project.ref, "created": created, "updated": created, "labels": [], "fixVersions": [],
        "versions": [], "components": [], "resolution": None, "resolutiondate": None, "duedate": None,
        "assignee": None, "description": None, "environment": None, "timetracking": {}, "timespent": None,
        "timeestimate": None, "timeoriginalestimate": None,
        "priority": next((one for one in site.priorities.values() if one["name"] == "Medium"), None),
    }  # fmt: skip


class Human:
    """The deeds of a person named HUMAN_ID unless ``by`` says otherwise. Mixed into JiraSite."""

    def _site(self) -> "JiraSite":
        return cast("JiraSite", self)

    def _by(self, by: str | None) -> str:
        site = self._site()
        if by is None and HUMAN_ID not in site.users:
            site.add_user(HUMAN_ID, "Harriet Human")
        return by or HUMAN_ID

    def edit_issue(self, key: str, by: str | None = None, **fields: Any) -> Json | None:
        """Change fields of an issue; the changelog entry, or None when nothing changed.

        Values are as ``plain_value`` takes them: status, versions, sprint by name, dates as dates, people by account.
        """
        site = self._site()
        with site.lock:
            issue = site.issue(key)
            values = dict(_stored(site, issue, name, value) for name, value in fields.items())
            return edits.change(site, issue, values, by=self._by(by))

    def create_issue(self, project_key: str, summary: str, by: str | None = None, **fields: Any) -> Issue:
        """Create an issue in the project's first status and, without ``issuetype``, its first standard type."""
        site = self._site()
        with site.lock:
            project, author, now = site.project(project_key), self._by(by), site.clock()
            standard = [site.types[one] for one in project.type_ids if site.types[one].get("hierarchyLevel", 0) == 0]
            values = empty_fields(site, project, created=site.stamp(now))
            values |= {"summary": summary, "issuetype": standard[0], "status": site.statuses[project.status_ids[0]]}
            values |= {"reporter": site.users[author], "creator": site.users[author]}
            issue = Issue(str(site.next_id("issue")), new_key(project), project.id, values, now, now, now, now)
            issue.born_at = now
            site.add_issue(issue)
            for name, value in fields.items():
                field_id, stored = _stored(site, issue, name, value)
                edits.change_quietly(site, issue, field_id, stored)
            events.issue_event(site, "jira:issue_created", issue, by=author)
            return issue

    def delete_issue(self, key: str, by: str | None = None) -> None:
        """Delete an issue for good: its links, comments and worklogs go with it."""
        site = self._site()
        with site.lock:
            issue = site.issue(key)
            events.issue_event(site, "jira:issue_deleted", issue, by=self._by(by))
            for link in issue.links:
                for end in (link.outward_id, link.inward_id):
                    if end in site.issues and end != issue.id:
                        site.issues[end].links.remove(link)
            for worklog in issue.worklogs:
                site.deleted_worklogs.append((worklog["id"], site.clock()))
            for child in site.children.pop(issue.id, []):
                site.issues[child].parent_id = None
            if issue.parent_id:
                site.children[issue.parent_id].remove(issue.id)
            del site.issues[issue.id]
            site.ids_by_key = {one: number for one, number in site.ids_by_key.items() if number != issue.id}

    def move_issue(self, key: str, project_key: str, by: str | None = None) -> Issue:
        """Move an issue to another project: a new key, the old one still leads to it."""
        site = self._site()
        with site.lock:
            issue, target = site.issue(key), site.project(project_key)
            source = site.projects[issue.project_id]
            old_key, issue.key, issue.project_id = issue.key, new_key(target), target.id
            site.ids_by_key[issue.key] = issue.id
            issue.fields |= {"project": target.ref, "fixVersions": [], "versions": []}
            items = [
                edits.item("project", "project", (source.id, source.name), (target.id, target.name)),
                edits.item(None, "Key", (None, old_key), (None, issue.key)),
            ]
            now, author = site.clock(), self._by(by)
            history = edits.add_history(site, issue, by=author, at=now, items=items)
            edits.touch(site, issue, now)
            events.issue_event(site, "jira:issue_updated", issue, by=author, history=history, kind="issue_moved")
            return issue

    def add_comment(self, key: str, text: str, by: str | None = None) -> Json:
        """Comment on an issue as a person."""
        site = self._site()
        with site.lock:
            return write_comment(site, site.issue(key), {"body": adf(text)}, by=self._by(by))

    def link_issues(self, outward_key: str, inward_key: str, type_name: str = "Blocks") -> IssueLink:
        """Link two issues: for "Blocks" the first blocks the second. The history of both tells of it."""
        site = self._site()
        with site.lock:
            type_ = next(one for one in site.link_types.values() if one["name"] == type_name)
            outward, inward = site.issue(outward_key), site.issue(inward_key)
            link = IssueLink(str(site.next_id("link")), type_["id"], outward.id, inward.id)
            site.add_link(link)
            for issue, other, verb in ((outward, inward, type_["outward"]), (inward, outward, type_["inward"])):
                words = f"This work item {verb} {other.key}"
                items = [edits.item("issuelinks", "Link", (None, None), (other.key, words))]
                edits.add_history(site, issue, by=self._by(None), at=site.clock(), items=items)
                edits.touch(site, issue, site.clock())
            events.link_event(site, "issuelink_created", link)
            return link

    def edit_version(self, project_key: str, name: str, **changes: Any) -> Json:
        """Change a version (name, startDate, releaseDate, released, archived); no issue's history tells of it."""
        site = self._site()
        with site.lock:
            version = find_version(site, project_key, name)
            was_released = version.get("released")
            version |= {k: v.isoformat() if isinstance(v, date) else v for k, v in changes.items()}
            events.version_event(site, "jira:version_updated", version)
            if changes.get("released") and not was_released:
                events.version_event(site, "jira:version_released", version)
            return version

    def close_sprint(self, sprint_id: int) -> Json:
        """Complete a sprint now."""
        site = self._site()
        with site.lock:
            site.sprints[sprint_id] |= {"state": "closed", "completeDate": utc_stamp(site.clock())}
            events.sprint_event(site, "sprint_closed", site.sprints[sprint_id])
            return site.sprints[sprint_id]

    def spoil_issue(self, key: str, **raw: Any) -> None:
        """Put values into an issue that no Jira should hold (``duedate="soon"``): a malformed item."""
        site = self._site()
        with site.lock:
            issue = site.issue(key)
            issue.fields |= raw or {"duedate": "soon"}
            edits.touch(site, issue, site.clock())


def new_key(project: Project) -> str:
    project.next_number += 1
    return f"{project.key}-{project.next_number - 1}"


def find_version(site: "JiraSite", project_key: str, name: str) -> Json:
    """The version of a project by name. Raises KeyError."""
    for version in site.project_versions(site.project(project_key).id):
        if version["name"] == name:
            return version
    raise KeyError(f"{project_key} has no version {name!r}")


def write_comment(site: "JiraSite", issue: Issue, wanted: Json, *, by: str) -> Json:
    """Append a comment with ADF ``body``, optional ``visibility``; sends ``comment_created``."""
    now = site.clock()
    author = site.users[by]
    comment: Json = {"id": str(site.next_id("comment")), "author": author, "updateAuthor": author}
    comment |= {"body": wanted["body"], "created": site.stamp(now), "updated": site.stamp(now), "jsdPublic": True}
    if wanted.get("visibility"):
        comment["visibility"] = wanted["visibility"]
    issue.comments.append(comment)
    site.comment_owner[comment["id"]] = issue.id
    site.comment_properties[comment["id"]] = {one["key"]: one["value"] for one in wanted.get("properties") or ()}
    edits.touch(site, issue, now)
    site.note("comment_new", issue, by=by, mail=True)
    events.comment_event(site, "comment_created", issue, comment)
    return comment


def _stored(site: "JiraSite", issue: Issue, name: str, value: Any) -> tuple[str, Any]:
    """A person's word for a field and value as the field's id and the value as it is kept."""
    field_id = "fixVersions" if name == "version" else name
    if field_id == "sprint":
        field_id = next(one.id for one in site.fields.values() if one.kind == "gh-sprint")
        return field_id, [one for one in site.sprints.values() if one["name"] == value]
    if field_id == "fixVersions":
        names = [value] if isinstance(value, str) else value or ()
        return field_id, [find_version(site, site.projects[issue.project_id].key, one) for one in names]
    if field_id == "parent" and value is not None:
        return field_id, site.issue(value).id
    if isinstance(value, datetime):
        return field_id, site.stamp(value)
    if isinstance(value, date):
        return field_id, value.isoformat()
    if field_id == "assignee" and value is not None:
        return field_id, site.users[value]
    if isinstance(value, str) and field_id in ("status", "priority", "issuetype"):
        return field_id, _by_name(site, issue, field_id, value)
    if isinstance(value, str) and field_id == "description":
        return field_id, adf(value)
    field = site.fields[field_id]
    if isinstance(value, str) and field.kind == "select":
        context = site.context_of(field, issue)
        options = field.options[context.id] if context else []
        return field_id, next(one for one in options if one["value"] == value)
    return field_id, value


def _by_name(site: "JiraSite", issue: Issue, field_id: str, name: str) -> Json:
    project = site.projects[issue.project_id]
    offered = {
        "status": [site.statuses[one] for one in project.status_ids],
        "issuetype": [site.types[one] for one in project.type_ids],
        "priority": list(site.priorities.values()),
    }[field_id]
    return next(one for one in offered if one["name"] == name)
