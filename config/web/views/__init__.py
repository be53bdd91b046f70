"""The pages, a file a subject. A file is found by being here: it has ``add(pages, site)`` and ``PLACES`` for the menu."""
