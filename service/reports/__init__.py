"""Status reports: what stands in one (``content``), and one file a format."""
