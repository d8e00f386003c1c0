from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db import DatabaseError

from lms.ops.actions import record_backup
from lms.ops.archives import BackupError, new_key
from lms.ops.backups import Made, make_backup, remove_older


def at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise ArgumentTypeError("a number from 1")
    return int(text)


class Command(BaseCommand):
    help = "Write the database and the media into one file; see lms/docs/backups.md."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--to", metavar="FOLDER", type=Path, default=Path(settings.DATA_DIR) / "backups",
            help="where the file goes (DATA_DIR/backups)",
        )  # fmt: skip
        parser.add_argument(
            "--key-file", metavar="FILE", type=Path,
            help="encrypt for the age keys in this file; the public one is enough",
        )  # fmt: skip
        parser.add_argument(
            "--keep", metavar="N", type=at_least_one,
            help="then remove all backups in the folder but the newest N",
        )  # fmt: skip
        parser.add_argument(
            "--new-key", metavar="FILE", type=Path,
            help="only write a new secret key into this new file, and print its public key",
        )  # fmt: skip

    @no_translations
    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            if options["new_key"]:
                self.stdout.write(new_key(options["new_key"]))
                return
            self.back_up(options["to"], options["key_file"], options["keep"])
        except (BackupError, OSError, DatabaseError) as error:
            raise CommandError(f"No backup was made. {error}") from error

    def back_up(self, folder: Path, key_file: Path | None, keep: int | None) -> None:
        made = make_backup(folder=folder, key_file=key_file, say=self.say)
        how = "encrypted" if made.is_encrypted else "not encrypted"
        self.stdout.write(
            f"{made.path}: {made.rows} rows, {made.files} files, {made.size} bytes, {how}"
        )
        self.enter_into_log(made)
        if made.faults:
            faults = "\n".join(f"  {fault}" for fault in made.faults)
            raise CommandError(
                f"The backup was made, but not all is as it should be:\n{faults}\n"
                "No older backup was removed."
            )
        for path in remove_older(folder, keep=keep) if keep else []:
            self.stdout.write(f"removed {path}")

    def enter_into_log(self, made: Made) -> None:
        try:
            record_backup(made=made)
        except DatabaseError as error:
            raise CommandError(
                f"The backup was made, but the audit log does not say so: {error}\n"
                "No older backup was removed."
            ) from error

    def say(self, sentence: str) -> None:
        self.stdout.write(sentence)
        self.stdout.flush()
