"""Reads the files of the catalogue and says what a translator or author has to mend."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from courses.catalogue import CATALOGUE
from courses.checking import check_catalogue


class Command(BaseCommand):
    help = "Check the files of the catalogue: languages, words, links, figures, zones, questions."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", nargs="?", type=Path, default=CATALOGUE, metavar="FOLDER",
            help="another catalogue, or the folder of one course",
        )  # fmt: skip

    @no_translations
    def handle(self, *, folder: Path, **_options: Any) -> None:
        if not folder.is_dir():
            raise CommandError(f"There is no folder {folder}.")
        findings = check_catalogue(folder)
        for finding in findings:
            self.stdout.write(str(finding))
        if findings:
            files = len({finding.path for finding in findings})
            raise CommandError(f"{len(findings)} to mend in {files} files.")
        self.stdout.write("Nothing to mend.")
