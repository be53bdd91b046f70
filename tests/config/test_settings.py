"""The environment's settings."""

from pathlib import Path

import pytest

from config.settings import read_settings
from model.errors import UsageError


def test_nothing_set_gives_the_defaults() -> None:
    settings = read_settings({"BELLWETHER_LOG": "", "BELLWETHER_CONFIG": ""})
    assert settings.config_path(None) == Path("bellwether.yaml")
    assert (settings.log, settings.allowed_hosts, settings.database_url, settings.secret_key) == (
        "human",
        (),
        None,
        None,
    )


def test_the_option_wins_over_the_environment() -> None:
    settings = read_settings({"BELLWETHER_CONFIG": "/etc/b.yaml"})
    assert settings.config_path(None) == Path("/etc/b.yaml")
    assert settings.config_path(Path("x.yaml")) == Path("x.yaml")


def test_hosts_are_listed_with_commas() -> None:
    settings = read_settings({"BELLWETHER_ALLOWED_HOSTS": "Jira.corp, 10.0.0.7 ,[fd00::1],"})
    assert settings.allowed_hosts == ("jira.corp", "10.0.0.7", "[fd00::1]")


@pytest.mark.parametrize(
    ("name", "value"), [("BELLWETHER_LOG", "xml"), ("BELLWETHER_ALLOWED_HOSTS", "https://jira.corp/")]
)
def test_a_value_that_can_not_be_used_names_its_variable(name: str, value: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_settings({name: value})
    assert caught.value.where == name


def test_secrets_are_not_shown() -> None:
    settings = read_settings(
        {"BELLWETHER_SECRET_KEY": "hunter2", "BELLWETHER_DATABASE_URL": "postgresql://u:hunter2@h/d"}
    )
    assert settings.secret_key is not None
    assert settings.secret_key.get_secret_value() == "hunter2"
    assert "hunter2" not in repr(settings)
