"""Anyone may ask about a certificate; the answer says what the paper says and never more."""

import re
from datetime import date, timedelta
from html import unescape

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from certificates.actions import reissue_certificate, revoke_certificate
from certificates.models import Certificate
from certificates.serials import grouped, new_serial
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
VERIFY = "/certificates/verify/"


@pytest.fixture
def stranger() -> Client:
    """Someone without an account who reads English."""
    client = Client()
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def certificate() -> Certificate:
    """Valid for years from today, whenever today is; issued on NOW.

    The service's code has no digits, so that nothing on the page looks like the result by chance.
    """
    home = factories.service("WAY")
    made = certificate_of(officer(home, rank="sergeant"), reading_course(home))
    Certificate.objects.update(expires_on=date(9000, 1, 1), result="87.50")
    made.refresh_from_db()
    return made


def text_of(response: object) -> str:
    html = unescape(response.content.decode())  # type: ignore[attr-defined]
    main = html[html.index("<main") : html.index("</main>")]
    return " ".join(re.sub(r"<[^>]+>", " ", main).split())


def expire(certificate: Certificate) -> None:
    """Its time ran out yesterday."""
    yesterday = date.today() - timedelta(days=2)  # noqa: DTZ011
    Certificate.objects.filter(pk=certificate.pk).update(
        issued_on=yesterday - timedelta(days=9), expires_on=yesterday
    )


def test_a_valid_one_says_so_first_and_then_what_to_compare(
    stranger: Client, certificate: Certificate
) -> None:
    response = stranger.get(certificate.get_absolute_url())
    assert response.status_code == 200
    text = text_of(response)
    assert text.index("Genuine and valid") < text.index("Holder")
    for part in (
        "Остап Юрійович Ґалаґан / Ostap Galagan",
        f"{TITLE['en']} / {TITLE['uk']}",
        "1.3 h",
        "12 March 2026",
        "1 January 9000",
        certificate.shown_serial,
        certificate.issuer.localize("en"),
    ):
        assert part in text


def test_it_never_says_the_result_the_unit_the_rank_or_the_number(
    stranger: Client, certificate: Certificate
) -> None:
    text = text_of(stranger.get(certificate.get_absolute_url()))
    for secret in ("87", "%", "sergeant", certificate.enrolment.officer.login):
        assert secret not in text.replace(certificate.shown_serial, "").lower()


def test_an_expired_one(stranger: Client, certificate: Certificate) -> None:
    expire(certificate)
    response = stranger.get(certificate.get_absolute_url())
    assert response.status_code == 200
    assert "no longer valid" in text_of(response)


def test_a_revoked_one_says_nothing_of_why(stranger: Client, certificate: Certificate) -> None:
    revoke_certificate(certificate=certificate, reason="copied paper", actor=None, now=NOW)
    response = stranger.get(certificate.get_absolute_url())
    assert response.status_code == 200
    text = text_of(response)
    assert "This certificate has been revoked" in text
    assert "replaced" not in text
    assert "copied paper" not in text


def test_a_replaced_one_does_not_lead_to_the_new_one(
    stranger: Client, certificate: Certificate
) -> None:
    new = reissue_certificate(
        certificate=certificate,
        name_native="А",
        name_latin="A",
        reason="typo",
        actor=None,
        now=NOW,
    )
    response = stranger.get(certificate.get_absolute_url())
    assert response.status_code == 200
    assert "replaced" in text_of(response)
    assert new.shown_serial not in response.content.decode()
    assert "Genuine and valid" in text_of(stranger.get(new.get_absolute_url()))


def test_a_specimen_is_called_one(stranger: Client) -> None:
    response = stranger.get(a_certificate(is_demo=True).get_absolute_url())
    assert "not a document" in text_of(response)


def test_one_without_an_end_has_no_expiry_date(stranger: Client, certificate: Certificate) -> None:
    Certificate.objects.update(expires_on=None)
    assert "no expiry date" in text_of(stranger.get(certificate.get_absolute_url()))


def test_an_unknown_number_is_not_a_mistyped_one(stranger: Client) -> None:
    unknown = stranger.get(f"{VERIFY}{grouped(new_serial())}/")
    assert unknown.status_code == 404
    assert "There is no certificate with this number" in text_of(unknown)


@pytest.mark.parametrize(
    "typed", ["7K3M-9QXD-2F4T", "<b>7K3M</b>", "0O1I-0O1I-0O1I-0O1I", "Щ" * 16, "A" * 200, " "]
)
def test_a_mistyped_number_is_kept_to_be_put_right(stranger: Client, typed: str) -> None:
    for response in (
        stranger.get(VERIFY, {"serial": typed}),
        stranger.get(f"{VERIFY}{typed.replace('/', '')}/"),
    ):
        assert response.status_code == 400
        assert 'aria-invalid="true"' in response.content.decode()
    typed_back = unescape(stranger.get(VERIFY, {"serial": typed}).content.decode())
    assert f'value="{typed}"' in typed_back or not typed.strip()


def test_a_null_sign_is_a_mistake_too(stranger: Client) -> None:
    assert stranger.get(VERIFY, {"serial": "7K3M\x00"}).status_code == 400
    assert stranger.get(f"{VERIFY}7K3M%00/").status_code == 400


def test_two_signs_that_changed_places_are_noticed(
    stranger: Client, certificate: Certificate
) -> None:
    signs = list(certificate.serial)
    other = next(place for place in range(1, 16) if signs[place] != signs[0])
    signs[0], signs[other] = signs[other], signs[0]
    response = stranger.get(VERIFY, {"serial": "".join(signs)})
    assert response.status_code == 400
    assert "Compare it with the paper" in text_of(response)


def test_however_it_is_typed_it_leads_to_one_address(
    stranger: Client, certificate: Certificate
) -> None:
    there = certificate.get_absolute_url()
    for typed in (certificate.serial.lower(), f" {certificate.shown_serial.replace('-', ' ')} "):
        assert stranger.get(VERIFY, {"serial": typed}).headers["Location"] == there
        assert stranger.get(f"{VERIFY}{typed.strip()}/").headers["Location"] == there


def test_the_form_alone_asks(stranger: Client) -> None:
    response = stranger.get(VERIFY)
    assert response.status_code == 200
    assert 'name="serial"' in response.content.decode()


def test_no_page_is_indexed_kept_or_opens_a_session(
    stranger: Client, certificate: Certificate
) -> None:
    for url in (
        VERIFY,
        f"{VERIFY}?serial=x",
        certificate.get_absolute_url(),
        f"{VERIFY}{grouped(new_serial())}/",
        f"{VERIFY}{certificate.serial}/",
    ):
        response = stranger.get(url)
        assert response["X-Robots-Tag"] == "noindex"
        assert "no-store" in response["Cache-Control"]
        assert "sessionid" not in response.cookies


def test_people_signed_in_see_it_too(certificate: Certificate, client: Client) -> None:
    client.force_login(certificate.enrolment.officer)
    assert client.get(certificate.get_absolute_url()).status_code == 200
    client.force_login(officer(factories.service()))
    assert client.get(certificate.get_absolute_url()).status_code == 200


def test_a_look_up_is_one_query(
    stranger: Client, certificate: Certificate, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    stranger.get(VERIFY)  # whether this is a demonstration is asked once a process
    with django_assert_num_queries(1):
        stranger.get(certificate.get_absolute_url())


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_nothing_can_be_sent_to_it(stranger: Client, method: str) -> None:
    assert getattr(stranger, method)(VERIFY).status_code == 405


def test_an_address_that_asks_too_often_has_to_wait(
    stranger: Client, certificate: Certificate, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.VERIFY_RATE = 2
    monkeypatch.setattr("certificates.throttle.time.time", lambda: 1_000_000_060.0)
    here = certificate.get_absolute_url()
    assert [stranger.get(here).status_code for _ in range(3)] == [200, 200, 429]
    refused = stranger.get(f"{VERIFY}{grouped(new_serial())}/")
    assert refused.status_code == 429
    assert refused["Retry-After"] == "20"
    assert stranger.get(VERIFY).status_code == 200
    assert stranger.get(here, REMOTE_ADDR="192.0.2.7").status_code == 200
    monkeypatch.setattr("certificates.throttle.time.time", lambda: 1_000_000_080.0)
    assert stranger.get(here).status_code == 200
