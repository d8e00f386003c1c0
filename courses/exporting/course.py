"""A course back into its folder: the outline, and what each lesson's kind and texts say."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from courses import lesson_kinds
from courses.exporting.output import Output
from courses.exporting.texts import export_texts
from courses.models import Course, Guide, Lesson
from courses.models.course import LANGUAGE_ORDER
from courses.publishing import texts_of
from lms.readable import parse_yaml
from lms.yaml_edits import Known, merged

FILE = "course.yaml"
ALONGSIDE = ("figures/*", "GUIDE/*", "pictures/**/*")  # what the database may lack


def export_course(course: Course, output: Output) -> None:
    """Gather what the folder of the course is to hold. Raises CatalogueError, yaml.YAMLError."""
    found = parse_yaml(output.text(FILE)) or {}
    entries = {
        entry["key"]: entry
        for module in found.get("modules", [])
        for entry in module.get("lessons", [])
    }
    for pattern in ALONGSIDE:
        output.copy(pattern)
    live = course.lessons.filter(removed_at=None, module__removed_at=None)
    lessons: dict[int, list[Known | dict[str, Any]]] = {}
    for lesson in live.select_related("course__owner").order_by("position", "pk"):
        entry = entries.get(lesson.key, {})
        lessons.setdefault(lesson.module_id, []).append(_lesson(lesson, entry, output))
        export_texts(lesson, output)
    export_texts(Guide(course), output)
    there = {module["key"]: module.get("lessons", []) for module in found.get("modules", [])}
    known = set(course.lessons.values_list("key", flat=True))
    modules = [
        Known(
            {
                "key": module.key,
                "title": in_order(module.title),
                "lessons": with_unknown(
                    _from_elsewhere(lessons.get(module.pk, []), there.get(module.key, []), entries),
                    there.get(module.key, []), known, output, FILE,
                ),
            },
            defaults={},
        )
        for module in course.modules.filter(removed_at=None)
    ]  # fmt: skip
    keys = set(course.modules.values_list("key", flat=True))
    for gone in keys & there.keys() - {module["key"] for module in modules}:
        for key in {entry["key"] for entry in there[gone]} - known:
            output.tell(FILE, f"{key} is not in the service, and goes with the module {gone}")
    modules = with_unknown(modules, found.get("modules", []), keys, output, FILE)
    output.yaml(FILE, _head(course, modules))
    _remove_files(course, live.values_list("key", flat=True), output)


def _head(course: Course, modules: list[Any]) -> Known:
    defaults: dict[str, Any] = {
        "summary": {}, "outcomes": [], "validity_months": None, "level": "", "open": False,
    }  # fmt: skip
    return Known(
        {
            "code": course.code,
            "title": in_order(course.title),
            "summary": in_order(course.summary),
            "outcomes": _outcomes(course),
            "languages": list(course.languages),
            "validity_months": course.validity_months,
            "level": course.level,
            "open": course.is_open,
            "modules": modules,
        },
        defaults=defaults,
    )


def _outcomes(course: Course) -> list[dict[str, str]]:
    keys = [*course.outcome_keys, *[""] * len(course.outcomes)][: len(course.outcomes)]
    return [
        ({"key": key} if key else {}) | _sorted(texts)
        for key, texts in zip(keys, course.outcomes, strict=True)
    ]


def _lesson(lesson: Lesson, entry: dict[str, Any], output: Output) -> Known:
    defaults: dict[str, Any] = {"minutes": 0, "required": True, "outcomes": [], "title": {}}
    said: dict[str, Any] = {
        "key": lesson.key,
        "kind": lesson.kind,
        "minutes": lesson.minutes,
        "required": lesson.required,
        "outcomes": list(lesson.outcomes),
        "title": in_order(lesson.title),
    }
    kind = lesson_kinds.get(lesson.kind)
    own: dict[str, Any] = {}
    if kind is None:
        output.tell(lesson.key, f"what is its own is not written: unknown kind {lesson.kind!r}")
    else:
        own = kind.unload(lesson, entry, output)
    return Known(said | own, defaults=defaults, flow=not own and not said["title"])


def _from_elsewhere(
    wanted: Sequence[Known | dict[str, Any]],
    there: Iterable[dict[str, Any]],
    entries: dict[str, dict[str, Any]],
) -> list[Any]:
    """Lessons that the file has in another module say there what only the file says of them."""
    here = {entry["key"] for entry in there}
    return [
        merged(entries[one["key"]], one) if one["key"] in entries.keys() - here else one
        for one in wanted
    ]


def with_unknown(
    wanted: list[Any], there: Sequence[dict[str, Any]], known: set[str], output: Output, place: str
) -> list[Any]:
    """The entries wanted, and those of the file of which the service knows nothing."""
    result = list(wanted)
    before: str | None = None
    for entry in there:
        key = entry["key"]
        if key not in known:
            output.tell(place, f"{key} is not in the service and stays as it is")
            keys = [one["key"] for one in result]
            result.insert(keys.index(before) + 1 if before in keys else 0, entry)
            before = key
        elif key in {one["key"] for one in result}:
            before = key
    return result


def _remove_files(course: Course, live: Iterable[str], output: Output) -> None:
    """The texts of lessons that a person removed."""
    removed = set(course.lessons.values_list("key", flat=True)) - set(live)
    for key in sorted(removed):
        for code in LANGUAGE_ORDER:
            output.remove(f"{key}/{code}.md")
        for name in output.names(f"{key}/*"):
            if Path(name).suffix != ".md":
                output.tell(name, "stays, though its lesson was removed")


def in_order(value: Any) -> dict[str, str]:
    """A translated field as the files say it, in their order of languages."""
    return _sorted(texts_of(value))


def _sorted(texts: dict[str, str]) -> dict[str, str]:
    order = {code: place for place, code in enumerate(LANGUAGE_ORDER)}
    return dict(sorted(texts.items(), key=lambda pair: order.get(pair[0], len(order))))
