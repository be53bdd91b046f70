"""The tree editor as a browser uses it: forms as the page gave them, sent back with what was typed."""

import html
import re
from dataclasses import dataclass
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from config.places import parse
from tests.support.scene import Scene

OWN = {"Origin": "http://localhost"}


@dataclass
class Desk:
    """The pages, the file behind them, and what a browser does with a form."""

    client: FlaskClient
    scene: Scene

    def get(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, html.unescape(answer.text)
        return html.unescape(answer.text)

    def form(self, path: str, action: str) -> dict[str, Any]:
        """The fields of a form as the page gave them."""
        page = self.client.get(path).text
        found = re.search(rf'<form[^>]*method="post" action="{re.escape(action)}".*?</form>', page, re.S)
        assert found, f"{path} has no form to {action}"
        return fields(found[0])

    def post(self, path: str, typed: dict[str, Any], status: int = 303) -> TestResponse:
        answer = self.client.post(path, data=typed, headers=OWN)
        said = re.findall(r'role="alert">([^<]+)|class="fault"[^>]*>([^<]+)', html.unescape(answer.text))
        assert answer.status_code == status, said or html.unescape(answer.text)[-1500:]
        return answer

    def change(self, id_: str, status: int = 303, **typed: Any) -> TestResponse:
        """Change fields of an entry's form: looked at first, as a person has to."""
        filled = self.form(f"/tree/{id_}", f"/tree/{id_}") | {key.replace("__", "."): value for key, value in typed.items()}
        answer = self.client.post(f"/tree/{id_}", data={**filled, "do": "save"}, headers=OWN)
        looked = re.search(r'name="looked" value="(\w+)"', answer.text)
        if answer.status_code == 200 and looked:
            return self.post(f"/tree/{id_}", {**filled, "do": "save", "looked": looked[1]}, status)
        assert answer.status_code == status, html.unescape(answer.text)
        return answer

    @property
    def portfolios(self) -> Any:
        return parse(self.scene.path.read_text(), "x")[0]["portfolios"]

    @property
    def projects(self) -> list[Any]:
        found: list[Any] = self.portfolios[0]["programs"][0]["projects"]
        return found


def fields(form: str) -> dict[str, Any]:
    """What a browser sends of a form as it stands."""
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checkbox" not in tag or " checked" in tag):
            found[name[1]] = html.unescape(value[1]) if value else ""
    for name_, body in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.S):
        options = re.findall(r"<option([^>]*)>([^<]*)", body)
        chosen = next(((a, t) for a, t in options if "selected" in a), options[0] if options else ("", ""))
        value = re.search(r'value="([^"]*)"', chosen[0])
        found[name_] = html.unescape(value[1] if value else chosen[1])
    for name_, body in re.findall(r'<textarea name="([^"]+)"[^>]*>(.*?)</textarea>', form, re.S):
        found[name_] = html.unescape(body)
    return found
