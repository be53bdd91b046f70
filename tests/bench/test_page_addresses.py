"""The benchmark of pages measures pages: each of its addresses answers with one."""

from pathlib import Path

from bench.page_addresses import pages_of
from bench.page_readers import readers
from bench.page_tool import with_tool
from bench.page_world import configuration
from bench.pages import browser, filled, served
from bench.rollup import opened

PROJECTS, ITEMS = 21, 2


def test_every_address_that_is_measured_answers_with_a_page(tmp_path: Path) -> None:
    db = opened(f"sqlite:///{tmp_path / 'bench.db'}")
    db.upgrade()
    plain = configuration(tmp_path, PROJECTS)
    workspace = with_tool(filled(db, PROJECTS, ITEMS), plain)
    everything = readers(workspace)[0]
    app = served(workspace, plain)
    client, pages = browser(app, everything), pages_of(app, workspace, everything)[0]
    answers = {page.title: client.get(page.addresses[0], headers={"Host": "localhost"}).status_code for page in pages}
    db.close()
    assert len(answers) > 100
    assert {title: status for title, status in answers.items() if status != 200} == {}
