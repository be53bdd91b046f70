"""A provider of OpenID Connect for tests: its own server with signed tokens, and ways to lie."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server
from werkzeug.wrappers import Response as Answer

CLIENT, SECRET = "bellwether", "the secret of the client, long enough to be found in a page"
Change = Callable[[dict[str, Any]], None]


def _nothing(_claims: dict[str, Any]) -> None:
    """Tell the truth."""


@dataclass
class Provider:
    """``user``: the claims of whoever logs in next; ``lie``: changes a token before it is signed; ``key``: signs it."""

    url: str = ""
    user: dict[str, Any] = field(default_factory=lambda: {"sub": "u1", "email": "ada@acme.example", "groups": ["staff"]})
    lie: Change = _nothing
    metadata: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signing: RSAKey | None = None
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    only_in_userinfo: tuple[str, ...] = ()

    def app(self) -> Flask:
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self._configuration)
        app.add_url_rule("/authorize", view_func=self._authorize)
        app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        app.add_url_rule("/keys", view_func=self._keys)
        app.add_url_rule("/userinfo", view_func=self._userinfo)
        return app

    def _configuration(self) -> Response:
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }
        return jsonify(told | self.metadata)

    def _authorize(self) -> Answer:
        """Whoever comes is logged in at once."""
        code = hashlib.sha256(request.query_string).hexdigest()
        self.asked[code] = dict(request.args)
        return redirect(request.args["redirect_uri"] + "?" + urlencode({"code": code, "state": request.args["state"]}))

    def _token(self) -> Response | tuple[Response, int]:
        asked = self.asked.pop(request.form["code"], None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET.replace(' ', '+')}".encode()).decode()
        verifier = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        plain = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        known = request.headers.get("Authorization") in (f"Basic {basic}", f"Basic {plain}")
        if asked is None or not known or asked.get("code_challenge") != challenge:
            return jsonify(error="invalid_grant"), 400
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": asked["nonce"]}
        claims |= {name: value for name, value in self.user.items() if name not in self.only_in_userinfo}
        self.lie(claims)
        return jsonify(access_token="access", token_type="Bearer", id_token=self._signed(claims))

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.algorithm == "none":
            parts = ({"alg": "none"}, claims)
            return ".".join(base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts) + "."
        key = self.signing or self.key
        return jwt.encode({"alg": self.algorithm, "kid": "one"}, claims, key)

    def _keys(self) -> Response:
        return jsonify(KeySet([self.key]).as_dict(private=False))

    def _userinfo(self) -> Response:
        return jsonify(self.user)


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that answers in a thread of this process."""
    made = Provider()
    server = make_server("127.0.0.1", 0, made.app(), threaded=True)
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
