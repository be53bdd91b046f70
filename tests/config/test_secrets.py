"""Secrets by reference: read, or refused without being shown."""

from pathlib import Path

import pytest

from config.secrets import secret_reader
from connector.sdk.base import SecretReader
from model.errors import UsageError


def reader(base: Path, *, allow_plain: bool = False) -> SecretReader:
    environment = {"TOKEN": "s3cret", "EMPTY": ""}
    return secret_reader(base=base, environment=environment, allow_plain=allow_plain, where=lambda _: "c.yaml:3")


def test_a_variable_is_read(tmp_path: Path) -> None:
    assert reader(tmp_path)("env:TOKEN") == "s3cret"


def test_a_file_is_read_from_the_configurations_folder_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(" s3 cret \r\n")
    assert reader(tmp_path)("file:token") == " s3 cret "
    assert reader(Path("/nowhere"))(f"file:{tmp_path / 'token'}") == " s3 cret "


@pytest.mark.parametrize(
    ("reference", "what"),
    [
        ("env:NOPE", "NOPE is not set"),
        ("env:EMPTY", "EMPTY is empty"),
        ("file:nope", "is not there"),
        ("file:.", "can't be read"),
        ("file:binary", "not UTF-8"),
        ("file:empty", "is empty"),
        ("hunter2", "stands in the configuration itself"),
    ],
)
def test_what_is_missing_is_named(reference: str, what: str, tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xff")
    with pytest.raises(UsageError, match=what) as caught:
        reader(tmp_path)(reference)
    assert caught.value.fix
    assert "hunter2" not in str(caught.value)


def test_the_place_of_the_reference_is_given(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as caught:
        reader(tmp_path)("env:NOPE")
    assert caught.value.where == "c.yaml:3"


def test_a_literal_is_read_only_where_allowed(tmp_path: Path) -> None:
    assert reader(tmp_path, allow_plain=True)("hunter2") == "hunter2"
