"""Error pages, middleware and paging, on the smallest requests that reach them."""

from types import SimpleNamespace

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import RequestFactory, override_settings
from django.urls import URLPattern, include, path
from django.utils import translation

from lms.ui import navigation, views
from lms.ui.middleware import LETTERS, ReferenceFilter, RequestId
from lms.ui.paging import page_of


def named(*names: str) -> list[URLPattern]:
    return [path(f"{name}/", lambda request: HttpResponse(), name=name) for name in names]


urlpatterns = [
    *named("home", "help", "privacy", "account", "account_login", "account_logout"),
    *named("set_language"),
    path("", include((named("verify"), "certificates"))),
]
TEMPLATES = [
    {
        **settings.TEMPLATES[0],
        "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
    }
]


@pytest.fixture(autouse=True)
def pages_without_people(monkeypatch):
    monkeypatch.setattr(navigation, "_doors", [])
    with override_settings(ROOT_URLCONF=__name__, TEMPLATES=TEMPLATES), translation.override("en"):
        yield


def body(response: HttpResponse) -> str:
    return response.content.decode()


@pytest.mark.parametrize(
    ("view", "status", "sentence"),
    [
        (views.bad_request, 400, "cannot be understood"),
        (views.forbidden, 403, "You may not do this"),
        (views.not_found, 404, "There is no such page"),
        (lambda request: views.too_many_requests(request, 61), 429, "wait 2 minutes"),
        (views.csrf_failure, 403, "Nothing was saved yet"),
    ],
)
def test_error_page_says_what_happened_and_leads_on(view, status: int, sentence: str) -> None:
    request = RequestFactory().get("/")
    request.reference = "7K3M-9QXD"

    response = view(request)

    assert response.status_code == status
    assert sentence in body(response)
    assert 'href="/home/"' in body(response)
    assert "7K3M-9QXD" in body(response)


def test_too_many_requests_says_when_to_come_back() -> None:
    assert views.too_many_requests(RequestFactory().get("/"), 61)["Retry-After"] == "61"


def test_head_names_the_person_and_the_languages() -> None:
    request = RequestFactory().get("/?a=1")
    request.user = SimpleNamespace(is_authenticated=True, display_name="Їжакевич Лідія")

    html = body(views.not_found(request))

    assert '<html lang="en">' in html
    assert '<span class="name">Їжакевич Лідія</span>' in html
    assert 'action="/account_logout/" data-sign-out' in html
    assert 'value="/?a=1"' in html
    assert 'value="be" lang="be">Беларуская' in html
    assert 'value="en" lang="en" aria-current="true">English' in html


def test_head_lets_a_stranger_in() -> None:
    html = body(views.not_found(RequestFactory().get("/")))

    assert 'href="/account_login/"' in html
    assert "/account_logout/" not in html


@pytest.mark.parametrize(
    ("referer", "offered"), [("http://testserver/form/", True), ("http://elsewhere/form/", False)]
)
def test_csrf_failure_leads_back_only_within_the_site(referer: str, offered: bool) -> None:
    request = RequestFactory().post("/", {"answer": "<b>"}, headers={"referer": referer})

    html = body(views.csrf_failure(request))

    assert (referer in html) is offered
    assert "&lt;b&gt;</textarea>" in html


def test_reference_is_short_and_in_the_header() -> None:
    seen = []
    request = RequestFactory().get("/")

    response = RequestId(lambda request: seen.append(request.reference) or HttpResponse())(request)

    assert response["X-Request-ID"] == seen[0]
    assert len(seen[0]) == 9
    assert set(seen[0]) <= {*LETTERS, "-"}


def test_log_knows_the_reference_during_the_request_only() -> None:
    record, seen = SimpleNamespace(), []

    def respond(request):
        ReferenceFilter().filter(record)
        seen.append(record.reference)
        return HttpResponse()

    response = RequestId(respond)(RequestFactory().get("/"))
    ReferenceFilter().filter(record)

    assert [*seen, record.reference] == [response["X-Request-ID"], "-"]


def test_server_error_needs_no_database_and_names_the_reference() -> None:
    request = RequestFactory().get("/")
    request.reference = "7K3M-9QXD"

    response = views.server_error(request)

    assert response.status_code == 500
    assert "7K3M-9QXD" in response.content.decode()


def test_what_was_typed_is_shown_without_secrets() -> None:
    request = RequestFactory().post(
        "/",
        {
            "answer": "Перевіряю цифру",
            "password": "hidden-word",
            "csrfmiddlewaretoken": "x",
            "a": " ",
        },
    )

    assert views._typed(request) == [("answer", "Перевіряю цифру")]


@pytest.mark.parametrize(
    ("address", "numbers", "rows"),
    [
        ("/", [1, 2, 3, "…", 10], 25),
        ("/?page=10", [1, "…", 8, 9, 10], 25),
        ("/?page=99&size=100", [1, 2, 3], 50),
        ("/?page=nonsense&size=7", [1, 2, 3, "…", 10], 25),
    ],
)
def test_page_forgives_wrong_numbers(address: str, numbers: list, rows: int) -> None:
    page = page_of(RequestFactory().get(address), list(range(250)))

    assert (page.numbers(), len(page)) == (numbers, rows)


@pytest.mark.parametrize(("rows", "sizes"), [(20, []), (30, [25, 50]), (400, [25, 50, 100])])
def test_page_offers_sizes_that_differ(rows: int, sizes: list[int]) -> None:
    assert page_of(RequestFactory().get("/"), list(range(rows))).sizes() == sizes
