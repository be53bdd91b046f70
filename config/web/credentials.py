"""What the configuration tells of each connection's tool and credential, without the credential."""

from config.configuration import Configuration
from service.running import Credential, day_of


def credentials(configuration: Configuration) -> dict[str, Credential]:
    """By connection: its tool, and the last day of its credential where it is known."""
    found = {}
    for name, settings in configuration.connections.items():
        auth = settings.options.get("auth")
        expires = auth.get("expires") if isinstance(auth, dict) else None
        found[name] = Credential(settings.tool, day_of(expires))
    return found
