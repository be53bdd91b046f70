"""``uow.records``: the normalised records, written and read."""

from store.project_reads import ProjectReader
from store.records_write import RecordWriter


class RecordRepository(RecordWriter, ProjectReader):
    """Saves batches of records and answers what was known when."""
