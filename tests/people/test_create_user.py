"""The commands an operator begins with."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from lms.people.models import Membership, Role, User
from tests import factories

PERSON = {
    "service": "UA",
    "number": "014240",
    "family_name": "Щербань",
    "given_name": "Гнат",
    "patronymic": "Хомич",
    "rank": "sergeant",
    "unit": "UA-1",
}


@pytest.fixture(autouse=True)
def _units(root):
    factories.unit(root, "UA-1")


def printed(command: str, *args: str, **options: str) -> dict[str, str]:
    out = StringIO()
    call_command(command, *args, stdout=out, **options)
    return dict(line.split(": ") for line in out.getvalue().splitlines())


def test_a_person_with_a_role_and_a_code(client, sign_in):
    said = printed("create_user", **PERSON)
    user = User.objects.get(login="ua-014240")
    assert said["Login"] == "ua-014240"
    assert (user.full_name, user.latin) == ("Щербань Гнат Хомич", ("Hnat", "Shcherban"))
    membership = Membership.objects.get(user=user)
    assert (membership.organisation.code, membership.role) == ("UA-1", Role.OFFICER)
    sign_in(client, "UA-014240", said["One-time code"])
    assert client.get("/welcome/").status_code == 200


def test_by_e_mail_and_with_another_role():
    said = printed(
        "create_user", **PERSON | {"number": "", "email": "H.S@tbs-ua.example", "role": "trainer"}
    )
    assert said["Login"] == "h.s@tbs-ua.example"
    assert Membership.objects.get().role == Role.TRAINER


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"service": "XX"}, "There is no service XX."),
        ({"service": "UA-1"}, "UA-1 is a unit, not a service."),
        ({"unit": "UA-9"}, "There is no unit UA-9."),
        ({"unit": "BY-1"}, "The unit BY-1 belongs to another service."),
        ({"number": "000001"}, "The login ua-000001 is taken."),
        (
            {"email": "TAKEN@tbs-ua.example"},
            "The e-mail address taken@tbs-ua.example belongs to another account.",
        ),
        ({"number": ""}, "Give a service number, an e-mail address or both."),
        ({"rank": "admiral"}, "UA has no rank admiral."),
        ({"email": "no address"}, "Enter a valid email address."),
    ],
)
def test_a_mistake_is_one_sentence_and_creates_nobody(root, change, sentence):
    factories.unit(factories.service("BY", country="BY"), "BY-1")
    factories.person(root, login="UA-000001", email="taken@tbs-ua.example")
    before = User.objects.count()
    with pytest.raises(CommandError) as error:
        printed("create_user", **PERSON | change)
    assert str(error.value) == sentence
    assert error.value.returncode == 1
    assert User.objects.count() == before


def test_a_new_code_replaces_the_password(client, officer, sign_in):
    said = printed("new_code", "UA-014233")
    assert sign_in(client, officer.login).status_code == 200
    assert sign_in(client, officer.login, said["One-time code"]).status_code == 302


def test_no_code_for_nobody_or_a_closed_account(officer):
    with pytest.raises(CommandError, match=r"There is no login ua-9\."):
        printed("new_code", "ua-9")
    User.objects.filter(pk=officer.pk).update(is_active=False)
    with pytest.raises(CommandError, match="is closed"):
        printed("new_code", "ua-014233")
