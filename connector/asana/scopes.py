"""What an OAuth app with granular scopes can't do: the vendor has no scope for it.

Source: the security of each operation in the vendor's OpenAPI file; 103 of 247 operations have none.
"""

from collections.abc import Collection

from connector.asana.options import FULL_PERMISSIONS
from model.sync import Problem

NEEDED = (
    "workspaces:read", "users:read", "projects:read", "projects:write", "tasks:read", "tasks:write", "portfolios:read",
    "portfolios:write", "custom_fields:read", "custom_fields:write", "stories:read", "stories:write", "goals:read",
    "webhooks:read", "webhooks:write", "webhooks:delete", "time_tracking_entries:read",
)
UNCOVERED = (
    "status updates (read and write)", "sections", "events, so that every sync reads by date", "goal relationships",
    "budgets and allocations",
)
FULL = "Give the app full permissions in Asana's developer console, set scopes: [default], and log in again."


def problems(scopes: Collection[str]) -> list[Problem]:
    """What the configured or granted scopes leave out; nothing for full permissions."""
    if not scopes or FULL_PERMISSIONS in scopes:
        return []
    found = [Problem(what=f"Granular scopes do not cover {'; '.join(UNCOVERED)}.", fix=FULL, fatal=False)]
    lacking = [scope for scope in NEEDED if scope not in scopes]
    if lacking:
        found.append(Problem(
            what=f"The app lacks the scope {' '.join(lacking)}.",
            fix="Add it in Asana's developer console and to auth.scopes, and log in again; or use full permissions.",
            fatal=False,
        ))
    return found
