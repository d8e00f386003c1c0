"""The trainer writes, translates and looks back at the texts of lessons and guides."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.actions.texts import (
    EditedMeanwhile,
    keep_draft,
    restore_text,
    save_text,
    throw_draft_away,
)
from courses.differences import amount, difference
from courses.forms.text import LONGEST_BODY, PictureForm, TextForm
from courses.models import Course, CourseFile, Draft, Guide, LessonText, RevisionText, Text, Written
from courses.publishing import texts_of
from courses.richtext import editor_page, sanitise
from courses.texts import (
    address_of,
    is_stale,
    others_writing,
    state_of,
    title_of,
    translation_lines,
)
from courses.uploads import Refused, store_image
from courses.views.trainer.common import lesson_of, taught, to_edit
from lms.people.models import User
from lms.people.signing import signed_in
from lms.ui.paging import page_of
from lms.ui.uploads import uploads

SHOWN_PICTURES = 60


def _written(course: Course, key: str) -> Written:
    """A lesson of the course, or its trainer's guide. Raises Http404."""
    return Guide(course) if key == Guide.KEY else lesson_of(course, key)


def _lesson(request: HttpRequest, code: str, key: str) -> Written:
    """A lesson or guide whose text the person may change. Raises Http404, PermissionDenied."""
    return _written(to_edit(request, code), key)


def _language(lesson: Written, code: str) -> str:
    """A language of the course. Raises Http404."""
    if code not in lesson.course.languages:
        raise Http404
    return code


def _address(lesson: Written, language: str, beside: str = "") -> str:
    query = {"to": language} | ({"from": beside} if beside else {})
    return f"{reverse('teaching:lesson-text', args=[lesson.course.code, lesson.key])}?" + urlencode(
        query
    )


class Page:
    """The text of a lesson or guide in one language, and what stands beside it."""

    def __init__(self, request: HttpRequest, lesson: Written) -> None:
        self.user = cast(User, request.user)
        self.lesson, self.course = lesson, lesson.course
        self.is_guide = lesson.key == Guide.KEY
        self.texts: dict[str, Text] = {
            text.language: text
            for text in lesson.texts.newest().select_related("source", "edited_by")
        }
        languages = list(self.course.languages)
        asked = request.GET.get("to", "")
        own = self.user.language if self.user.language in languages else languages[0]
        self.language = _language(lesson, asked) if asked else own
        self.before = self.texts.get(self.language)
        self.beside = self._beside(request.GET.get("from"))
        self.source = self.texts.get(self.beside)

    def _beside(self, asked: str | None) -> str:
        """The language that stands beside: as asked, else that of the source."""
        others = [code for code in self.texts if code != self.language]
        if asked is not None:
            return asked if asked in others else ""
        if self.before:
            return self.before.source.language if self.before.source else ""
        sources = [text.source.language for text in self.texts.values() if text.source]
        return next((code for code in [*sources, *others] if code in others), "")

    @property
    def address(self) -> str:
        return _address(self.lesson, self.language, self.beside)

    @property
    def is_stale(self) -> bool:
        return is_stale(self.before, self.texts)

    def tabs(self) -> list[dict[str, str]]:
        """The course's languages, how far each is, and where it is written."""
        return [
            {
                "language": code,
                "state": state_of(self.texts.get(code), self.texts),
                "url": _address(self.lesson, code, self.beside if self.beside != code else ""),
            }
            for code in self.course.languages
        ]

    def beside_choices(self) -> list[str]:
        return [
            code for code in self.course.languages if code in self.texts and code != self.language
        ]

    def source_changes(self) -> dict[str, Any] | None:
        """What the source says now that it did not say when it was translated."""
        if not (self.before and self.before.source and self.is_stale):
            return None
        then = self.before.source
        now = self.texts[then.language]
        rows = difference(then.html, now.html)
        return {"then": then, "now": now, "rows": rows, "amount": amount(rows)}

    def initial(self, draft: Draft | None) -> dict[str, Any]:
        """What the form shows first: what was typed last, else the newest version.

        A text that came as Markdown is edited as the HTML it gave, and is HTML from then on.
        """
        shown = draft or self.before
        body = draft.body if draft else self.before.html if self.before else ""
        titled = texts_of(self.lesson.title).get(self.language, "")
        return {
            "title": shown.title if shown else titled,
            "body": sanitise(body),
            "base": self.before.pk if self.before else None,
            "source": self.source.pk if self.source else None,
            "up_to_date": False,
        }

    def draft(self) -> Draft | None:
        own = self.lesson.drafts.visible_to(self.user)
        found: Draft | None = own.filter(language=self.language).first()
        return found

    def conflict(self, title: str, body: str, base: int | None) -> dict[str, Any] | None:
        """Theirs against one's own, when the writing began from a version that is past."""
        if self.before is None or self.before.pk == base:
            return None
        rows = difference(self.before.html, sanitise(body))
        return {"theirs": self.before, "rows": rows, "title": title, "amount": amount(rows)}

    def pictures(self) -> list[dict[str, Any]]:
        rows = CourseFile.objects.filter(
            course=self.course,
            content_type__startswith="image/",
            language__in=["", self.language],
        ).order_by("name", "pk")
        return [
            {"file": row, "url": address_of(row), "tag": _tag(row)} for row in rows[:SHOWN_PICTURES]
        ]


def _tag(file: CourseFile) -> str:
    alt = file.alt.replace("&", "&amp;").replace('"', "&quot;")
    return f'<figure class="drawing"><img src="{address_of(file)}" alt="{alt}"></figure>'


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
@editor_page
def lesson_text(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Write the text of a lesson or guide in one language, with another beside it.

    `?to=` is the language written, `?from=` the one beside; saving makes the next version, unless
    somebody else has saved meanwhile: then the difference is shown, and nothing is overwritten.
    """
    page = Page(request, _lesson(request, code, key))
    if request.method == "POST":
        return _saved(request, page)
    draft = page.draft()
    form = _form(page, initial=page.initial(draft))
    conflict = page.conflict(draft.title, draft.body, draft.base_id) if draft else None
    return _shown(request, page, form, draft=draft, conflict=conflict)


def _form(page: Page, data: Any = None, **options: Any) -> TextForm:
    return TextForm(data, lesson=page.lesson, language=page.language, user=page.user, **options)


def _saved(request: HttpRequest, page: Page) -> HttpResponse:
    form = _form(page, request.POST)
    if not form.is_valid():
        return _shown(request, page, form)
    typed = form.cleaned_data
    try:
        text = save_text(
            lesson=page.lesson,
            language=page.language,
            title=typed["title"],
            body=typed["body"],
            base=typed["base"],
            source=form.source_text(page.before),
            actor=page.user,
        )
    except EditedMeanwhile:
        keep_draft(
            lesson=page.lesson,
            language=page.language,
            title=typed["title"],
            body=typed["body"],
            base=typed["base"],
            actor=page.user,
        )
        page = Page(request, page.lesson)
        conflict = page.conflict(typed["title"], typed["body"], typed["base"])
        # Having seen the difference, saving again is a choice.
        again = request.POST.copy()
        again["base"] = str(page.before.pk) if page.before else ""
        return _shown(request, page, _form(page, again), conflict=conflict)
    messages.success(request, _("Saved as version %(number)d.") % {"number": text.version})
    return redirect(page.address)


def _shown(
    request: HttpRequest,
    page: Page,
    form: TextForm,
    *,
    draft: Draft | None = None,
    conflict: dict[str, Any] | None = None,
    picture_form: PictureForm | None = None,
) -> HttpResponse:
    context = {
        "page": page,
        "lesson": page.lesson,
        "course": page.course,
        "heading": title_of(page.lesson, page.texts, request.LANGUAGE_CODE),  # type: ignore[attr-defined]
        "form": form,
        "draft": draft,
        "conflict": conflict,
        "changes": page.source_changes(),
        "others": others_writing(page.lesson, page.language, page.user),
        "pictures": page.pictures(),
        "picture_form": picture_form or PictureForm(),
        "dialog_form": PictureForm(auto_id="dialog-%s"),
    }
    return render(request, "courses/trainer/text.html", context)


@require_POST
def text_draft(request: HttpRequest, code: str, key: str, language: str) -> JsonResponse:
    """Keep what was typed so far, sent by the page's script: `title`, `body` and `base`.

    200 with the time and who saved another version meanwhile; 400 what makes no sense; 401 signed
    out; 404 not yours.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"error": "signed out"}, status=401)
    lesson = _lesson(request, code, key)
    language = _language(lesson, language)
    title, body = request.POST.get("title", ""), request.POST.get("body", "")
    base = request.POST.get("base", "")
    if len(title) > 255 or len(body) > LONGEST_BODY or "\0" in title + body:
        return JsonResponse({"error": "bad request"}, status=400)
    if not (base == "" or (base.isdecimal() and len(base) < 19)):
        return JsonResponse({"error": "bad request"}, status=400)
    keep_draft(
        lesson=lesson,
        language=language,
        title=title,
        body=body,
        base=int(base) if base else None,
        actor=request.user,
    )
    newest = lesson.texts.filter(language=language).order_by("-version").first()
    by = newest.edited_by if newest and str(newest.pk) != base else None
    others = others_writing(lesson, language, request.user)
    return JsonResponse(
        {
            "saved_at": time_format(timezone.localtime(), "H:i"),
            "newer": by.display_name if by else "",
            "others": [draft.editor.display_name for draft in others],
        }
    )


@signed_in
@require_POST
def text_away(request: HttpRequest, code: str, key: str, language: str) -> HttpResponseRedirect:
    """Throw away what was typed and not saved."""
    lesson = _lesson(request, code, key)
    throw_draft_away(
        lesson=lesson, language=_language(lesson, language), actor=cast(User, request.user)
    )
    return redirect(_address(lesson, language, request.POST.get("from", "")))


def _for_script(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """The page's script is told by 401 that the session has ended, not by a sign-in page."""
    redirecting = signed_in(view)

    @wraps(view)
    def wrapped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated and _wants_json(request):
            return JsonResponse({"error": "signed out"}, status=401)
        return redirecting(request, *args, **kwargs)

    return wrapped


def _wants_json(request: HttpRequest) -> bool:
    preferred = request.get_preferred_type(["text/html", "application/json"])
    return preferred == "application/json"


@uploads("MAX_IMAGE_MB")
@_for_script
@require_POST
@editor_page
def text_picture(request: HttpRequest, code: str, key: str, language: str) -> HttpResponse:
    """Keep a picture for the text. The script gets its address as JSON, a form its tag to copy."""
    lesson = _lesson(request, code, key)
    language = _language(lesson, language)
    form = PictureForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            file = store_image(
                course=lesson.course,
                upload=form.cleaned_data["picture"],
                language=language,
                alt=form.cleaned_data["alt"],
                actor=cast(User, request.user),
            )
        except Refused as refused:
            form.add_error("picture", str(refused))
        else:
            if _wants_json(request):
                return JsonResponse(
                    {
                        "src": address_of(file),
                        "alt": form.cleaned_data["alt"],
                        "width": file.width,
                        "height": file.height,
                    }
                )
            messages.success(request, _("The picture is in the list: copy its line into the text."))
            return redirect(_address(lesson, language) + "#pictures")
    if _wants_json(request):
        problems = {name: [str(one) for one in errors] for name, errors in form.errors.items()}
        return JsonResponse({"problems": problems}, status=400)
    page = Page(request, lesson)
    page.language = language
    draft = page.draft()
    return _shown(
        request, page, _form(page, initial=page.initial(draft)), draft=draft, picture_form=form
    )


@signed_in
@require_safe
def text_history(request: HttpRequest, code: str, key: str, language: str) -> HttpResponse:
    """The versions of a text, and what changed between two of them: `?old=2&new=5`."""
    lesson = _written(taught(request, code), key)
    language = _language(lesson, language)
    texts = lesson.texts.filter(language=language).order_by("-version")
    page = page_of(request, texts.select_related("edited_by").defer("body", "html"))
    rows = list(page.object_list)
    shown = _revisions(rows)
    versions = [{"text": row, "revisions": sorted(shown.get(row.pk, []))} for row in rows]
    newest = texts.first()
    new = _version(texts, request.GET.get("new")) or newest
    old = _version(texts, request.GET.get("old"))
    if old is None and new is not None:
        old = texts.filter(version__lt=new.version).first()
    if old and new and old.version > new.version:
        old, new = new, old
    compared = difference(old.html, new.html) if old and new else []
    context = {
        "lesson": lesson,
        "course": lesson.course,
        "language": language,
        "heading": newest.title if newest else lesson.key,
        "page": page,
        "versions": versions,
        "newest": newest,
        "old": old,
        "new": new,
        "rows": compared,
        "address": _address(lesson, language),
    }
    return render(request, "courses/trainer/text_history.html", context)


def _revisions(texts: list[Text]) -> dict[int, list[int]]:
    """The numbers of the revisions that show each text; of a guide's none does."""
    shown: dict[int, list[int]] = {}
    ours = [text.pk for text in texts if isinstance(text, LessonText)]
    for text, number in RevisionText.objects.filter(text__in=ours).values_list(
        "text", "revision__number"
    ):
        shown.setdefault(text, []).append(number)
    return shown


def _version(texts: Any, asked: str | None) -> Text | None:
    if not (asked and asked.isdecimal() and len(asked) < 10):
        return None
    found: Text | None = texts.filter(version=int(asked)).first()
    return found


@signed_in
@require_POST
def text_restore(request: HttpRequest, code: str, key: str, language: str) -> HttpResponse:
    """Bring the version in `version` back as the next one."""
    lesson = _lesson(request, code, key)
    texts = lesson.texts.filter(language=_language(lesson, language)).order_by("-version")
    text = _version(texts, request.POST.get("version"))
    if text is None:
        raise Http404
    base = request.POST.get("base", "")
    try:
        saved = restore_text(
            text=text,
            base=int(base) if base.isdecimal() and len(base) < 19 else None,
            actor=cast(User, request.user),
        )
    except EditedMeanwhile as error:
        message = _(
            "Meanwhile %(who)s saved version %(number)d. Look at it first, then bring back."
        )
        who = error.newest.edited_by.display_name if error.newest.edited_by else _("the catalogue")
        messages.warning(request, message % {"who": who, "number": error.newest.version})
    else:
        message = _("Version %(old)d is back, as version %(new)d.")
        messages.success(request, message % {"old": text.version, "new": saved.version})
    return redirect("teaching:text-history", lesson.course.code, lesson.key, language)


@signed_in
@require_safe
def translations(request: HttpRequest, code: str) -> HttpResponse:
    """Each lesson of the course in each language: done, behind its source, or missing."""
    course = taught(request, code)
    language = request.LANGUAGE_CODE  # type: ignore[attr-defined]
    modules = translation_lines(course, language)
    cells = [cell for _title, lines in modules for line in lines for cell in line.cells]
    totals = [
        {
            "language": one,
            "done": sum(cell.language == one and cell.state == "done" for cell in cells),
            "stale": sum(cell.language == one and cell.state == "stale" for cell in cells),
            "total": sum(cell.language == one for cell in cells),
        }
        for one in course.languages
    ]
    context = {"course": course, "modules": modules, "totals": totals}
    return render(request, "courses/trainer/text_translations.html", context)
