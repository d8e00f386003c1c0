"""Values from files, so that a password need not stand in the environment."""

from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from lms.environment import Env


def test_a_value_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgres://waypost:secret@db/waypost\n")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    found = Env().db_url("DATABASE_URL", default="sqlite:///x")
    assert (found["NAME"], found["PASSWORD"], found["HOST"]) == ("waypost", "secret", "db")


def test_the_value_itself_goes_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://here")
    monkeypatch.setenv("REDIS_URL_FILE", str(tmp_path / "none"))
    assert Env().str("REDIS_URL") == "redis://here"


def test_a_file_of_one_value_is_not_that_of_another(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("one")
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "key"))
    monkeypatch.delenv("SECRET_KEY", raising=False)
    env = Env()
    assert env.secret("SECRET_KEY", kept_in=tmp_path / "kept") == "one"
    assert env.str("REVISION", default="none") == "none"
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize("text", [None, " \n"])
def test_a_file_without_a_value_is_an_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str | None
) -> None:
    path = tmp_path / "key"
    if text is not None:
        path.write_text(text)
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(path))
    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY_FILE"):
        Env().secret("SECRET_KEY", kept_in=tmp_path / "kept")


def test_a_secret_is_made_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.delenv("SECRET_KEY_FILE", raising=False)
    made = Env().secret("SECRET_KEY", kept_in=tmp_path / "kept")
    assert len(made) > 40
    assert Env().secret("SECRET_KEY", kept_in=tmp_path / "kept") == made


@pytest.mark.parametrize("seconds", ["0", "-3"])
def test_no_time_to_wait_is_an_error(monkeypatch: pytest.MonkeyPatch, seconds: str) -> None:
    """To a driver 0 means for ever."""
    monkeypatch.setenv("CONNECT_TIMEOUT", seconds)
    with pytest.raises(ImproperlyConfigured, match="CONNECT_TIMEOUT"):
        Env().seconds("CONNECT_TIMEOUT", 3)
