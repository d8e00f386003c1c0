from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.people.models import User
from lms.privacy.actions.erasure import StillOpen, erase_person


class Command(BaseCommand):
    help = "Erase a person whose account is closed: a number takes the place of the name."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("login")
        parser.add_argument("--reason", required=True, help="kept in the audit log; without names")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = User.objects.filter(login=options["login"].casefold()).first()
        if user is None:
            raise CommandError(f"There is no login {options['login']}.")
        try:
            erased = erase_person(user=user, reason=options["reason"], actor=None)
        except StillOpen as error:
            raise CommandError(f"{error} has an open account: discharge first.") from error
        self.stdout.write(f"From now on: {erased.login}")
