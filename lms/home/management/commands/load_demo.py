"""Loads the demonstration: invented services, people and the catalogue. Never for production."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations

from lms.home import demo


class Command(BaseCommand):
    help = "Load the demonstration data; a second run keeps what users did since."

    @no_translations
    def handle(self, **_options: Any) -> None:
        if demo.is_loaded():
            self.stdout.write("The demonstration is loaded; what was done in it is kept.")
        else:
            try:
                added = demo.load()
            except demo.NotADemonstration as error:
                raise CommandError(
                    f"The service {error} is no demonstration; use a database of its own."
                ) from error
            self.stdout.write(
                f"Demonstration loaded: {added.services} services, {added.courses} courses,"
                f" {added.people} people."
            )
        self.stdout.write(f"\nDemonstration log-ins:\n\n{demo.table()}\n")
