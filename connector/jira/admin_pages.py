"""Where an administrator clicks: the pages of a Jira site for what no call may do."""

from urllib.parse import quote


class AdminPages:
    """Addresses below a site's root, context path kept."""

    def __init__(self, site_url: str) -> None:
        self._root = site_url.rstrip("/")

    def custom_fields(self) -> str:
        """The list of custom fields."""
        return f"{self._root}/secure/admin/ViewCustomFields.jspa"

    def contexts(self, field_id: str | None) -> str:
        """The contexts and choices of a field; the list of fields for one that is not there yet."""
        number = (field_id or "").removeprefix("customfield_")
        if not number.isdigit():
            return self.custom_fields()
        return f"{self._root}/secure/admin/ConfigureCustomField!default.jspa?customFieldId={number}"

    def screen(self, screen_id: int) -> str:
        return f"{self._root}/secure/admin/ConfigureFieldScreen.jspa?id={screen_id}"

    def project_screens(self, key: str) -> str:
        """Which screens a company-managed project uses."""
        return f"{self._root}/plugins/servlet/project-config/{quote(key)}/screens"

    def team_fields(self, key: str, kind: str, type_id: str) -> str:
        """The fields of one work type of a team-managed project. ``kind``: the project's type key."""
        area = {"service_desk": "servicedesk", "business": "core"}.get(kind, "software")
        page = "request-types" if kind == "service_desk" else f"issuetypes/{quote(type_id)}"
        return f"{self._root}/jira/{area}/projects/{quote(key)}/settings/{page}"

    def permissions(self, key: str) -> str:
        """Who may do what in a project."""
        return f"{self._root}/plugins/servlet/project-config/{quote(key)}/permissions"

    def issue(self, key: str) -> str:
        return f"{self._root}/browse/{quote(key)}"
