"""What the database promises about people, broken by going round the models."""

from datetime import date

import pytest
from django.db import IntegrityError, connection, transaction

from lms.people.models import Kind, Membership, Organisation, Role, User
from tests import factories

DAY = date(2026, 11, 24)


def refused(name: str):
    """The database refuses; PostgreSQL and newer SQLite name the constraint."""
    return pytest.raises(IntegrityError, match=name)


@pytest.fixture
def two(root) -> tuple[User, User]:
    return factories.person(root, email="one@x.example"), factories.person(root)


def test_one_login_one_person(two):
    with refused("login"), transaction.atomic():
        User.objects.filter(pk=two[1].pk).update(login=two[0].login)


def test_one_e_mail_one_person_in_any_case(two):
    with refused("one_person_an_email"), transaction.atomic():
        User.objects.filter(pk=two[1].pk).update(email="ONE@x.example")


def test_without_an_e_mail_there_may_be_many(root):
    factories.person(root)
    factories.person(root)


def test_everybody_but_an_operator_has_a_service(two):
    with refused("people_have_a_service"), transaction.atomic():
        User.objects.filter(pk=two[0].pk).update(service=None)
    User.objects.filter(pk=two[0].pk).update(service=None, is_superuser=True)


def membership(user: User, unit: Organisation, **fields) -> Membership:
    fields = {"role": Role.OFFICER, "kind": Kind.POST, "since": DAY} | fields
    return Membership(user=user, organisation=unit, **fields)


def test_one_current_post(two, root):
    user, _ = two
    Membership.objects.bulk_create([membership(user, root)])
    with refused("one_current_post|membership.user_id"), transaction.atomic():
        Membership.objects.bulk_create([membership(user, factories.unit(root))])


def test_a_secondment_a_past_post_and_another_role_stand_beside_it(two, root):
    user, _ = two
    Membership.objects.bulk_create(
        [
            membership(user, root),
            membership(user, root, kind=Kind.SECONDMENT),
            membership(user, root, until=DAY),
            membership(user, root, role=Role.TRAINER),
        ]
    )


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"until": date(2026, 11, 23)}, "membership_ends_after_start"),
        ({"role": "general"}, "membership_known_role"),
        ({"kind": "holiday"}, "membership_known_kind"),
    ],
)
def test_a_membership_makes_sense(two, root, fields, name):
    with refused(name), transaction.atomic():
        Membership.objects.bulk_create([membership(two[0], root, **fields)])


def test_one_code_one_unit(root):
    unit = factories.unit(root)
    with refused("code"), transaction.atomic():
        Organisation.objects.filter(pk=unit.pk).update(code=root.code)


def test_one_place_in_the_tree_one_unit(root):
    unit = factories.unit(root)
    with refused("path"), transaction.atomic():
        Organisation.objects.filter(pk=unit.pk).update(path=root.path)


def delete_past_the_models(rows) -> None:
    rows._raw_delete(rows.db)
    connection.check_constraints()


@pytest.mark.parametrize("what", ["person", "unit"])
def test_nobody_and_nothing_with_a_history_is_deleted(root, what):
    unit = factories.unit(root)
    user = factories.officer(unit)
    rows = {
        "person": User.objects.filter(pk=user.pk),
        "unit": Organisation.objects.filter(pk=unit.pk),
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        delete_past_the_models(rows[what])
