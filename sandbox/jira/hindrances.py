"""What people do to the places that others write to: lock them, serve customers there, change or take away choices."""

from typing import TYPE_CHECKING, Any, cast

from sandbox.jira import edits, events
from sandbox.jira.records import Json
from sandbox.jira.shapes import adf

if TYPE_CHECKING:
    from sandbox.jira.site import JiraSite


class Hindrances:
    """Deeds of administrators and colleagues. Mixed into JiraSite."""

    def _here(self) -> "JiraSite":
        return cast("JiraSite", self)

    def serve_customers(self, key: str) -> None:
        """Make a project one of service management: customers read the comments of its issues."""
        site = self._here()
        with site.lock:
            project = site.project(key)
            project.kind = project.ref["projectTypeKey"] = "service_desk"

    def lock_issue(self, key: str, *, locked: bool = True) -> None:
        """Put an issue into (or out of) a workflow step in which nobody may edit it."""
        site = self._here()
        with site.lock:
            number = site.issue(key).id
            (site.locked_issue_ids.add if locked else site.locked_issue_ids.discard)(number)

    def delete_option(self, field_id: str, value: str) -> None:
        """Delete a choice of a field; issues that had it have none any more."""
        site = self._here()
        with site.lock:
            field = site.field(field_id)
            for options in field.options.values():
                options[:] = [one for one in options if one["value"] != value]
            for issue in site.issues.values():
                chosen = issue.fields.get(field_id)
                if isinstance(chosen, dict) and chosen.get("value") == value:
                    issue.fields[field_id] = None

    def replace_option(self, field_id: str, value: str) -> str:
        """Delete a choice and make one of the same words; its new id."""
        site = self._here()
        with site.lock:
            self.delete_option(field_id, value)
            number = str(site.next_id("option"))
            for options in site.field(field_id).options.values():
                options.append({"id": number, "value": value})
            return number

    def take_off_screen(self, project_key: str, field_id: str) -> None:
        """Take a field off the screen that a project's issues are edited on."""
        site = self._here()
        with site.lock:
            for tab in site.screens[site.project(project_key).screen_id].tabs:
                tab.field_ids = [one for one in tab.field_ids if one != field_id]

    def edit_comment(self, key: str, comment_id: str, text: str, by: str | None = None) -> Json:
        """Change the words of anybody's comment as a person."""
        site = self._here()
        with site.lock:
            issue, author = site.issue(key), site._by(by)
            comment: Json = next(one for one in issue.comments if one["id"] == comment_id)
            now = site.clock()
            comment |= {"body": adf(text), "updated": site.stamp(now), "updateAuthor": site.users[author]}
            edits.touch(site, issue, now)
            site.note("comment_edit", issue, by=author, mail=True)
            events.comment_event(site, "comment_updated", issue, comment)
            return comment

    def delete_comment(self, key: str, comment_id: str, by: str | None = None) -> None:
        """Delete anybody's comment as a person."""
        site = self._here()
        with site.lock:
            issue, author = site.issue(key), site._by(by)
            comment: Any = next(one for one in issue.comments if one["id"] == comment_id)
            forget_comment(site, key, comment)
            site.note("comment_delete", issue, by=author, mail=False)


def forget_comment(site: "JiraSite", key: str, comment: Json) -> None:
    """Take a comment away with its properties; sends ``comment_deleted``."""
    issue = site.issue(key)
    issue.comments.remove(comment)
    site.comment_owner.pop(comment["id"], None)
    site.comment_properties.pop(comment["id"], None)
    edits.touch(site, issue, site.clock())
    events.comment_event(site, "comment_deleted", issue, comment)
