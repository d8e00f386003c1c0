"""Writes the courses of a service back to the files in courses/catalogue: what differs there."""

from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from courses.catalogue import CATALOGUE
from courses.exporting.course import export_course
from courses.exporting.glossary import export_glossary
from courses.exporting.output import Output
from courses.management.commands.load_catalogue import named_errors
from courses.models import Course, Status
from lms.people.models import Organisation


class Command(BaseCommand):
    help = "Write the courses of a service back to the files in courses/catalogue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--service", required=True, metavar="CODE", help="e.g. UA")
        parser.add_argument(
            "--course", metavar="CODE", help="this course alone; without it all but archived ones"
        )
        parser.add_argument(
            "--to",
            dest="catalogue",
            type=Path,
            metavar="FOLDER",
            help="the folder to write instead of courses/catalogue; made if it is not there",
        )

    @no_translations
    def handle(
        self, *, service: str, course: str | None, catalogue: Path | None, **_options: Any
    ) -> None:
        owner = Organisation.objects.filter(code=service, depth=1).first()
        if owner is None:
            raise CommandError(f"There is no service {service!r}.")
        outputs = list(gathered(owner, courses(owner, course), catalogue or CATALOGUE))
        said = False
        for output in outputs:
            with named_errors(output.folder):
                for line in output.write():
                    self.stdout.write(line)
                    said = True
        for output in outputs:
            for told in output.told:
                self.stderr.write(self.style.WARNING(told))
        if not said:
            self.stdout.write("Nothing to write.")


def courses(owner: Organisation, code: str | None) -> list[Course]:
    """Those to write, in order. Raises CommandError."""
    rows = Course.objects.filter(service=owner).select_related("owner").order_by("code")
    if code is None:
        return list(rows.exclude(status=Status.ARCHIVED))
    found = list(rows.filter(code=code))
    if not found:
        raise CommandError(f"The service has no course {code!r}.")
    return found


def gathered(owner: Organisation, rows: list[Course], catalogue: Path) -> Iterator[Output]:
    """What is to be written, a folder at a time. Raises CommandError."""
    output = Output(catalogue, CATALOGUE)
    with named_errors(catalogue):
        export_glossary(owner, output)
    yield output
    for course in rows:
        folder = catalogue / course.code
        base = CATALOGUE / course.origin if course.origin else None
        output = Output(folder, base, f"{course.code}/")
        with named_errors(folder):
            export_course(course, output)
        yield output
