"""What a connection to a shelf may say in the configuration, and what ``init`` asks for."""

from pydantic import BaseModel, ConfigDict, ValidationError

from connector.sdk.base import ConnectionSettings
from connector.sdk.questions import Questions
from model.errors import UsageError

QUESTIONS = Questions(auth_type="key", url="https://shelf.example")


class Auth(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    type: str
    token: str


class ShelfOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    auth: Auth
    webhook_secret: str | None = None


def read_options(settings: ConnectionSettings) -> ShelfOptions:
    """The checked options. Raises UsageError naming the key that is wrong."""
    try:
        return ShelfOptions.model_validate(settings.options)
    except ValidationError as exc:
        key = ".".join(str(part) for part in exc.errors()[0]["loc"])
        raise UsageError(
            f"{key}: {exc.errors()[0]['msg']}.", where=f"connections.{settings.name}.{key}",
            fix="A shelf has url and auth: {type: key, token: …}.",
        ) from None
