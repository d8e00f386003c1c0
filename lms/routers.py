"""Keeps the cache's table in the cache's database, and everything else out of it."""

from typing import Any


class CacheRouter:
    """Only the table of the database cache lives in the database `cache`."""

    def db_for_read(self, model: type, **_hints: Any) -> str | None:
        return "cache" if model._meta.app_label == "django_cache" else None  # type: ignore[attr-defined]

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool | None:
        if app_label == "django_cache":
            return db == "cache"
        return False if db == "cache" else None
