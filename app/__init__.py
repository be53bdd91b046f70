"""The composition root and people's edges: command line, web server, background work. Known by nobody below."""

VERSION = "0.1.0"
