"""A fake Jira Cloud: one site in memory, its REST API v3 and agile API, its limits, its webhooks and its faults.

It behaves as the vendor's documentation and measurements say, refusals included. It shares no import with the
product. ``site.JiraSite`` is the state, ``app.create_app`` the HTTP surface, ``load.load_company`` fills a site from
a made world; real exports are read by ``sandbox.playback``.
"""
