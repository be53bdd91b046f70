"""A fake Jira Data Center: the same site as the Cloud fake, served as REST v2 of a server behind a context path.

People have names and keys, texts are wiki markup, sprints are strings, an epic is named in Epic Link, a search ends
at its result window, and a changelog comes only with its issue. Sources: the vendor's Data Center documentation and
articles, payloads of real servers. ``app.create_app`` is the HTTP surface, ``state.Server`` what a test may change.
"""
