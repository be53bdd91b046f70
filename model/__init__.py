"""The normalised project model: frozen records, ports and errors. Imports nothing of ours, does no I/O."""
