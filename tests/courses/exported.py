"""A catalogue loaded and exported by the commands: what differs, and what a service then has."""

from difflib import unified_diff
from io import StringIO
from pathlib import Path
from typing import Any

from django.apps import apps
from django.core.management import call_command
from django.db.models import DateTimeField

from courses.models import Course, Guide, Lesson, Term, Text
from courses.richtext import canonical
from lms.people.models import Organisation
from quizzes.models import QuestionVersion
from tests import factories
from tests.catalogue import COURSE

Files = dict[str, bytes]


def load(service: str = "UA", *options: str) -> str:
    out = StringIO()
    call_command("load_catalogue", "--service", service, *options, stdout=out)
    return out.getvalue()


def export(*options: str, told: str = "") -> list[str]:
    """The lines that the command prints; what it warns of is `told`."""
    out, err = StringIO(), StringIO()
    call_command("export_catalogue", "--service", "UA", *options, stdout=out, stderr=err)
    assert told in err.getvalue()
    assert told or not err.getvalue()
    return out.getvalue().splitlines()


def read(folder: Path) -> Files:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def changes(before: Files, folder: Path) -> dict[str, list[str]]:
    """Of each file that differs the lines that went and came."""
    after = read(folder)
    found = {}
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name, b""), after.get(name, b"")
        if old != new:
            pair = (one.decode(errors="replace").splitlines() for one in (old, new))
            lines = list(unified_diff(*pair, n=0, lineterm=""))[2:]
            found[name] = [line for line in lines if not line.startswith("@@")]
    return found


def rows() -> dict[str, list[Any]]:
    """All that the database holds, but times."""
    return {
        model._meta.label: list(
            model._base_manager.order_by("pk").values_list(
                *(
                    column.attname
                    for column in model._meta.concrete_fields
                    if not isinstance(column, DateTimeField)
                )
            )
        )
        for model in apps.get_models()
    }


def content(service: Organisation) -> Any:
    """What officers of a service would get, without ids."""
    course = Course.objects.get(service=service, code=COURSE)
    pictures = {str(file.pk): f"{file.sha256} {file.language}" for file in course.files.all()}

    def shown(text: Text) -> tuple[str, str, str]:
        html = canonical(text.html)
        for pk, name in pictures.items():
            html = html.replace(pk, name)
        return text.title, html, text.source.language if text.source else ""

    lessons = course.lessons.filter(removed_at=None).order_by("module__position", "position")
    ready = QuestionVersion.objects.latest_ready().filter(question__bank__owner=service)
    return {
        "course": (course.title.data, course.outcomes, course.languages, course.level),
        "guide": {code: shown(text) for code, text in Guide(course).newest_texts().items()},
        "modules": [m.title.data for m in course.modules.filter(removed_at=None)],
        "lessons": [
            (one.key, one.kind, one.minutes, one.required, one.outcomes, texts_of(one),
             {code: shown(text) for code, text in one.newest_texts().items()},
             sorted((f.use, f.language, f.file.sha256) for f in one.lesson_files.all()),
             [(i.key, i.text.data) for i in one.practical_items.filter(removed_at=None)])
            for one in lessons
        ],
        "quizzes": [
            [(s.question and s.question.key, s.tags, s.count) for s in one.quiz.slots.all()]
            for one in lessons if one.kind == "quiz"
        ],
        "questions": {
            v.question.key: (v.body, v.question.tags, bool(v.question.retired_at)) for v in ready
        },
        "terms": {t.key: t.in_each_language() for t in Term.objects.filter(service=service)},
    }  # fmt: skip


def texts_of(lesson: Lesson) -> Any:
    return lesson.title.data if lesson.title else {}


def comes_to_the_same(root: Organisation) -> None:
    """A load where the files came from changes nothing; another service gets the same course."""
    before = rows()
    load()
    assert rows() == before
    other = factories.service("BY")
    load("BY")
    assert content(other) == content(root)
