"""What somebody tries who may look, may edit or may administer, but does not own the machine."""

import re

from tests.support.lodge import Lodge, post


def test_an_admin_of_the_page_makes_it_read_no_secret_of_the_machine(house: Lodge) -> None:
    admin, path = house.enter("admin"), house.scene.path
    before = path.read_text()
    for other in ("env:HOME", "file:/etc/passwd", "file:/proc/self/environ", "stored:acme/token"):
        text = re.sub(r'token: "env:[A-Z_]*"', f'token: "{other}"', before, count=1)
        assert text != before
        answer = post(admin, "/settings/file", {"base": "", "text": text, "do": "save"})
        assert (answer.status_code, path.read_text()) == (422, before)
        assert "names no secret that does not stand in the file already" in answer.text
        form = {"url": "https://evil.example", "auth.email": "a@b.example", "auth.token": other, "name": "evil"}
        answer = post(admin, "/connections/new?tool=jira", form)
        assert (answer.status_code, path.read_text()) == (422, before)
    moved = re.sub(r"http://127\.0\.0\.1:\d+", "https://evil.example", before)
    answer = post(admin, "/settings/file", {"base": "", "text": moved, "do": "save"})
    assert (answer.status_code, path.read_text()) == (422, before)
    assert post(admin, "/settings/file", {"base": "", "text": f"database: sqlite:///other.db\n{before}"}).status_code == 422
