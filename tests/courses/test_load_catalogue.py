"""`manage.py load_catalogue`: files in, drafts and revisions out, and nobody's work overwritten."""

from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.core.management import CommandError, call_command

from courses.models import Course, CourseRevision, LessonText
from courses.outlines import outline_of
from lms.people.models import Organisation
from quizzes.models import Question, QuestionVersion
from tests import factories

pytestmark = pytest.mark.django_db
Run = Callable[..., str]

COURSE = {
    "code": "TRY-01",
    "title": {"uk": "Спроба", "en": "A try"},
    "languages": ["uk", "en"],
    "open": True,
    "modules": [
        {
            "key": "first",
            "title": {"uk": "Перший", "en": "First"},
            "lessons": [
                {"key": "reading", "kind": "reading", "minutes": 5},
                {
                    "key": "quiz", "kind": "quiz", "minutes": 3,
                    "title": {"uk": "Тест", "en": "Quiz"},
                    "quiz": {"pass_mark": 70, "slots": [{"question": "earth"}]},
                },
            ],
        }
    ],
}  # fmt: skip
QUESTIONS = {
    "key": "try",
    "title": {"uk": "Банк", "en": "Bank"},
    "questions": [
        {
            "key": "earth", "type": "truefalse", "right": True, "tags": ["planets"],
            "text": {"uk": "Земля кругла.", "en": "The earth is round."},
        }
    ],
}  # fmt: skip
TEXTS = {
    "en": "---\ntitle: Reading\n---\nSome words.\n",
    "uk": "---\ntitle: Читання\nsource: en\n---\nКілька слів.\n",
}


def write(folder: Path, name: str, data: Any) -> None:
    (folder / name).write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")


@pytest.fixture
def owner() -> Organisation:
    return factories.service("UA")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A small course's folder in a catalogue of the test's own."""
    monkeypatch.setattr("courses.management.commands.load_catalogue.CATALOGUE", tmp_path)
    folder = tmp_path / "TRY-01"
    (folder / "reading").mkdir(parents=True)
    write(folder, "course.yaml", COURSE)
    write(folder, "questions.yaml", QUESTIONS)
    for language, text in TEXTS.items():
        (folder / "reading" / f"{language}.md").write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def run(owner: Organisation) -> Run:
    def load(*options: str) -> str:
        out = StringIO()
        call_command("load_catalogue", "--service", owner.code, *options, stdout=out)
        return out.getvalue()

    return load


def edit(folder: Path, name: str, old: str, new: str) -> None:
    """Change a file of the catalogue as a person would."""
    path = folder / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_catalogue_of_the_repository_goes_out_whole_in_four_languages(run: Run) -> None:
    said = run("--course", "DOC-01", "--publish")
    assert "DOC-01: made" in said
    assert "published as revision 1 in uk, be, ru, en\n" in said


def test_a_course_is_made_once_and_then_left_alone(run: Run, folder: Path) -> None:
    assert "TRY-01: made (" in run()
    assert not CourseRevision.objects.exists()
    before = LessonText.objects.count(), QuestionVersion.objects.count()
    assert run() == "TRY-01: unchanged\n"
    assert (LessonText.objects.count(), QuestionVersion.objects.count()) == before == (2, 1)


def test_publishing_twice_makes_one_revision(run: Run, folder: Path) -> None:
    assert "published as revision 1 in uk, en" in run("--publish")
    assert "TRY-01: published as it is\n" in run("--publish")
    assert CourseRevision.objects.count() == 1


def test_a_changed_text_is_the_next_version_and_revision_two_shows_it(
    run: Run, folder: Path
) -> None:
    run("--publish")
    edit(folder, "reading/en.md", "Some words.", "Other words.")
    said = run("--publish")
    assert "TRY-01: updated (new: " in said
    assert "published as revision 2 in uk, en" in said
    text = LessonText.objects.get(language="en", version=2)
    assert "Other words." in text.html
    shown = [
        outline_of(revision.pk).by_key["reading"].texts["en"]
        for revision in CourseRevision.objects.order_by("number")
    ]
    assert shown[1] == text.pk != shown[0]


def test_a_changed_question_is_the_next_version_and_published_anew(run: Run, folder: Path) -> None:
    run("--publish")
    edit(folder, "questions.yaml", "The earth is round.", "The earth is a ball.")
    assert "revision 2" in run("--publish")
    assert QuestionVersion.objects.get(number=2).body["text"]["en"] == "The earth is a ball."


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("course.yaml", "pass_mark: 70", "pass_mark: 80"),
        ("course.yaml", "minutes: 5", "minutes: 6"),
        ("course.yaml", "A try", "Another try"),
        ("questions.yaml", "planets", "stars"),
    ],
)
def test_what_makes_no_new_row_is_still_told(
    run: Run, folder: Path, name: str, old: str, new: str
) -> None:
    run()
    edit(folder, name, old, new)
    assert run() == "TRY-01: updated\n"


def test_a_text_edited_since_is_not_overwritten_and_nothing_changes(
    run: Run, folder: Path, owner: Organisation
) -> None:
    run("--publish")
    text = LessonText.objects.get(language="uk")
    LessonText.objects.create(
        lesson=text.lesson,
        language="uk",
        version=2,
        title="Моє",
        body="Моє.",
        html="<p>Моє.</p>",
        format=text.format,
        edited_by=factories.trainer(owner),
    )
    edit(folder, "reading/uk.md", "Кілька слів.", "Багато слів.")
    edit(folder, "reading/en.md", "Some words.", "Other words.")
    edit(folder, "course.yaml", "minutes: 5", "minutes: 6")
    with pytest.raises(CommandError, match=r"TRY-01: edited since .*reading/uk\.md"):
        run("--publish")
    assert LessonText.objects.count() == 3
    assert Course.objects.get().lessons.get(key="reading").minutes == 5
    assert CourseRevision.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "old", "new", "place"),
    [
        ("questions.yaml", "type: truefalse", "type: riddle", "questions.yaml: earth: .*'riddle'"),
        ("questions.yaml", "right: true", "right: 7", r"questions\.yaml: earth: right"),
        ("questions.yaml", "questions:", "questions: [", r"TRY-01/questions\.yaml: "),
        ("course.yaml", "question: earth", "question: moon", "quiz: no question 'moon'"),
        ("course.yaml", "kind: reading", "kind: singing", "reading: unknown kind 'singing'"),
        ("course.yaml", "code: TRY-01", "kode: TRY-01", "'code'"),
        ("reading/en.md", "title: Reading", "titel: Reading", r"reading/en\.md: no title"),
        ("reading/en.md", "title: Reading", "title: [", r"TRY-01/reading/en\.md: "),
        ("reading/uk.md", "Кілька", "![a](figures/x.svg)\n\nКілька", "reading/uk.md: no picture"),
    ],
)
def test_a_broken_file_names_its_place(
    run: Run, folder: Path, name: str, old: str, new: str, place: str
) -> None:
    edit(folder, name, old, new)
    with pytest.raises(CommandError, match=place):
        run("--publish")
    assert not Course.objects.exists()


def test_a_course_without_a_whole_language_names_its_holes(run: Run, folder: Path) -> None:
    for language in TEXTS:
        (folder / "reading" / f"{language}.md").unlink()
    with pytest.raises(CommandError, match=r"TRY-01 cannot be published:\n  reading uk: "):
        run("--publish")


def test_a_language_with_a_hole_is_held_back_by_name(run: Run, folder: Path) -> None:
    (folder / "reading" / "uk.md").unlink()
    assert "revision 1 in en; held back, not whole: uk" in run("--publish")


def test_unknown_service_and_course_are_one_sentence(run: Run, folder: Path) -> None:
    with pytest.raises(CommandError, match=r"^The catalogue has no course 'XXX'\.$"):
        run("--course", "XXX")
    with pytest.raises(CommandError, match=r"^There is no service 'YY'\.$"):
        call_command("load_catalogue", "--service", "YY")


def test_outcomes_have_keys_that_lessons_and_questions_name(
    run: Run, owner: Organisation, folder: Path
) -> None:
    outcomes = [{"key": "read", "uk": "Читати.", "en": "Read."}, {"uk": "Ще.", "en": "More."}]
    course = COURSE | {"outcomes": outcomes}
    course["modules"] = [dict(module) for module in course["modules"]]  # type: ignore[attr-defined]
    first = course["modules"][0]  # type: ignore[index]
    first["lessons"] = [one | {"outcomes": ["read"]} for one in first["lessons"]]
    write(folder, "course.yaml", course)
    questions = [one | {"outcomes": ["read"]} for one in QUESTIONS["questions"]]  # type: ignore[operator]
    write(folder, "questions.yaml", QUESTIONS | {"questions": questions})
    run("--publish")
    row = Course.objects.get()
    assert row.outcome_keys == ["read", ""]
    assert row.outcomes == [{"uk": "Читати.", "en": "Read."}, {"uk": "Ще.", "en": "More."}]
    assert list(row.lessons.values_list("outcomes", flat=True)) == [["read"], ["read"]]
    assert Question.objects.get().outcomes == ["read"]
    assert row.current_revision is not None
    assert "key" not in str(row.current_revision.outline["outcomes"])
