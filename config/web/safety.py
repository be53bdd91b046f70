"""What a browser is told about every answer of ours, and what it must say of itself before we do what it asks."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from flask import Request, Response

from config.logins import LoginRules

LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
_FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip", "Via")
_PROXIES_SPEAK = "HTTP/1.0"
"""What nginx speaks to a server behind it where it is not told otherwise: no browser does, and it tells of itself in no header,
with our own name in place of the one that was asked for."""
STRICT_TRANSPORT = "max-age=31536000"


def tell(response: Response, *, secure: bool) -> Response:
    """Put on an answer what its browser is to keep to. What a view said itself stays."""
    said = {name.lower() for name, _ in response.headers}
    response.headers.extend([(name, value) for name, value in HEADERS.items() if name.lower() not in said])
    if secure:
        response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
    return response


def host_of(request: Request) -> str:
    """The name that the browser asked for, without its port."""
    return (urlsplit(f"//{request.host}").hostname or "").rstrip(".").lower()


def is_ours(host: str, rules: LoginRules, public_url: str | None, *, login: bool) -> bool:
    """Whether the page answers under a name.

    A name that was re-bound to our address would make another site's script "same origin": only names that we know are
    answered. Where nobody has to log in (``login`` False) these are the names of this machine alone.
    """
    if host in LOOPBACK_NAMES:
        return True
    known = {one.strip("[]") for one in rules.hosts} | ({urlsplit(public_url).hostname or ""} if public_url else set())
    return login and host in known


def same_origin(request: Request, public_url: str | None) -> bool:
    """Browsers name the origin of every form they post; what names none was not sent by a page of ours."""
    origin = urlsplit(request.headers.get("Origin") or request.headers.get("Referer") or "")
    if not origin.netloc:
        return False
    public = urlsplit(public_url or "")
    return origin.netloc == request.host or (origin.scheme, origin.netloc) == (public.scheme, public.netloc)


def is_no_browser(request: Request) -> bool:
    """Whether a program sends this: every browser says where a page of another site sends something from."""
    return not any(name in request.headers for name in ("Origin", "Referer", "Sec-Fetch-Site", "Cookie"))


def is_secure(request: Request, rules: LoginRules) -> bool:
    """Whether cookies may go over https only: always, but for http on this machine itself."""
    forwarded = rules.proxies > 0 and request.headers.get("X-Forwarded-Proto", "").split(",")[-1].strip() == "https"
    return request.is_secure or forwarded or host_of(request) not in LOOPBACK_NAMES


def address_of(request: Request, rules: LoginRules) -> str:
    """Where a request comes from: what the outermost of our own proxies saw, and never what the sender wrote itself."""
    seen = [one.strip() for one in ",".join(request.headers.getlist("X-Forwarded-For")).split(",") if one.strip()]
    if rules.proxies and len(seen) >= rules.proxies:
        return _without_port(seen[-rules.proxies])
    return request.remote_addr or ""


def _without_port(seen: str) -> str:
    """An address as some proxies tell it, with the port that it is seen from: that is another one at each try."""
    if seen.startswith("["):
        return seen[1:].partition("]")[0]
    return seen.partition(":")[0] if seen.count(":") == 1 else seen


def came_through(request: Request) -> bool:
    """Whether a proxy has passed a request on, as far as that shows."""
    return request.environ.get("SERVER_PROTOCOL") == _PROXIES_SPEAK or any(name in request.headers for name in _FORWARDED)


def is_at_the_machine(request: Request) -> bool:
    """Whether a request comes from this machine and went through no proxy, whatever name it asks for: the name is the
    sender's to choose, and behind a proxy on this machine everybody's address is its own."""
    if came_through(request):
        return False
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def may_monitor(request: Request, rules: LoginRules) -> bool:
    """Whether the figures may be read without a login: from this machine itself, and from where the rules say.

    What came through a proxy that the rules don't know of comes from anywhere.
    """
    if not rules.proxies and came_through(request):
        return False
    try:
        address = ip_address(address_of(request, rules))
    except ValueError:
        return False
    return address.is_loopback or any(address in network for network in rules.metrics_from)
