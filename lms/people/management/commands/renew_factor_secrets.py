from typing import Any

from django.core.management.base import BaseCommand, CommandError

from lms.people.actions.factors import renew_secrets
from lms.people.factor_secrets import Unreadable


class Command(BaseCommand):
    help = "Encrypt the secrets of second factors under the newest key; then an older one can go."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            count = renew_secrets()
        except Unreadable as error:
            raise CommandError(f"{error}; put the missing key behind the newest.") from error
        self.stdout.write(f"{count} encrypted under the newest key.")
