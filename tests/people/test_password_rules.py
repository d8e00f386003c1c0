"""Which passwords may be chosen: long enough, not known, of any signs, kept as they were typed."""

import pytest

from lms.people.models import User
from tests.people.conftest import PASSWORD


def choose(client, user: User, password: str) -> bool:
    """Whether the person could change the password to this one."""
    client.force_login(user)
    typed = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    response = client.post("/account/password/", typed)
    assert response.status_code in {200, 302}
    return response.status_code == 302


@pytest.mark.parametrize(
    "password", ["nine-sign", "qwertyuiop", "password123", "83920174650", "ua-014233-x"]
)
def test_short_and_known_ones_digits_alone_and_ones_own_login_are_refused(
    client, officer, password
):
    assert not choose(client, officer, password)
    assert User.objects.get(pk=officer.pk).check_password(PASSWORD)


@pytest.mark.parametrize(
    "password",
    [
        "krokodyl-na-balkoni",
        "тільки малі літери",
        "  пробіли спереду і ззаду  ",
        "🐊 на балконі, двічі",
        "довгий пароль " * 20,
    ],
)
def test_any_signs_and_lengths_are_taken_as_typed(client, officer, password):
    assert choose(client, officer, password)
    kept = User.objects.get(pk=officer.pk)
    assert kept.check_password(password)
    assert not kept.check_password(password.upper())
    assert not kept.check_password(password[:-1])


@pytest.mark.parametrize("path", ["/sign-in/", "/account/password/"])
def test_what_is_typed_is_hidden_and_programs_may_fill_it_in(client, officer, path):
    if path != "/sign-in/":
        client.force_login(officer)
    page = client.get(path)
    fields = [field for field in page.context["form"] if "password" in field.name]
    assert fields
    for field in fields:
        assert f'type="password" name="{field.name}"' in page.text
        assert field.field.widget.attrs["autocomplete"] in {"current-password", "new-password"}
    assert "onpaste" not in page.text
