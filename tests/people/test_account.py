"""One's own account, help and the privacy notice: what is shown to whom."""

import re

import pytest

from lms.people.contacts import contacts_of
from lms.people.models import User
from tests import factories


def test_own_data_and_whom_to_ask(client, officer, root):
    User.objects.filter(pk=officer.pk).update(rank="staff-sergeant", patronymic="Юріївна")
    coordinator = factories.coordinator(root, family_name="Ялинчук", given_name="Марія")
    client.force_login(officer)
    page = client.get("/account/").text
    for text in (
        "Ґалаґан Мар’яна Юріївна",
        "Galagan Mariana",
        "штаб-сержант",
        "ua-014233",
        "o.galagan@tbs-ua.example",
        str(coordinator.full_name),
    ):
        assert text in page
    assert str(officer.memberships.get().organisation) in page


def test_settings_are_kept_and_answered_in_the_new_language(client, officer):
    client.force_login(officer)
    response = client.post("/account/", {"language": "be", "time_zone": "Europe/Warsaw"})
    assert response["Location"] == "/account/"
    user = User.objects.get(pk=officer.pk)
    assert (user.language, user.time_zone) == ("be", "Europe/Warsaw")
    assert client.get("/account/")["Content-Language"] == "be"


@pytest.mark.parametrize(
    "typed",
    [
        {"language": "de", "time_zone": "-"},
        {"language": "uk", "time_zone": "Mars/Olympus"},
        {"language": "uk", "time_zone": "Asia/Tokyo"},
        {},
    ],
)
def test_a_wrong_setting_changes_nothing(client, officer, typed):
    client.force_login(officer)
    assert client.post("/account/", typed).status_code == 200
    user = User.objects.get(pk=officer.pk)
    assert (user.language, user.time_zone) == ("uk", "")


def test_the_current_zone_is_always_offered(client, officer):
    User.objects.filter(pk=officer.pk).update(time_zone="Asia/Tokyo")
    client.force_login(officer)
    assert '<option value="Asia/Tokyo" selected>' in client.get("/account/").text
    client.post("/account/", {"language": "uk", "time_zone": "-"})
    assert User.objects.get(pk=officer.pk).time_zone == ""


@pytest.mark.parametrize("language", ["uk", "be", "ru", "en"])
def test_zones_are_named_by_their_cities_each_once(client, officer, language):
    User.objects.filter(pk=officer.pk).update(language=language)
    client.force_login(officer)
    page = client.get("/account/").text
    offered = dict(re.findall(r'<option value="([\w/]+|-)"[^>]*>([^<]+)</option>', page))
    kyiv = {"uk": "Київ", "be": "Кіеў", "ru": "Киев", "en": "Kyiv"}[language]
    assert offered["Europe/Kyiv"] == kyiv
    assert f"({kyiv})" in offered["-"]
    zones = {zone: name for zone, name in offered.items() if zone.startswith("Europe/")}
    assert len(zones) > 50
    assert len(set(zones.values())) == len(zones)
    letters = r"[A-Za-züșă’ -]+" if language == "en" else r"[А-Яа-яЁёЎўІіЇїЄєҐґ’ -]+"
    assert all(re.fullmatch(letters, name) for name in zones.values())


def test_names_and_roles_cannot_be_posted(client, officer):
    client.force_login(officer)
    client.post(
        "/account/",
        {"language": "uk", "time_zone": "-", "given_name_latin": "Other", "is_superuser": "on"},
    )
    user = User.objects.get(pk=officer.pk)
    assert user.latin == ("Mariana", "Galagan")
    assert not user.is_superuser


def test_the_nearest_coordinators_are_named(root):
    detachment = factories.unit(root)
    section = factories.unit(detachment)
    beside = factories.unit(detachment)
    person = factories.officer(section)
    far = factories.coordinator(root)
    near = factories.coordinator(detachment)
    factories.coordinator(beside)
    factories.coordinator(detachment, is_active=False)
    factories.trainer(section)
    assert [row.user for row in contacts_of(person)] == [near]
    assert [row.user for row in contacts_of(near)] == [far]


def test_without_coordinators_the_administrators_are_named(root):
    person = factories.officer(factories.unit(root))
    administrator = factories.administrator(root)
    factories.administrator(factories.service("BY", country="BY"))
    assert [row.user for row in contacts_of(person)] == [administrator]
    assert contacts_of(administrator) == []


def test_of_another_service_nobody_is_named(root):
    person = factories.officer(factories.unit(root))
    other = factories.service("BY", country="BY")
    factories.coordinator(other)
    assert contacts_of(person) == []


@pytest.mark.parametrize("url", ["/help/", "/privacy/"])
def test_public_pages_are_for_strangers_too(client, officer, root, url):
    coordinator = factories.coordinator(root, family_name="Ялинчук")
    page = client.get(url)
    assert page.status_code == 200
    assert "Ялинчук" not in page.text
    assert "2297" not in page.text
    assert "99-З" not in page.text
    client.force_login(officer)
    page = client.get(url).text
    assert coordinator.full_name in page


def test_the_law_is_that_of_the_readers_service(client, officer):
    client.force_login(officer)
    page = client.get("/privacy/").text
    assert "2297-VI" in page
    assert "99-З" not in page
    belarus = factories.officer(factories.service("BY", country="BY"))
    client.force_login(belarus)
    page = client.get("/privacy/").text
    assert "99-З" in page
    assert "2297" not in page


def test_an_operator_without_a_service_has_an_account_too(client, db):
    client.force_login(factories.operator())
    assert client.get("/account/").status_code == 200
    assert client.get("/welcome/").status_code == 200
    assert client.get("/help/").status_code == 200
