"""Reads settings from the environment: strict, and with secrets from files."""

import secrets
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

TRUE = {"true", "yes", "on", "1"}
FALSE = {"false", "no", "off", "0"}


class Env(environ.Env):
    """django-environ, but a boolean that is neither true nor false is an error."""

    def flag(self, name: str, default: bool) -> bool:
        value = self.str(name, default=str(default)).strip().lower()
        if value in TRUE:
            return True
        if value in FALSE:
            return False
        raise ImproperlyConfigured(f"{name}={value!r} is neither true nor false")

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

    def secret(self, name: str, *, kept_in: Path) -> str:
        """`NAME`, or the text of the file that `NAME_FILE` names.

        Without either, a random value is made once and kept in `kept_in`, so that the embedded
        default is safe without a step beside `make run`.

        Raises ImproperlyConfigured when `NAME_FILE` cannot be read or is empty.
        """
        value = str(self.str(name, default=""))
        if value:
            return value
        if source := self.str(f"{name}_FILE", default=""):
            try:
                value = Path(source).read_text().strip()
            except OSError as error:
                raise ImproperlyConfigured(f"{name}_FILE: {error}") from error
            if not value:
                raise ImproperlyConfigured(f"{name}_FILE: {source} is empty")
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
