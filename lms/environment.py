"""Reads settings from the environment: strict, and with secrets from files."""

import os
import re
import secrets
from collections import ChainMap
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE = {"true", "yes", "on", "1"}
FALSE = {"false", "no", "off", "0"}


class Env(environ.Env):
    """django-environ, but a boolean that is neither true nor false is an error.

    Any `NAME` may come from the file that `NAME_FILE` names: passwords do not belong in the
    environment, which is shown to whoever may look at the process.
    """

    def get_value(self, var: str, *args: Any, **kwargs: Any) -> Any:
        """Raises ImproperlyConfigured when the file cannot be read or is empty."""
        read = {}
        if not os.environ.get(var) and (source := os.environ.get(f"{var}_FILE")):
            read[var] = self._read(f"{var}_FILE", source)
        self.ENVIRON = ChainMap(read, os.environ)
        return super().get_value(var, *args, **kwargs)

    @staticmethod
    def _read(name: str, source: str) -> str:
        try:
            value = Path(source).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}: {error}") from error
        if not value:
            raise ImproperlyConfigured(f"{name}: {source} is empty")
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self.str(name, default=str(default)).strip().lower()
        if value in TRUE:
            return True
        if value in FALSE:
            return False
        raise ImproperlyConfigured(f"{name}={value!r} is neither true nor false")

    def choice(self, name: str, choices: list[str]) -> str:
        """One of the words; the first without the variable."""
        value = str(self.str(name, default=choices[0])).strip().lower()
        if value in choices:
            return value
        raise ImproperlyConfigured(f"{name}={value!r} is none of {', '.join(choices)}")

    def days(self, name: str, default: int) -> int:
        """A number of days, one at least: nothing is kept for no time, or for less."""
        return self._at_least_one(name, default, "days")

    def seconds(self, name: str, default: int) -> int:
        """A number of seconds, one at least."""
        return self._at_least_one(name, default, "seconds")

    def _at_least_one(self, name: str, default: int, unit: str) -> int:
        found = int(self.int(name, default=default))
        if found < 1:
            raise ImproperlyConfigured(f"{name}={found} is not a number of {unit}")
        return found

    def words(self, name: str, *, among: tuple[str, ...]) -> tuple[str, ...]:
        """Words between commas, each one of `among`; none by default.

        Raises ImproperlyConfigured for any other word.
        """
        found = tuple(word.strip() for word in self.list(name, default=[]) if word.strip())
        if unknown := set(found) - set(among):
            raise ImproperlyConfigured(
                f"{name}: {', '.join(sorted(unknown))} is none of {', '.join(among)}"
            )
        return found

    def keys(self, name: str) -> list[str]:
        """Secrets between spaces, commas or line breaks, the newest first; none by default."""
        return [one for one in re.split(r"[\s,]+", str(self.str(name, default=""))) if one]

    def lines(self, name: str) -> tuple[str, ...]:
        """The lines of the file that the variable names, without empty ones; none by default.

        Raises ImproperlyConfigured when the file cannot be read.
        """
        source = str(self.str(name, default=""))
        if not source:
            return ()
        try:
            text = Path(source).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ImproperlyConfigured(f"{name}: {error}") from error
        return tuple(line.strip() for line in text.splitlines() if line.strip())

    def secret(self, name: str, *, kept_in: Path) -> str:
        """The value; without one a random value, made once and kept in `kept_in`.

        So the embedded default is safe without a step beside `make run`.
        """
        value = str(self.str(name, default=""))
        if value:
            return value
        if not kept_in.exists():
            kept_in.parent.mkdir(parents=True, exist_ok=True)
            try:
                with kept_in.open("x") as file:
                    kept_in.chmod(0o600)
                    file.write(secrets.token_urlsafe(50))
            except FileExistsError:
                pass  # another process was first; its value is read below
        return kept_in.read_text().strip()
