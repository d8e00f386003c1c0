"""Which code this is."""

import tomllib
from functools import cache

from django.conf import settings


@cache
def version() -> str:
    """The version in pyproject.toml: the product is not installed as a package."""
    with (settings.BASE_DIR / "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def revision() -> str | None:
    """What whoever built the instance named it by, such as a commit; None if nobody did.

    A bundle has it in a file.
    """
    file = settings.BASE_DIR / "REVISION"
    return settings.REVISION or (file.read_text().strip() if file.exists() else None)
