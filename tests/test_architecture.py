"""What holds the house: who imports whom, how long a file may be, which models are seen how."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

ROOT = Path(__file__).resolve().parent.parent
APPS = ("lms", "courses", "quizzes", "certificates")
LONGEST_FILE = 600
LONGEST_FUNCTION = 60
# Reached by people: lists start from `visible_to`.
SEEN = {
    "certificates.Certificate", "courses.Assignment", "courses.Course", "courses.CourseFile",
    "courses.Enrolment", "courses.GuideDraft", "courses.Term", "courses.TextDraft", "people.Job",
    "people.Membership",
    "people.Organisation", "people.PersonRequest", "people.StaffImport", "people.User",
    "privacy.DataExport", "quizzes.Attempt", "quizzes.QuestionBank",
}  # fmt: skip
# Reached only through one of those, or by the operator alone.
BEHIND = {
    "audit.AuditEntry", "certificates.CertificateFile", "courses.CalendarFeed",
    "courses.CourseRevision", "courses.CourseTitle", "courses.Digest",
    "courses.GuideFile", "courses.GuideText", "courses.Lesson",
    "courses.LessonFile", "courses.LessonProgress", "courses.LessonText", "courses.Module",
    "courses.PracticalItem", "courses.PracticalTick", "courses.Reminder", "courses.RevisionFile",
    "courses.RevisionText", "courses.TermWords", "courses.TextFile", "people.ImportRow",
    "people.JobItem",
    "quizzes.AttemptGrant", "quizzes.AttemptItem", "quizzes.Question",
    "quizzes.QuestionVersion", "quizzes.Quiz", "quizzes.ResponseSave",
    "quizzes.RevisionQuestion", "quizzes.Slot", "reports.KeptFigures",
}  # fmt: skip
# The columns that hold sanitised HTML, and the one widget text that Django makes.
MARKED_SAFE = {"text.html|safe", "field.help_text|safe"}


def sources(*endings: str) -> Iterator[Path]:
    """The product's own files, without what is content or translation."""
    for folder in (*APPS, "templates"):
        for path in sorted((ROOT / folder).rglob("*")):
            inside = path.relative_to(ROOT).parts
            if path.suffix in endings and not {"catalogue", "locale", "__pycache__"} & {*inside}:
                yield path


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


MODULES = [path for path in sources(".py") if "migrations" not in path.parts]
TEMPLATES = list(sources(".html"))


def own_models() -> Iterator[type[models.Model]]:
    return (m for m in apps.get_models() if m.__module__.split(".")[0] in APPS)


def test_imports_run_one_way() -> None:
    """The contracts of pyproject.toml; inline imports count too."""
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-logo", "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 kept, 0 broken" in done.stdout


@pytest.mark.django_db
def test_the_migrations_say_what_the_models_say() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_no_long_files() -> None:
    lengths = {
        name_of(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in sources(".py", ".html", ".css", ".js")
    }
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_long_functions_and_no_imports_inside_them(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        place = f"{name_of(path)}:{node.lineno} {node.name}"
        assert (node.end_lineno or 0) - node.lineno < LONGEST_FUNCTION, place
        inside = [one for one in ast.walk(node) if isinstance(one, ast.Import | ast.ImportFrom)]
        assert not inside, place


def test_each_model_is_seen_or_stands_behind_one_that_is() -> None:
    labels = {model._meta.label: model for model in own_models()}
    assert labels.keys() == SEEN | BEHIND
    able = {
        label for label, model in labels.items() if hasattr(model._default_manager, "visible_to")
    }
    assert able == SEEN


def test_nothing_that_is_pointed_at_goes_by_cascade() -> None:
    """PROTECT everywhere, but for what only belongs to its owner and is written anew with it."""
    cascading = {
        f"{model._meta.label}.{column.name}"
        for model in own_models()
        for column in model._meta.concrete_fields
        if isinstance(column, models.ForeignKey)
        and column.remote_field.on_delete is not models.PROTECT
    }
    assert cascading == {
        "courses.CourseTitle.course",
        "courses.TermWords.term",
        "quizzes.Slot.quiz",
        "reports.KeptFigures.organisation",
    }


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_templates_keep_the_policy(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle\s*=", source), "no inline style"
    assert not re.search(r"\son[a-z]+\s*=\s*[\"']", source), "no inline handler"
    assert not re.search(r"<style\b", source), "no inline style"
    for script in re.findall(r"<script\b[^>]*>", source):
        assert " src=" in script, "no inline script"
    assert set(re.findall(r"[\w.]+\|safe\b", source)) <= MARKED_SAFE
    assert "autoescape off" not in source
    for form in re.findall(r"<form\b[^>]*method=\"post\"[^>]*>.*?</form>", source, re.DOTALL):
        assert "{% csrf_token %}" in form, form[:80]
