"""The operator reads, revokes and reissues; he edits, adds and deletes nothing."""

import pytest
from django.test import Client

from certificates.actions import revoke_certificate
from certificates.files import make_file
from certificates.models import Certificate
from lms.audit.models import AuditEntry
from lms.people.models import User
from tests import factories
from tests.certificates.helpers import NOW, a_certificate, officer

pytestmark = pytest.mark.django_db
ADMIN = "/operator/certificates/certificate/"


@pytest.fixture
def operator() -> User:
    return factories.operator(language="en")


@pytest.fixture
def desk(operator: User) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def test_the_list_is_searched_by_serial_however_typed_and_by_name(desk: Client) -> None:
    wanted = a_certificate(given_name="Єва", family_name="Їжакевич", patronymic="")
    other = a_certificate()
    for term in (
        wanted.serial,
        wanted.shown_serial,
        wanted.shown_serial.lower().replace("-", " "),
        wanted.shown_serial[:9],
        "їжакевич",
        "Yeva",
    ):
        page = desk.get(ADMIN, {"q": term}).content.decode()
        assert wanted.shown_serial in page, term
        assert other.shown_serial not in page, term
    assert other.shown_serial in desk.get(ADMIN).content.decode()


def test_nothing_can_be_edited_added_or_deleted(desk: Client) -> None:
    certificate = a_certificate()
    page = desk.get(f"{ADMIN}{certificate.pk}/change/").content.decode()
    assert certificate.name_native in page
    assert 'name="name_native"' not in page
    assert 'name="_save"' not in page
    sent = desk.post(f"{ADMIN}{certificate.pk}/change/", {"name_native": "Хтось"})
    assert sent.status_code == 403
    assert desk.get(f"{ADMIN}add/").status_code == 403
    assert desk.post(f"{ADMIN}{certificate.pk}/delete/", {"post": "yes"}).status_code == 403
    assert Certificate.objects.get().name_native == certificate.name_native


def test_the_file_can_be_fetched_of_a_revoked_one_too(desk: Client) -> None:
    certificate = a_certificate()
    made = make_file(certificate)
    revoke_certificate(certificate=certificate, reason="x", actor=None, now=NOW)
    page = desk.get(f"{ADMIN}{certificate.pk}/change/").content.decode()
    url = f"{ADMIN}{certificate.pk}/files/1/"
    assert url in page
    assert made.sha256 in page
    assert desk.get(url).getvalue().startswith(b"%PDF")
    assert desk.get(f"{ADMIN}{certificate.pk}/files/2/").status_code == 404


def test_revoking_asks_for_a_reason_and_is_on_record(desk: Client, operator: User) -> None:
    certificate = a_certificate()
    url = f"{ADMIN}{certificate.pk}/revoke/"
    assert url in desk.get(f"{ADMIN}{certificate.pk}/change/").content.decode()
    assert certificate.name_native in desk.get(url).content.decode()
    refused = desk.post(url, {"reason": " "})
    assert refused.status_code == 200
    assert 'aria-invalid="true"' in refused.content.decode()
    done = desk.post(url, {"reason": "the paper was copied"}, follow=True)
    assert "The certificate is revoked." in done.content.decode()
    certificate.refresh_from_db()
    assert (certificate.revoked_reason, certificate.revoked_by) == (
        "the paper was copied",
        operator,
    )
    assert AuditEntry.objects.get(verb="certificate.revoked").actor_id == operator.pk
    assert url not in desk.get(f"{ADMIN}{certificate.pk}/change/").content.decode()


def test_reissuing_offers_the_name_as_it_is_now(desk: Client) -> None:
    certificate = a_certificate()
    person = certificate.enrolment.officer
    person.family_name, person.family_name_latin = "Галаган", "Halahan"
    person.save()
    url = f"{ADMIN}{certificate.pk}/reissue/"
    page = desk.get(url).content.decode()
    assert 'value="Остап Юрійович Галаган"' in page
    assert 'value="Ostap Halahan"' in page
    form = {
        "name_native": "Остап  Юрійович Д'Галаган",
        "name_latin": "Ostap Halahan",
        "reason": "typo",
    }
    done = desk.post(url, form, follow=True)
    new = Certificate.objects.get(replaces=certificate)
    assert new.name_native == "Остап Юрійович Д’Галаган"
    assert done.redirect_chain == [(f"{ADMIN}{new.pk}/change/", 302)]
    assert url not in desk.get(f"{ADMIN}{certificate.pk}/change/").content.decode()


def test_a_name_that_cannot_be_printed_is_not_reissued(desk: Client) -> None:
    certificate = a_certificate()
    form = {"name_native": "Остап 佐", "name_latin": "Ostap", "reason": "typo"}
    page = desk.post(f"{ADMIN}{certificate.pk}/reissue/", form).content.decode()
    assert "cannot print the sign 佐" in page
    assert 'value="Остап 佐"' in page
    assert Certificate.objects.count() == 1


def test_one_out_of_date_is_not_reissued(desk: Client) -> None:
    certificate = a_certificate()
    Certificate.objects.update(issued_on="2020-01-01", expires_on="2021-01-01")
    form = {"name_native": "А", "name_latin": "A", "reason": "typo"}
    page = desk.post(f"{ADMIN}{certificate.pk}/reissue/", form).content.decode()
    assert "It has expired" in page
    assert Certificate.objects.count() == 1


@pytest.mark.parametrize("path", ["", "revoke/", "reissue/", "files/1/", "change/"])
def test_the_desk_is_the_operators_alone(path: str) -> None:
    certificate = a_certificate()
    make_file(certificate)
    home = certificate.enrolment.course.service
    url = f"{ADMIN}{certificate.pk}/{path}" if path else ADMIN
    for user in (officer(home), factories.administrator(home)):
        client = Client()
        client.force_login(user)
        assert client.get(url).status_code == 302
        assert client.post(url, {"reason": "x"}).status_code == 302
    certificate.refresh_from_db()
    assert certificate.revoked_at is None
