"""``/api/v1``: the same things as the pages, for programs. Calls ``service`` only; described by itself at ``openapi.json``."""
