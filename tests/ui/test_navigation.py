from types import SimpleNamespace

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import include, path, resolve

from lms.ui import navigation
from lms.ui.navigation import Door


def view(request: HttpRequest, **kwargs: object) -> HttpResponse:
    return HttpResponse()


courses = (
    [
        path("catalogue/", view, name="catalogue"),
        path("catalogue/<int:pk>/", view, name="course"),
        path("manage/", view, name="manage"),
        path("lesson/", view, name="lesson"),
    ],
    "courses",
)
certificates = ([path("list/", view, name="list"), path("paper/", view, name="paper")], "papers")
urlpatterns = [
    path("", view, name="home"),
    path("help/", view, name="help"),
    path("courses/", include(courses)),
    path("certificates/", include(certificates)),
]
pytestmark = pytest.mark.usefixtures("routes")


@pytest.fixture
def routes(monkeypatch):
    monkeypatch.setattr(navigation, "_doors", [])
    navigation._address.cache_clear()  # of the product's own addresses, and after it of these
    with override_settings(ROOT_URLCONF=__name__):
        yield
    navigation._address.cache_clear()


def everyone(request: HttpRequest) -> bool:
    return True


def nobody(request: HttpRequest) -> bool:
    return False


def request_to(address: str) -> HttpRequest:
    request = RequestFactory().get(address)
    request.user = SimpleNamespace(is_authenticated=True)
    request.resolver_match = resolve(address)
    return request


def current(address: str) -> dict[str, str]:
    shown = navigation.doors(request_to(address))
    return {str(door.label): door.current for door in shown if door.current}


def register_all() -> None:
    navigation.register(Door("Learning", "home", everyone, 10, ("courses:lesson",)))
    navigation.register(Door("Catalogue", "courses:catalogue", everyone, 20))
    navigation.register(Door("Manage", "courses:manage", everyone, 30))
    navigation.register(Door("Certificates", "papers:list", everyone, 40))


def test_doors_stand_in_order() -> None:
    navigation.register(Door("Late", "help", everyone, 90))
    navigation.register(Door("Early", "home", everyone, 10))

    assert [door.label for door in navigation.doors(request_to("/"))] == ["Early", "Late"]


def test_door_is_shown_only_to_those_it_is_for() -> None:
    navigation.register(Door("Open", "home", everyone))
    navigation.register(Door("Shut", "help", nobody))

    assert [door.label for door in navigation.doors(request_to("/"))] == ["Open"]


def test_request_without_a_person_sees_no_door() -> None:
    navigation.register(Door("Open", "home", everyone))

    assert navigation.doors(RequestFactory().get("/")) == []


def test_same_door_twice_is_an_error() -> None:
    navigation.register(Door("Open", "home", everyone))

    with pytest.raises(ImproperlyConfigured, match="home"):
        navigation.register(Door("Again", "home", everyone))


def test_same_view_may_have_a_name_for_each_role() -> None:
    navigation.register(Door("My learning", "home", everyone))
    navigation.register(Door("Overview", "home", nobody))

    assert [door.label for door in navigation.doors(request_to("/"))] == ["My learning"]


@pytest.mark.parametrize(
    ("address", "marked"),
    [
        ("/", {"Learning": "page"}),
        ("/courses/lesson/", {"Learning": "true"}),
        ("/courses/catalogue/", {"Catalogue": "page"}),
        ("/courses/catalogue/7/", {"Catalogue": "true"}),
        ("/courses/manage/", {"Manage": "page"}),
        ("/certificates/paper/", {"Certificates": "true"}),
        ("/help/", {}),
    ],
)
def test_one_door_is_current(address: str, marked: dict[str, str]) -> None:
    register_all()

    assert current(address) == marked
