"""An officer's own certificates and their files: his, and those of whom he coordinates."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from certificates.actions import reissue_certificate, revoke_certificate
from certificates.files import make_file
from certificates.models import Certificate
from certificates.views.officer import file_name
from tests import factories
from tests.certificates.helpers import (
    NOW,
    TITLE,
    a_certificate,
    certificate_of,
    officer,
    reading_course,
)

pytestmark = pytest.mark.django_db
LIST = "/certificates/"


def signed_in(user: object) -> Client:
    client = Client()
    client.force_login(user)  # type: ignore[arg-type]
    return client


def file_url(certificate: Certificate) -> str:
    return f"{LIST}{certificate.pk}/file/"


def test_strangers_are_asked_to_sign_in() -> None:
    certificate = a_certificate()
    for url in (LIST, file_url(certificate)):
        response = Client().get(url)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/sign-in/")


def test_without_certificates_the_next_step_is_told() -> None:
    page = signed_in(officer(factories.service(), language="en")).get(LIST).content.decode()
    assert "No certificates yet" in page
    assert "Continue learning" in page


def test_before_the_file_is_made_the_page_says_so_and_after_it_offers_it() -> None:
    certificate = a_certificate(language="en")
    client = signed_in(certificate.enrolment.officer)
    before = client.get(LIST).content.decode()
    assert TITLE["en"] in before
    assert "being prepared" in before
    assert file_url(certificate) not in before
    assert certificate.get_absolute_url() in before
    make_file(certificate)
    after = client.get(LIST).content.decode()
    assert "being prepared" not in after
    assert file_url(certificate) in after


def test_a_replaced_one_says_why_and_by_which() -> None:
    old = a_certificate(language="en")
    make_file(old)
    new = reissue_certificate(
        certificate=old,
        name_native="А",
        name_latin="A",
        reason="a letter was wrong",
        actor=None,
        now=NOW,
    )
    page = signed_in(old.enrolment.officer).get(LIST).content.decode()
    assert "a letter was wrong" in page
    assert f"Its place was taken by {new.shown_serial}" in page
    assert file_url(old) not in page


def test_the_list_holds_ones_own_only() -> None:
    mine = a_certificate()
    home = mine.enrolment.course.service
    theirs = certificate_of(officer(home), mine.enrolment.course)
    page = signed_in(mine.enrolment.officer).get(LIST).content.decode()
    assert mine.shown_serial in page
    assert theirs.shown_serial not in page
    chief = factories.coordinator(home, language="en")
    assert "No certificates yet" in signed_in(chief).get(LIST).content.decode()


def test_the_number_of_queries_does_not_grow_with_the_list() -> None:
    home = factories.service()
    person = officer(home)
    counts = []
    for wanted in (1, 12):
        while Certificate.objects.count() < wanted:
            code = f"DOC-{Certificate.objects.count():02}"
            make_file(certificate_of(person, reading_course(home, code=code)))
        client = signed_in(person)
        client.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(LIST).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


def test_long_lists_come_in_pages() -> None:
    certificate = a_certificate()
    home, person = certificate.enrolment.course.service, certificate.enrolment.officer
    for number in range(25):
        certificate_of(
            person, reading_course(home, code=f"C-{number}"), now=NOW + timedelta(minutes=1)
        )
    client = signed_in(person)
    assert certificate.shown_serial not in client.get(LIST).content.decode()
    assert certificate.shown_serial in client.get(LIST, {"page": 2}).content.decode()


def test_the_file_is_saved_under_a_name_in_latin_letters() -> None:
    certificate = a_certificate()
    made = make_file(certificate)
    response = signed_in(certificate.enrolment.officer).get(file_url(certificate))
    assert response.status_code == 200
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"] == (
        'attachment; filename="certificate-DOC-01-GALAGAN-OSTAP.pdf"'
    )
    assert response["Cache-Control"] == "no-store"
    assert response.getvalue() == Path(made.file.path).read_bytes()


@pytest.mark.parametrize(
    ("latin", "expected"),
    [
        ("Anna-Mariia Li Zghurska", "certificate-DOC-01-ZGHURSKA-ANNA-MARIIA-LI.pdf"),
        ("D’Artagnan", "certificate-DOC-01-DARTAGNAN.pdf"),
        ("Zoë Müller", "certificate-DOC-01-MULLER-ZOE.pdf"),
        ("Ґанна/..\\x", "certificate-DOC-01-X.pdf"),
        ("", "certificate-DOC-01.pdf"),
    ],
)
def test_whatever_the_name_the_file_name_is_plain(latin: str, expected: str) -> None:
    assert file_name(Certificate(name_latin=latin, course_code="DOC-01")) == expected


def test_who_may_fetch_the_file() -> None:
    certificate = a_certificate()
    make_file(certificate)
    home = certificate.enrolment.course.service
    elsewhere = factories.service()
    allowed = (
        certificate.enrolment.officer,
        factories.coordinator(home),
        factories.administrator(home),
    )
    refused = (
        officer(home),
        factories.trainer(home),
        officer(elsewhere),
        factories.coordinator(elsewhere),
        factories.administrator(elsewhere),
    )
    for user in allowed:
        response = signed_in(user).get(file_url(certificate))
        assert response.status_code == 200
        assert response.getvalue().startswith(b"%PDF")
    for user in refused:
        assert signed_in(user).get(file_url(certificate)).status_code == 404


def test_a_file_not_there_yet_is_queued_and_the_reader_told(
    queued: list[str], django_capture_on_commit_callbacks
) -> None:
    certificate = a_certificate(language="en")
    client = signed_in(certificate.enrolment.officer)
    with django_capture_on_commit_callbacks(execute=True):
        response = client.get(file_url(certificate), follow=True)
        client.get(file_url(certificate))
    assert queued == [str(certificate.pk)]
    assert "The file is being prepared" in response.content.decode()


def test_a_file_that_was_lost_is_queued_again(
    queued: list[str], django_capture_on_commit_callbacks
) -> None:
    certificate = a_certificate()
    Path(make_file(certificate).file.path).unlink()
    with django_capture_on_commit_callbacks(execute=True):
        response = signed_in(certificate.enrolment.officer).get(file_url(certificate))
    assert response.status_code == 302
    assert queued == [str(certificate.pk)]


def test_the_file_of_a_revoked_one_is_not_given_out() -> None:
    certificate = a_certificate(language="en")
    make_file(certificate)
    revoke_certificate(certificate=certificate, reason="x", actor=None, now=NOW)
    response = signed_in(certificate.enrolment.officer).get(file_url(certificate), follow=True)
    assert response.redirect_chain == [(LIST, 302)]
    assert "no longer given out" in response.content.decode()
