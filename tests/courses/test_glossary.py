"""The glossary: loaded from its file, looked up, edited, and shown beside lessons."""

from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from courses.actions.glossary import change_term
from courses.catalogue import CATALOGUE, CatalogueError
from courses.glossary import FILE, forget_glossaries, load_glossary, with_terms
from courses.models import LessonText, Term, TermWords
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from tests import factories
from tests.catalogue import cut_catalogue
from tests.courses.pages import Page

pytestmark = pytest.mark.django_db
LINKED = (
    '<p><a href="#term-check-digit">цифру</a>, <a href="#term-check-digit">її</a>, '
    '<a href="#term-absent">решту</a></p>'
)


@pytest.fixture
def root() -> Organisation:
    return factories.service("UA")


@pytest.fixture
def trainer(root: Organisation) -> User:
    return factories.trainer(root, language="uk")


@pytest.fixture
def desk(trainer: User) -> Client:
    client = Client()
    client.force_login(trainer)
    return client


def test_the_glossary_of_the_repository_has_each_term_in_four_languages(root: Organisation) -> None:
    loaded = load_glossary(CATALOGUE / FILE, owner=root)
    assert len(loaded.new) > 90
    for term in Term.objects.all():
        assert set(term.in_each_language()) == {"uk", "be", "ru", "en"}, term.key
    assert TermWords.objects.count() == 4 * len(loaded.new)


def test_a_second_load_changes_nothing(root: Organisation) -> None:
    load_glossary(CATALOGUE / FILE, owner=root)
    before = list(Term.objects.order_by("pk").values()), list(TermWords.objects.values("pk"))
    again = load_glossary(CATALOGUE / FILE, owner=root)
    assert again.new == again.changed == again.kept == []
    assert before == (
        list(Term.objects.order_by("pk").values()),
        list(TermWords.objects.values("pk")),
    )


def written(tmp_path: Path, definition: str) -> Path:
    path = tmp_path / FILE
    path.write_text(
        f"check-digit:\n  term: {{uk: цифра}}\n  definition: {{uk: {definition}}}\n",
        encoding="utf-8",
    )
    return path


def test_a_changed_file_changes_the_term_but_not_what_a_person_wrote(
    root: Organisation, trainer: User, tmp_path: Path
) -> None:
    load_glossary(written(tmp_path, "Перше."), owner=root)
    assert load_glossary(written(tmp_path, "Друге."), owner=root).changed == ["check-digit"]
    term = Term.objects.get()
    assert Term.objects.matching("друге").get() == term
    change_term(term=term, said={"definition": {"uk": "Моє."}}, actor=trainer)
    assert load_glossary(written(tmp_path, "Третє."), owner=root).kept == ["check-digit"]
    assert Term.objects.get().definition.data == {"uk": "Моє."}


def test_a_term_without_a_definition_names_file_and_key(root: Organisation, tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text("check-digit: {term: {uk: цифра}}\n", encoding="utf-8")
    with pytest.raises(CatalogueError, match=r"glossary\.yaml: check-digit: "):
        load_glossary(path, owner=root)


def test_the_command_says_what_came_of_the_glossary(
    root: Organisation, capsys: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = cut_catalogue(tmp_path / "catalogue")
    monkeypatch.setattr("courses.management.commands.load_catalogue.CATALOGUE", part)
    call_command("load_catalogue", "--service", "UA", "--course", "DOC-01")
    assert "glossary: new 9" in capsys.readouterr().out
    call_command("load_catalogue", "--service", "UA", "--course", "DOC-01")
    assert "glossary: unchanged" in capsys.readouterr().out


# Looking up


@pytest.mark.parametrize("words", ["ПЕРЕВІРКА лінії", "second-line", "ретельна осторонь", "другой"])
def test_terms_are_found_by_words_in_any_language(
    root: Organisation, desk: Client, words: str
) -> None:
    load_glossary(CATALOGUE / FILE, owner=root)
    page = desk.get("/glossary/", {"q": words})
    assert "second-line-check" in [term.key for term in page.context["page"]]
    assert len(page.context["page"]) < 10


def test_terms_stand_by_the_alphabet_of_the_reader(root: Organisation, desk: Client) -> None:
    for key, word in (("one", "яма"), ("two", "ґанок"), ("three", "гак"), ("four", "їжак")):
        factories.term(root, key, term={"uk": word}, definition={"uk": "Слово."})
    shown = desk.get("/glossary/").context["page"]
    assert [term.key for term in shown] == ["three", "two", "four", "one"]


def test_another_service_has_its_own(root: Organisation, desk: Client) -> None:
    factories.term(factories.service("BY", country="BY"))
    assert not desk.get("/glossary/").context["page"].object_list
    assert desk.get("/glossary/terms/check-digit/").status_code == 404


# Editing


def fields(desk: Client, address: str) -> dict[str, Any]:
    page = Page(desk.get(address))
    found = page.form("").fields
    for area in page.all("textarea"):
        found[area.attrs["name"]] = ["".join(area.parts).strip("\n")]
    return found


def test_a_trainer_changes_a_term_and_the_change_is_recorded(
    root: Organisation, desk: Client, trainer: User
) -> None:
    factories.term(root)
    address = "/glossary/terms/check-digit/"
    sent = fields(desk, address)
    assert desk.post(address, sent).status_code == 302
    assert not AuditEntry.objects.filter(verb="term.changed").exists()
    sent |= {"definition_uk": "Інакше сказано.", "avoid_uk": "контрольн* числ*\n\n"}
    assert desk.post(address, sent).status_code == 302
    term = Term.objects.get()
    assert term.definition.data["uk"] == "Інакше сказано."
    assert term.avoid == {"uk": ["контрольн* числ*"]}
    assert term.edited_at
    entry = AuditEntry.objects.get(verb="term.changed")
    assert entry.actor == trainer
    assert set(entry.after or {}) == {"definition", "avoid"}


def test_a_stale_form_overwrites_nothing(root: Organisation, desk: Client, trainer: User) -> None:
    term = factories.term(root)
    address = "/glossary/terms/check-digit/"
    sent = fields(desk, address) | {"definition_uk": "Моє."}
    change_term(term=term, said={"definition": {"uk": "Їхнє."}}, actor=trainer)
    assert desk.post(address, sent).status_code == 200
    assert Term.objects.get().definition.data == {"uk": "Їхнє."}


def test_a_new_term_has_a_key_of_its_own(root: Organisation, desk: Client) -> None:
    sent = {"key": "loupe", "term_uk": "лупа", "definition_uk": "Лінза."}
    assert desk.post("/glossary/new/", sent).status_code == 302
    assert AuditEntry.objects.filter(verb="term.added").count() == 1
    again = desk.post("/glossary/new/", sent)
    assert again.status_code == 200
    assert again.context["form"].errors.keys() == {"key"}
    assert Term.objects.count() == 1


@pytest.mark.parametrize(
    "sent", [{"term_uk": "лупа"}, {"definition_uk": "Лінза."}, {}, {"term_uk": "a", "key": "ключ"}]
)
def test_half_a_term_is_refused(root: Organisation, desk: Client, sent: dict[str, str]) -> None:
    assert desk.post("/glossary/new/", {"key": "loupe"} | sent).status_code == 200
    assert not Term.objects.exists()


# In lessons


def test_a_text_shows_the_terms_that_it_links_to(root: Organisation) -> None:
    factories.term(root)
    shown = with_terms(LINKED, "uk", root.pk)
    assert shown.html == (
        '<p><a href="#term-check-digit" id="at-check-digit">цифру</a>, '
        '<a href="#term-check-digit">її</a>, решту</p>'
    )
    assert [term.key for term in shown.terms] == ["check-digit"]


def test_a_lesson_page_asks_for_its_terms_once_a_minute(
    root: Organisation, django_assert_num_queries: Any
) -> None:
    factories.term(root)
    with django_assert_num_queries(1):
        with_terms(LINKED, "uk", root.pk)
    with django_assert_num_queries(0):
        with_terms(LINKED, "uk", root.pk)
        with_terms("<p>без термінів</p>", "uk", root.pk)
    forget_glossaries()
    with django_assert_num_queries(0):
        with_terms("<p>без термінів</p>", "uk", root.pk)


def test_the_lesson_page_ends_with_its_terms_and_a_way_back(root: Organisation) -> None:
    factories.term(root, definition=factories.texts("Цифра <b>&"))
    course = factories.draft_course(root, languages=["uk"])
    lesson = factories.lesson(factories.module(course), key="zone")
    LessonText.objects.create(
        lesson=lesson,
        language="uk",
        version=2,
        title="Зона",
        body=LINKED,
        format="html",
        html=LINKED,
    )
    client = Client()
    client.force_login(factories.trainer(root, language="uk"))
    page = client.get(f"/teaching/courses/{course.code}/preview/zone/?in=uk").content.decode()
    assert '<li id="term-check-digit" tabindex="-1">' in page
    assert '<a href="#at-check-digit"' in page
    assert "Цифра &lt;b&gt;&amp;" in page
