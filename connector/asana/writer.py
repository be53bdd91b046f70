"""What we write into Asana, and what stands there now. Nothing but our fields, our comment, our status updates."""

from collections.abc import Callable
from datetime import datetime

from connector.asana.client import AsanaClient
from connector.asana.comments import Comments
from connector.asana.field_writer import FieldWriter
from connector.asana.present import Present
from connector.asana.status_updates import StatusUpdates
from connector.asana.vocabulary import plain
from model.health import Band


class Writer:
    """Reads and writes targets, a part of it for each thing that is written."""

    def __init__(self, client: AsanaClient, now: Callable[[], datetime], own_account: Callable[[], str]) -> None:
        """``own_account`` gives the vendor id of the account we act as."""
        self.present = Present(client, own_account)
        self.fields = FieldWriter(client)
        self.comments = Comments(client, own_account)
        self.status_updates = StatusUpdates(client, now, own_account)


def band_of_option(name: str) -> Band | None:
    """The band an option of the health field stands for, by its name."""
    return next((band for band in Band if plain(band.words) == plain(name)), None)
