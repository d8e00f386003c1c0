from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db import DatabaseError

from lms.ops.archives import BackupError
from lms.ops.restoring import Restored, forget_what_hung_on_it, restore_backup


class Command(BaseCommand):
    help = "Bring back what `backup` wrote; see lms/docs/backups.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument(
            "--key-file", metavar="FILE", type=Path, help="the secret key of an encrypted backup"
        )
        parser.add_argument(
            "--yes", action="store_true",
            help="also where there are a database or media; they are kept aside",
        )  # fmt: skip

    @no_translations
    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            restored = restore_backup(
                path=options["file"], key_file=options["key_file"], replace=options["yes"],
                say=self.say,
            )  # fmt: skip
        except (BackupError, OSError, DatabaseError) as error:
            raise CommandError(f"Nothing was restored, all is as it was. {error}") from error
        self.tell(restored)
        try:
            forget_what_hung_on_it()
        except Exception as error:
            raise CommandError(
                f"All is restored, but the cache and the queue could not be emptied: {error}\n"
                "Empty them before you start the web server."
            ) from error
        self.stdout.write("Next: manage.py prepare, then start the web server and the worker.")

    def tell(self, restored: Restored) -> None:
        manifest = restored.manifest
        self.stdout.write(
            f"Restored the backup of {manifest.made_at:%Y-%m-%d %H:%M} UTC, Waypost"
            f" {manifest.product}: {sum(manifest.rows.values())} rows, {len(manifest.media)} files,"
            " all as they were."
        )
        for place in restored.kept:
            self.stdout.write(f"Kept what was there: {place}")
        for fault in manifest.faults:
            self.stdout.write(f"Known when the backup was made: {fault}")

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
