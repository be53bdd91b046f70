"""What keeps a page without a login safe on one's own machine: loopback names only, own-origin forms, a strict CSP."""

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, request

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "[::1]"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def protect(pages: Blueprint) -> None:
    """Refuse what another site could send through a browser, and tell the browser what a page may load."""

    @pages.before_request
    def only_our_own() -> None:
        # A name that was re-bound to 127.0.0.1 would make another site's script "same origin": refuse the name.
        host = urlsplit(f"//{request.host}").hostname or ""
        if host not in LOOPBACK_NAMES and f"[{host}]" not in LOOPBACK_NAMES:
            abort(403, "This page has no login yet and answers on this machine only.")
        if request.method != "GET" and not _same_origin():
            abort(403, "The form did not come from this page.")

    @pages.after_request
    def told(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


def _same_origin() -> bool:
    """Browsers name the origin of every form they post; what names none was not sent by a page of ours."""
    origin = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return urlsplit(origin).netloc == request.host
