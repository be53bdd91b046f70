"""How things leave a site, or stop being shown: archived, deleted into the trash, hidden, kept for a few. And back."""

from typing import TYPE_CHECKING, cast

from sandbox.jira import edits
from sandbox.jira.records import Project

if TYPE_CHECKING:
    from sandbox.jira.site import JiraSite

SECURITY_LEVEL = {"id": "10100", "name": "Board only", "description": "Shown to the board"}


class Departures:
    """What administrators do. Mixed into JiraSite."""

    def _of(self) -> "JiraSite":
        return cast("JiraSite", self)

    def archive_issue(self, key: str) -> None:
        """Archive one issue: no search shows it any more, its own address does, with the date."""
        site = self._of()
        with site.lock:
            issue = site.issue(key)
            issue.fields["archiveddate"] = site.stamp(site.clock())
            site.archived_issue_ids.add(issue.id)

    def restore_issue(self, key: str) -> None:
        """Take an issue out of the archive."""
        site = self._of()
        with site.lock:
            issue = site.issue(key)
            issue.fields.pop("archiveddate", None)
            site.archived_issue_ids.discard(issue.id)

    def archive_project(self, key: str) -> None:
        """Archive a project with all it holds."""
        self._any_project(key).archived = True

    def delete_project(self, key: str) -> None:
        """Delete a project into the trash, from which it can be restored."""
        self._any_project(key).deleted = True

    def restore_project(self, key: str) -> None:
        """Take a project out of the archive or the trash."""
        project = self._any_project(key)
        project.archived = project.deleted = False

    def hide_project(self, key: str) -> None:
        """Take the account's right to browse a project: it sees nothing of it any more."""
        self._of().hidden_project_ids.add(self._any_project(key).id)

    def show_project(self, key: str) -> None:
        """Give the account its right to browse a project back."""
        self._of().hidden_project_ids.discard(self._any_project(key).id)

    def use_security(self, key: str) -> None:
        """Give a project an issue security scheme: some of its issues may be kept for a few."""
        self._of().secured_project_ids.add(self._any_project(key).id)

    def secure_issue(self, key: str, *, shown: bool = False) -> None:
        """Put a security level on an issue; the account still sees it only when ``shown``."""
        site = self._of()
        with site.lock:
            issue = site.issue(key)
            site.secured_project_ids.add(issue.project_id)
            issue.fields["security"] = SECURITY_LEVEL
            edits.touch(site, issue, site.clock())
            if not shown:
                site.hidden_issue_ids.add(issue.id)

    def _any_project(self, key: str) -> Project:
        return next(one for one in self._of().projects.values() if one.key == key)
