"""Answers in gzip for browsers that take it: pages are tables of much the same words, a tenth of their size is enough."""

import gzip

from flask import Flask, Response, request

LEAST_BYTES = 1_000
LEVEL = 5
"""Beyond it a page takes twice the time and loses a hundredth of its size."""
_TEXT = ("text/", "application/json", "application/javascript", "application/problem+json", "image/svg+xml")


_PROGRAMS = "/api/"
"""Programs give the tag of what they read back as If-Match, where the weak tag of compressed bytes never counts."""


def compress(app: Flask) -> None:
    """Compress texts on their way out. What a browser holds already (304), streams and files of other kinds stay."""

    @app.after_request
    def compressed(response: Response) -> Response:
        if not (response.mimetype or "").startswith(_TEXT) or request.path.startswith(_PROGRAMS):
            return response
        response.vary.add("Accept-Encoding")
        if response.status_code != 200 or "Content-Encoding" in response.headers or not accepts_gzip():
            return response
        if response.is_streamed and not response.direct_passthrough:
            return response
        response.direct_passthrough = False
        body = response.get_data()
        if len(body) < LEAST_BYTES:
            return response
        # The same moment in every header: what did not change is the same bytes again.
        response.set_data(gzip.compress(body, LEVEL, mtime=0))
        response.headers["Content-Encoding"] = "gzip"
        tag, weak = response.get_etag()
        if tag and not weak:
            response.set_etag(tag, weak=True)  # the compressed bytes are others than those the tag was made of
        return response


def accepts_gzip() -> bool:
    """Whether who asks takes answers in gzip."""
    return request.accept_encodings.quality("gzip") > 0
