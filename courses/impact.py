"""What a publication would change for those who are taking the course now."""

from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from courses.models import Course, Enrolment, LessonProgress
from courses.outlines import Outline, OutlineLesson
from lms.people.small_groups import any_small


@dataclass(frozen=True)
class Change:
    """A lesson that is added, removed or changed; `done` counts live enrolments that did it."""

    item: OutlineLesson
    what: str  # "added", "removed", "changed" or "same"
    parts: tuple[str, ...] = ()
    done: int = 0


@dataclass(frozen=True)
class Impact:
    live: int
    changes: list[Change]
    newly_to_do: int  # live enrolments that get something more to do
    to_be_completed: int  # live enrolments that are complete by the new outline
    readers: dict[str, int] = field(default_factory=dict)  # live enrolments by language

    @property
    def has_few(self) -> bool:
        """Whether a figure is held back, for it is of few people."""
        done = (change.done for change in self.changes)
        return any_small(self.live, self.newly_to_do, self.to_be_completed, *done)

    def of_kind(self, what: str) -> list[Change]:
        return [change for change in self.changes if change.what == what]

    @property
    def added(self) -> list[Change]:
        return self.of_kind("added")

    @property
    def removed(self) -> list[Change]:
        return self.of_kind("removed")

    @property
    def changed(self) -> list[Change]:
        return self.of_kind("changed")

    @property
    def same(self) -> list[Change]:
        return self.of_kind("same")


def impact_of(course: Course, before: Outline | None, after: Outline) -> Impact:
    """Compare what officers read now with what they would read; at most four queries."""
    live = Enrolment.objects.live().filter(course=course)
    readers = dict(live.values_list("language").annotate(Count("pk")).order_by("language"))
    number = sum(readers.values())
    if before is None:
        return Impact(number, [], 0, 0, readers)
    done = Counter(
        dict(
            LessonProgress.objects.filter(enrolment__in=live)
            .values_list("lesson")
            .annotate(Count("pk"))
            .order_by("lesson")
        )
    )
    changes = _changes(before, after, done)
    required = [item for item in after.lessons if item.required]
    were_required = {item.id for item in before.lessons if item.required}
    new = [item for item in required if item.id not in were_required]
    return Impact(
        live=number,
        changes=changes,
        newly_to_do=number - _having_done(course, new) if new else 0,
        to_be_completed=_having_done(course, required) if required else 0,
        readers=readers,
    )


def _having_done(course: Course, items: list[OutlineLesson]) -> int:
    """How many live enrolments have done all of the lessons."""
    counted = Q(pk__in=[])
    for item in items:
        counted |= Q(lesson=item.id, revision__number__gte=item.retake_from)
    progress = LessonProgress.objects.filter(
        counted,
        enrolment__course=course,
        enrolment__completed_at=None,
        enrolment__cancelled_at=None,
    )
    whole = progress.values("enrolment").annotate(done=Count("lesson")).filter(done=len(items))
    return whole.order_by().count()


def _changes(before: Outline, after: Outline, done: Counter[int]) -> list[Change]:
    old = {item.id: item for item in before.lessons}
    changes = []
    for item in after.lessons:
        earlier = old.pop(item.id, None)
        if earlier is None:
            changes.append(Change(item, "added"))
            continue
        parts = _parts(before, after, earlier, item)
        changes.append(Change(item, "changed" if parts else "same", parts, done[item.id]))
    return changes + [Change(item, "removed", done=done[item.id]) for item in old.values()]


def _parts(
    before: Outline, after: Outline, earlier: OutlineLesson, item: OutlineLesson
) -> tuple[str, ...]:
    """In words what is different about a lesson."""
    both = set(before.languages) & set(after.languages)
    texts = [c for c in sorted(both) if earlier.texts.get(c) != item.texts.get(c)]
    titles = [c for c in sorted(both) if earlier.title.get(c) != item.title.get(c)]
    parts = []
    if texts:
        parts.append(_("text (%(languages)s)") % {"languages": ", ".join(texts)})
    elif titles:
        parts.append(_("title (%(languages)s)") % {"languages": ", ".join(titles)})
    if _plain(earlier) != _plain(item):
        parts.append(_("content"))
    if earlier.required != item.required:
        parts.append(_("now required") if item.required else _("no longer required"))
    if earlier.minutes != item.minutes:
        parts.append(
            _("%(before)d → %(after)d min") % {"before": earlier.minutes, "after": item.minutes}
        )
    if before.module_of(earlier)[1].id != after.module_of(item)[1].id:
        parts.append(_("another module"))
    return tuple(parts)


def _plain(item: OutlineLesson) -> object:
    return item.model_dump(mode="json")["body"]
