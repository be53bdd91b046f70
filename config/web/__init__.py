"""The web page: server-rendered, no script needed, everything vendored. Calls ``service`` only."""
