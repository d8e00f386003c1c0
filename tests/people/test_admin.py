"""The operator's admin: codes shown once, passwords out of sight, services kept apart."""

import pytest

from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from tests import factories


@pytest.fixture
def desk(client, db):
    client.force_login(factories.operator())
    return client


def test_lists_open(desk, officer):
    for url in (
        "/operator/people/user/",
        "/operator/people/organisation/",
        f"/operator/people/user/{officer.pk}/change/",
        f"/operator/people/organisation/{officer.service_id}/change/",
    ):
        assert desk.get(url).status_code == 200, url


@pytest.mark.parametrize("words", ["ґалаґан", "ҐАЛАҐАН Мар'яна", "014233", "galagan"])
def test_people_are_found_by_any_spelling(desk, officer, root, words):
    factories.person(
        root,
        family_name="Щербань",
        given_name="Гнат",
        given_name_latin="Hnat",
        family_name_latin="Shcherban",
    )
    page = desk.get("/operator/people/user/", {"q": words})
    assert [user.pk for user in page.context["cl"].result_list] == [officer.pk]


def test_a_new_code_is_shown_once(desk, officer, sign_in, client):
    page = desk.post(
        "/operator/people/user/",
        {"action": "new_one_time_code", "_selected_action": [officer.pk]},
    )
    (row,) = page.context["codes"]
    assert row[1] in page.text
    assert "no-store" in page["Cache-Control"]
    assert row[1] not in desk.get("/operator/people/user/").text
    assert row[1] not in str(list(AuditEntry.objects.values()))
    client.logout()
    assert sign_in(client, officer.login, row[1]).status_code == 302


def test_neither_password_nor_rights_can_be_typed(desk, officer):
    page = desk.get(f"/operator/people/user/{officer.pk}/change/")
    fields = set(page.context["adminform"].form.fields)
    assert not fields & {"password", "is_superuser", "login", "service", "groups"}
    assert officer.password not in page.text
    assert desk.get("/operator/people/user/add/").status_code == 403
    assert desk.get(f"/operator/people/user/{officer.pk}/delete/").status_code == 403


def person_form(user: User, **changes: str) -> dict[str, str]:
    post = user.memberships.get()
    fields = (
        "family_name",
        "given_name",
        "patronymic",
        "family_name_latin",
        "given_name_latin",
        "rank",
        "email",
        "language",
        "time_zone",
    )
    return (
        {name: getattr(user, name) for name in fields}
        | {
            "is_active": "on",
            "memberships-TOTAL_FORMS": "1",
            "memberships-INITIAL_FORMS": "1",
            "memberships-0-id": post.pk,
            "memberships-0-user": user.pk,
            "memberships-0-organisation": post.organisation_id,
            "memberships-0-role": post.role,
            "memberships-0-kind": post.kind,
            "memberships-0-since": post.since.isoformat(),
            "memberships-0-until": "",
        }
        | changes
    )


def test_a_change_is_recorded(desk, officer):
    response = desk.post(
        f"/operator/people/user/{officer.pk}/change/", person_form(officer, family_name="Гай")
    )
    assert response.status_code == 302
    entry = AuditEntry.objects.get(verb="person.changed")
    assert (entry.before, entry.after) == ({"family_name": "Ґалаґан"}, {"family_name": "Гай"})


def test_a_unit_of_another_service_is_refused(desk, officer):
    away = factories.service("BY", country="BY")
    response = desk.post(
        f"/operator/people/user/{officer.pk}/change/",
        person_form(officer, **{"memberships-0-organisation": str(away.pk)}),
    )
    assert response.status_code == 200
    assert officer.memberships.get().organisation_id != away.pk


def test_a_unit_is_not_dragged_out_of_its_service(desk, root):
    unit, away = factories.unit(root), factories.service("BY", country="BY")
    response = desk.post(
        "/operator/people/organisation/move/",
        {"node": unit.pk, "target": away.pk, "relation": "child"},
    )
    assert response.status_code == 400
    assert Organisation.objects.get(pk=unit.pk).service_path == root.path
