"""What stands at a board, and writing it."""

from model.push import HealthMessage, HealthRole, PresentState
from model.tree import Target

from .client import Json, ShelfClient


def present(client: ShelfClient, target: Target) -> PresentState:
    document = client.look()
    if target.value not in {one["id"] for one in document["boards"]}:
        return PresentState(missing=f"There is no board {target.value}.")
    return PresentState(fields=document["shown"].get(target.value) or dict.fromkeys(HealthRole))


def write_fields(client: ShelfClient, target: Target, message: HealthMessage) -> None:
    written = {
        HealthRole.HEALTH: message.band.value, HealthRole.SCORE: message.score, HealthRole.REASON: message.reason
    }

    def deed(document: Json) -> None:
        document["shown"][target.value] = {role.value: value for role, value in written.items()}

    client.change(deed)
