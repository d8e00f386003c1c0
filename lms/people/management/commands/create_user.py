from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, no_translations

from lms.people import actions
from lms.people.models import Organisation, Role, User
from lms.people.ranks import ranks


class Command(BaseCommand):
    help = "Create a person with a role in a unit, and print the login and a one-time code."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--service", required=True, help="code of the service, such as UA")
        parser.add_argument("--number", default="", help="service number; without it the e-mail")
        parser.add_argument("--family-name", required=True)
        parser.add_argument("--given-name", required=True)
        parser.add_argument("--patronymic", default="")
        parser.add_argument("--rank", default="", help="key of a rank, such as senior-sergeant")
        parser.add_argument("--email", default="")
        parser.add_argument(
            "--language", default=settings.LANGUAGE_CODE, choices=list(dict(settings.LANGUAGES))
        )
        parser.add_argument("--unit", required=True, help="code of the unit, such as UA-1-1-A1")
        parser.add_argument("--role", default=Role.OFFICER.value, choices=Role.values)

    @no_translations
    def handle(self, *_args: Any, **options: Any) -> None:
        service = self.organisation(options["service"], "service")
        if not service.is_root():
            raise CommandError(f"{service.code} is a unit, not a service.")
        unit = self.organisation(options["unit"], "unit")
        if unit.service_path != service.path:
            raise CommandError(f"The unit {unit.code} belongs to another service.")
        if not (options["number"] or options["email"]):
            raise CommandError("Give a service number, an e-mail address or both.")
        if options["rank"] and options["rank"] not in ranks(service.country):
            raise CommandError(f"{service.country} has no rank {options['rank']}.")
        user = self.create(service, options)
        actions.grant_role(user=user, organisation=unit, role=options["role"], actor=None)
        code = actions.issue_code(user=user, actor=None)
        self.stdout.write(f"Login: {user.login}\nOne-time code: {code}")

    def create(self, service: Organisation, options: dict[str, Any]) -> User:
        names = ("number", "email", "given_name", "family_name", "patronymic", "rank", "language")
        login = options["email"]
        if options["number"]:
            login = f"{service.code}-{options['number']}"
        if User.objects.filter(login=login.casefold()).exists():
            raise CommandError(f"The login {login.casefold()} is taken.")
        email = options["email"].casefold()
        if email and User.objects.filter(email=email).exists():
            raise CommandError(f"The e-mail address {email} belongs to another account.")
        try:
            return actions.create_user(
                service=service, actor=None, **{name: options[name] for name in names}
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error

    def organisation(self, code: str, what: str) -> Organisation:
        found: Organisation | None = Organisation.objects.filter(code=code).first()
        if found is None:
            raise CommandError(f"There is no {what} {code}.")
        return found
