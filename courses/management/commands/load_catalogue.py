"""Brings the courses of a service up to date from the files in courses/catalogue."""

from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import frontmatter
import yaml
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, no_translations
from django.db.models import Model
from django.db.models.signals import pre_save

from courses.actions import LanguageInUse, NotPublishable, publish_course
from courses.catalogue import CATALOGUE, CatalogueError, load_course
from courses.glossary import FILE, load_glossary
from courses.models import Course
from courses.outlines import Outline, outline_of
from courses.publishing import holes_of, outline_from
from lms.people.models import Organisation

SHOWN_HOLES = 20


class Command(BaseCommand):
    help = "Make or update the courses of a service from the files in courses/catalogue."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--service", required=True, metavar="CODE", help="e.g. UA")
        parser.add_argument("--course", metavar="CODE", help="this course alone, e.g. DOC-01")
        parser.add_argument(
            "--from",
            dest="catalogue",
            type=Path,
            metavar="FOLDER",
            help="the folder to read instead of courses/catalogue",
        )
        parser.add_argument(
            "--publish",
            action="store_true",
            help="publish what differs from what officers read now",
        )

    @no_translations
    def handle(
        self,
        *,
        service: str,
        course: str | None,
        publish: bool,
        catalogue: Path | None,
        **_options: Any,
    ) -> None:
        catalogue = catalogue or CATALOGUE
        owner = Organisation.objects.filter(code=service, depth=1).first()
        if owner is None:
            raise CommandError(f"There is no service {service!r}.")
        self.load_glossary(owner, catalogue / FILE)
        for folder in folders(catalogue, course):
            self.load(folder, owner, publish=publish)

    def load_glossary(self, owner: Organisation, path: Path) -> None:
        """Load the terms that the lessons link to, and say what came of it."""
        if not path.exists():
            return
        with named_errors(path):
            loaded = load_glossary(path, owner=owner)
        parts = [
            f"{word} {len(keys)}"
            for word, keys in (("new", loaded.new), ("changed", loaded.changed))
            if keys
        ]
        self.stdout.write(f"glossary: {', '.join(parts) or 'unchanged'}")
        if loaded.kept:
            self.stdout.write(f"glossary: edited here and kept: {', '.join(loaded.kept)}")

    def load(self, folder: Path, owner: Organisation, *, publish: bool) -> None:
        """Load one folder, say what came of it, and publish it if asked."""
        known = Course.objects.filter(service=owner, code=folder.name).first()
        before = outline_now(known) if known else None
        with watching() as changes, named_errors(folder):
            course = load_course(folder, owner=owner)
        if known is None:
            outcome = f"made ({counted(changes.new)})"
        elif changes.new:
            outcome = f"updated (new: {counted(changes.new)})"
        elif changes.changed or outline_now(course) != before:
            outcome = "updated"
        else:
            outcome = "unchanged"
        self.stdout.write(f"{folder.name}: {outcome}")
        if not publish:
            return
        if not differs(course):
            self.stdout.write(f"{folder.name}: published as it is")
            return
        with named_errors(folder):
            revision = publish_course(course=course, actor=None)
        held_back = sorted(set(course.languages) - set(revision.languages))
        note = f"; held back, not whole: {', '.join(held_back)}" if held_back else ""
        self.stdout.write(
            f"{folder.name}: published as revision {revision.number}"
            f" in {', '.join(revision.languages)}{note}"
        )


def folders(catalogue: Path, code: str | None) -> list[Path]:
    """The folders of the catalogue in order, or that of one course. Raises CommandError."""
    found = sorted(path.parent for path in catalogue.glob("*/course.yaml"))
    if code is not None:
        found = [folder for folder in found if folder.name == code]
        if not found:
            raise CommandError(f"The catalogue has no course {code!r}.")
    return found


def outline_now(course: Course, retake_from: dict[str, int] | None = None) -> Outline | None:
    """What a publication now would write; None when nothing could be published."""
    held_back = {hole.language for hole in holes_of(course)}
    languages = [code for code in course.languages if code not in held_back]
    if "" in held_back or not languages:
        return None
    return outline_from(course, languages=languages, retake_from=retake_from or {})[0]


def differs(course: Course) -> bool:
    """Whether publishing now would show officers something that they do not see yet."""
    if course.current_revision is None:
        return True
    published = outline_of(course.current_revision.pk)
    retakes = {item.key: item.retake_from for item in published.lessons}
    return outline_now(course, retakes) != published


@dataclass
class Changes:
    """How many rows were made and how many saved with other values, by their kind."""

    new: Counter[str] = field(default_factory=Counter)
    changed: Counter[str] = field(default_factory=Counter)

    def note(self, sender: type[Model], instance: Model, **_kwargs: Any) -> None:
        """Before a row is saved: compare it with what is stored."""
        kind = str(sender._meta.verbose_name_plural)
        stored = sender._base_manager.filter(pk=instance.pk).first()
        if stored is None:
            self.new[kind] += 1
        elif any(
            column.value_from_object(stored) != column.value_from_object(instance)
            for column in sender._meta.concrete_fields
        ):
            self.changed[kind] += 1


@contextmanager
def watching() -> Iterator[Changes]:
    """Watches the rows saved inside the block, whichever app saves them."""
    changes = Changes()
    pre_save.connect(changes.note)
    try:
        yield changes
    finally:
        pre_save.disconnect(changes.note)


def counted(rows: Counter[str]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in sorted(rows.items()))


@contextmanager
def named_errors(folder: Path) -> Iterator[None]:
    """What is wrong with a course becomes a sentence that names the place."""
    try:
        yield
    except NotPublishable as error:
        shown = [f"  {hole.where} {hole.language}: {hole.what}" for hole in error.holes]
        more = [f"  and {len(shown) - SHOWN_HOLES} more"] if len(shown) > SHOWN_HOLES else []
        lines = "\n".join(shown[:SHOWN_HOLES] + more)
        raise CommandError(f"{folder.name} cannot be published:\n{lines}") from error
    except LanguageInUse as error:
        raise CommandError(
            f"{folder.name} was not published: officers are reading it in"
            f" {', '.join(error.languages)}, which the files no longer hold whole."
        ) from error
    except CatalogueError as error:
        raise CommandError(f"{folder.name}: {error}") from error
    except ValidationError as error:
        raise CommandError(f"{folder.name}: {' '.join(error.messages)}") from error
    except yaml.YAMLError as error:
        raise CommandError(f"{unreadable(folder)}: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{folder.name}: an entry is missing or misplaced: {error}") from error
    except OSError as error:
        raise CommandError(f"{folder.name}: {error}") from error


def unreadable(folder: Path) -> str:
    """The file of the folder that is no YAML, or whose front matter is none."""
    for path in sorted(folder.rglob("*.yaml")):
        try:
            yaml.safe_load(path.read_text(encoding="utf-8"))
        except yaml.YAMLError:
            return f"{folder.name}/{path.relative_to(folder)}"
    for path in sorted(folder.rglob("*.md")):
        try:
            frontmatter.load(path)
        except yaml.YAMLError:
            return f"{folder.name}/{path.relative_to(folder)}"
    return folder.name
