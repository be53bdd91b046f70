"""Which of the sites that an OAuth login opens is the configured one."""

from typing import Any

from connector.sdk.redaction import redact_url
from model.errors import ConnectionUnusableError


def cloud_id_of(resources: Any, site_url: str, *, where: str) -> str:
    """The cloud id of a site in the gateway's list of accessible resources.

    Raises ConnectionUnusableError naming the sites that the login does open.
    """
    sites = {str(one.get("url", "")).rstrip("/").lower(): str(one["id"]) for one in resources if one.get("id")}
    found = sites.get(site_url.rstrip("/").lower())
    if found is not None:
        return found
    known = ", ".join(redact_url(url) for url in sites) or "none"
    raise ConnectionUnusableError(
        f"The login does not open {redact_url(site_url)}.", where=where, reason="site_not_granted",
        fix=f"Log in again and choose it (bellwether login {where}), or set url to one that it opens: {known}.",
    )
