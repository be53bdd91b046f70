"""What the API answers, a file a subject. A file is found by being here: it has ``ENDPOINTS``."""
