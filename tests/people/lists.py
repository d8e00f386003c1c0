"""A staff list as a coordinator sends it, and a place to bring people into."""

from datetime import date

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lms.people.models import Membership, StaffImport, User
from tests import factories

HEADERS = (
    "Service number,Family name,Given name,Patronymic,Rank,Unit code,E-mail,Language,Joined on"
)
ROW = "014240,Щербань,Гнат,Хомич,сержант,UA-L-1,hnat@tbs-ua.example,uk,2026-09-01"


class Place:
    """UA → UA-L → UA-L-1, UA-L-2; UA → UA-R; BY beside it."""

    def __init__(self) -> None:
        self.root = factories.service("UA")
        self.left = factories.unit(self.root, "UA-L")
        self.first = factories.unit(self.left, "UA-L-1")
        self.second = factories.unit(self.left, "UA-L-2")
        self.right = factories.unit(self.root, "UA-R")
        self.coordinator = factories.coordinator(self.left, language="en")

    def client(self, user: User | None = None) -> Client:
        client = Client()
        client.force_login(user or self.coordinator)
        return client

    def send(self, *rows: str, user: User | None = None, headers: str = HEADERS) -> StaffImport:
        """Send a CSV and take the columns as they are guessed: the list is tried."""
        client = self.client(user)
        content = "\n".join([headers, *rows]).encode()
        unit = self.left if user is None else self.root
        response = client.post(
            "/staff/import/", {"unit": unit.pk, "file": SimpleUploadedFile("list.csv", content)}
        )
        assert response.status_code == 302, response.context["form"].errors
        page = client.get(response["Location"])
        form = page.context["form"]
        data = {name: form[name].value() for name in form.fields}
        assert client.post(response["Location"], data).status_code == 302
        return StaffImport.objects.latest("created_at")

    def bring_in(self, *rows: str, **options) -> StaffImport:
        made = self.send(*rows, **options)
        assert made.state == "checked"
        self.client(options.get("user")).post(reverse("staff:import-apply", args=[made.pk]))
        made.refresh_from_db()
        assert made.state == "applied"
        return made

    def undo(self, made: StaffImport) -> StaffImport:
        self.client(made.made_by).post(reverse("staff:import-undo", args=[made.pk]))
        made.refresh_from_db()
        assert made.state == "undone"
        return made


def outcomes(made: StaffImport) -> list[str]:
    return list(made.rows.order_by("number").values_list("outcome", flat=True))


def codes(made: StaffImport) -> list[tuple[str, str]]:
    return [
        (one["field"], one["code"]) for row in made.rows.order_by("number") for one in row.errors
    ]


def posts(user: User) -> list[tuple[str, date, date | None]]:
    found = Membership.objects.filter(user=user).order_by("since", "pk")
    return [(one.organisation.code, one.since, one.until) for one in found]
