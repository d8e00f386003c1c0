"""The trainer's guide of a course, as those who teach the course read and print it."""

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from courses.glossary import with_terms
from courses.models import Guide
from courses.views.trainer.common import taught
from lms.people.models import User
from lms.people.signing import signed_in


@signed_in
@require_safe
def guide(request: HttpRequest, code: str) -> HttpResponse:
    """In the language of the address (`?in=`), else the person's own, else one that there is."""
    course = taught(request, code)
    user = cast(User, request.user)
    newest = course.guide_texts.newest().without_bodies()
    texts = {text.language: text for text in newest if not text.is_blank}
    languages = [language for language in course.languages if language in texts]
    wanted = (request.GET.get("in"), user.language, *languages)
    shown = next((texts[language] for language in wanted if language in languages), None)
    context = {
        "course": course,
        "guide": Guide(course),
        "languages": languages,
        "text": shown,
        "words": with_terms(shown.html, shown.language, course.service_id) if shown else None,
        "may_edit": user.has_perm("courses.edit_course", course),
    }
    return render(request, "courses/trainer/guide.html", context)
