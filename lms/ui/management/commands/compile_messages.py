import os
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Compiles each django.po that is newer than its django.mo, in Python, without gettext."
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for folder in settings.LOCALE_PATHS:
            for path in sorted(Path(folder).glob("*/LC_MESSAGES/*.po")):
                compiled = path.with_suffix(".mo")
                if not compiled.exists() or path.stat().st_mtime >= compiled.stat().st_mtime:
                    self._compile(path, compiled)
                    self.stdout.write(f"compiled {compiled}")

    @staticmethod
    def _compile(path: Path, compiled: Path) -> None:
        """Written beside and renamed: a process that starts meanwhile never reads half a file."""
        part = compiled.with_suffix(f".mo.{os.getpid()}")
        polib.pofile(str(path)).save_as_mofile(str(part))
        part.replace(compiled)
