"""All that is kept about oneself: asked for, packed, fetched by nobody else, gone after a week."""

import json
from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.apps import apps
from django.conf import settings
from django.utils import timezone
from pypdf import PdfReader

from certificates.models import Certificate
from certificates.tasks import finish_certificate
from courses.actions.calendar import open_feed
from courses.actions.reminders import ask_reminder
from lms.audit.models import AuditEntry
from lms.people.actions.posts import second
from lms.people.actions.staff import edit_person
from lms.people.models import User
from lms.privacy.actions.exports import ask_for_data
from lms.privacy.models import DataExport
from lms.privacy.parts import PARTS, REASONS
from lms.privacy.sweeps import sweep_exports
from lms.privacy.tasks import pack_data
from tests import factories
from tests.privacy.conftest import browser

pytestmark = pytest.mark.django_db
OWN = "/account/data/"


def fetched(user: User) -> ZipFile:
    """What the person takes away."""
    export = DataExport.objects.get(user=user)
    response = browser(user).get(f"{OWN}{export.pk}/")
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    return ZipFile(BytesIO(response.getvalue()))


def packed(user: User) -> dict[str, list[dict]]:
    """The rows of each part."""
    pack_data(str(ask_for_data(user=user).pk))
    with fetched(user) as archive:
        names = [name for name in archive.namelist() if name.endswith(".json")]
        read = {name: json.loads(archive.read(name)) for name in names}
    del read["contents.json"]
    return {name.removesuffix(".json"): part["rows"] for name, part in read.items()}


def test_a_person_asks_comes_back_and_takes_it_away(place, django_capture_on_commit_callbacks):
    client = browser(place.officer)
    assert "Gather my data" in client.get(OWN).text
    with django_capture_on_commit_callbacks() as after_commit:
        for _click in range(2):
            assert client.post(OWN).status_code == 302
    assert len(after_commit) == 1
    export = DataExport.objects.get()
    page = client.get(OWN).text
    assert "being gathered" in page
    assert "Gather my data" not in page
    assert client.get(f"{OWN}{export.pk}/").status_code == 404

    for _again in range(2):
        pack_data(str(export.pk))
    page = client.get(OWN).text
    assert f"{OWN}{export.pk}/" in page
    assert "Gather my data" not in page
    with fetched(place.officer) as archive:
        contents = json.loads(archive.read("contents.json"))
        assert {*contents["files"], "contents.json"} == set(archive.namelist())
        assert contents["login"] == place.officer.login
        assert len(contents["register"]) > 10
    verbs = AuditEntry.objects.filter(actor=place.officer).values_list("verb", flat=True)
    assert {"person.data_asked", "person.data_fetched"} <= set(verbs)


def test_it_holds_everything_in_the_persons_letters(place):
    officer = place.officer
    course = factories.published_course(place.root, questions=2)
    other = factories.published_course(place.root, questions=2)
    done = factories.completed(factories.enrolled(officer, course))
    finish_certificate(str(Certificate.objects.get().pk))
    ask_reminder(enrolment=factories.enrolled(officer, other), actor=place.coordinator)
    open_feed(user=officer)
    EmailAddress.objects.create(user=officer, email="second@tbs-ua.example")
    edit_person(person=officer, actor=place.coordinator, family_name="Їжакевич-Ґалаґан")
    officer = User.objects.get(pk=officer.pk)

    rows = packed(officer)

    (person,) = rows["person"]
    assert person["family_name"] == "Їжакевич-Ґалаґан"
    assert person["login"] == officer.login
    assert "password" not in person
    assert [row["email"] for row in rows["email-addresses"]] == ["second@tbs-ua.example"]
    assert [row["role"] for row in rows["units-and-roles"]] == ["officer"]
    assert len(rows["enrolments"]) == 2
    assert len(rows["lessons-done"]) == 3
    (attempt,) = rows["attempts"]
    assert attempt["passed"] is True
    saves = {row["id"]: row["data"] for row in rows["answers"]}
    assert [saves[row["current_id"]] for row in rows["questions-of-attempts"]] == [
        {"choice": "a"}, {"choice": "a"},
    ]  # fmt: skip
    (certificate,) = rows["certificates"]
    assert certificate["shown_serial"] == Certificate.objects.get().shown_serial
    assert len(rows["reminders"]) == len(rows["calendars"]) == 1
    (about,) = (row for row in rows["actions-about-you"] if row["verb"] == "person.changed")
    assert about["after"] == {"family_name": "Їжакевич-Ґалаґан"}
    assert done.certificates.exists()

    with fetched(officer) as archive:
        assert "Їжакевич" in archive.read("person.json").decode()
        (paper,) = (name for name in archive.namelist() if name.endswith(".pdf"))
        assert certificate["shown_serial"] in paper
        text = PdfReader(BytesIO(archive.read(paper))).pages[0].extract_text()
        assert "Galagan".upper() in text.upper()


def test_nobody_elses_name_is_in_it(place):
    """Neither of who acted upon the person, nor of whom the person acted upon."""
    names = {"family_name": "Непроминайло", "given_name": "Непомітна"}
    coordinator = factories.coordinator(place.root, **names)
    other = factories.officer(place.post, family_name="Зовсімчужий", given_name="Якийсь")
    course = factories.published_course(place.root)
    for officer in (place.officer, other):
        edit_person(person=officer, actor=coordinator, patronymic="Іванович")
        ask_reminder(enrolment=factories.enrolled(officer, course), actor=coordinator)
    words = {"Непроминайло", "Зовсімчужий", coordinator.login, other.login}

    assert not [word for word in words if word in json.dumps(packed(place.officer))]
    of_coordinator = json.dumps(packed(coordinator), ensure_ascii=False)
    assert "Непроминайло" in of_coordinator
    assert "Зовсімчужий" not in of_coordinator
    assert other.login not in of_coordinator


def test_a_lost_one_is_queued_again_and_once(
    place, monkeypatch, django_capture_on_commit_callbacks
):
    export = ask_for_data(user=place.officer)
    queued = []
    monkeypatch.setattr(pack_data, "delay", queued.append)
    assert sweep_exports() == 0  # its lease runs
    with (
        django_capture_on_commit_callbacks(execute=True),
        time_machine.travel(timezone.now() + timedelta(minutes=11)),
    ):
        assert sweep_exports() == 1
        assert sweep_exports() == 0
    assert queued == [str(export.pk)]
    pack_data(str(export.pk))
    with time_machine.travel(timezone.now() + timedelta(hours=1)):
        assert sweep_exports() == 0


def test_it_can_be_had_for_a_week_and_a_new_one_after_a_day(place):
    first = ask_for_data(user=place.officer)
    pack_data(str(first.pk))
    assert ask_for_data(user=place.officer) == first
    client = browser(place.officer)
    with time_machine.travel(timezone.now() + timedelta(days=2)):
        assert ask_for_data(user=place.officer) != first
    days = settings.KEEP_DAYS["exports"]
    with time_machine.travel(timezone.now() + timedelta(days=days, minutes=1)):
        client.force_login(place.officer)
        assert client.get(f"{OWN}{first.pk}/").status_code == 404


@pytest.mark.parametrize("who", ["coordinator", "administrator", "colleague", "operator"])
def test_it_is_nobody_elses(place, who):
    export = ask_for_data(user=place.officer)
    pack_data(str(export.pk))
    others = {"colleague": factories.officer(place.post), "operator": factories.operator()}
    reader = others.get(who) or getattr(place, who)
    client = browser(reader)
    assert client.get(f"{OWN}{export.pk}/").status_code == 404
    assert str(export.pk) not in client.get(OWN).text


def test_an_operator_without_a_service_has_data_too(db):
    assert [row["service"] for row in packed(factories.operator())["person"]] == [None]


def test_of_a_namesake_nothing_is_in_it(place):
    """Who is seconded, or called alike, is another."""
    twin = factories.officer(place.post)
    second(
        user=twin, unit=factories.unit(place.root), since=timezone.localdate(), until=None,
        actor=None,
    )  # fmt: skip
    rows = packed(place.officer)
    assert len(rows["units-and-roles"]) == 1
    assert twin.login not in json.dumps(rows)


# What it covers


def relations() -> set[str]:
    """Every column that points to a person, or to what is a person's by a part."""
    personal = {part.model for part in PARTS if part.model is not AuditEntry} | {User}
    return {
        f"{model._meta.label}.{column.name}"
        for model in apps.get_models()
        for column in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if column.is_relation and column.related_model in personal
    }


def test_each_relation_to_a_person_is_in_a_part_or_has_a_reason():
    covered = {part.relation for part in PARTS}
    assert relations() - covered == REASONS.keys()
    assert not covered & REASONS.keys()


def test_what_names_people_without_a_relation_is_in_a_part():
    """Copies of names and numbers: the log, items of jobs, rows of lists, requests."""
    found = {part.model._meta.label for part in PARTS if part.find}
    assert found == {
        "audit.AuditEntry", "people.ImportRow", "people.JobItem", "people.PersonRequest",
    }  # fmt: skip


def test_the_parts_have_names_of_their_own():
    names = [part.name for part in PARTS]
    assert len(names) == len(set(names))
