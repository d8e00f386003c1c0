from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.people import actions
from lms.people.models import User


class Command(BaseCommand):
    help = "Put a new one-time code in the place of a person's password, and print it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("login")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = User.objects.filter(login=options["login"].casefold()).first()
        if user is None:
            raise CommandError(f"There is no login {options['login']}.")
        if not user.is_active:
            raise CommandError(f"The account {user.login} is closed.")
        code = actions.issue_code(user=user, actor=None)
        self.stdout.write(f"Login: {user.login}\nOne-time code: {code}")
