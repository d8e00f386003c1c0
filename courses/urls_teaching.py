"""Trainers' pages: courses, their outline, lessons and publication."""

from django.urls import path

from courses.views.trainer import course, guide, kinds, outline, preview, publish, text, ticks

app_name = "teaching"
LESSON_TEXT = "courses/<slug:code>/lessons/<slug:key>/text/"
urlpatterns = [
    path("new/", course.new, name="new"),
    path("courses/<slug:code>/", outline.course, name="course"),
    path("courses/<slug:code>/settings/", course.settings, name="settings"),
    path("courses/<slug:code>/outcomes/", course.outcomes, name="outcomes"),
    path("courses/<slug:code>/guide/", guide.guide, name="guide"),
    path("courses/<slug:code>/archive/", course.archive, name="archive"),
    path("courses/<slug:code>/arrange/", outline.arrange, name="arrange"),
    path("courses/<slug:code>/publish/", publish.publish, name="publish"),
    path("courses/<slug:code>/preview/", preview.course, name="preview"),
    path("courses/<slug:code>/preview/<slug:key>/", preview.lesson, name="preview-lesson"),
    path("courses/<slug:code>/modules/add/", outline.add_module, name="add-module"),
    path("courses/<slug:code>/modules/<slug:key>/", outline.module, name="module"),
    path("courses/<slug:code>/modules/<slug:key>/add/", outline.add_lesson, name="add-lesson"),
    path("courses/<slug:code>/lessons/<slug:key>/", outline.lesson, name="lesson"),
    path(LESSON_TEXT, text.lesson_text, name="lesson-text"),
    path(f"{LESSON_TEXT}<slug:language>/draft/save/", text.text_draft, name="text-draft"),
    path(f"{LESSON_TEXT}<slug:language>/away/", text.text_away, name="text-away"),
    path(f"{LESSON_TEXT}<slug:language>/picture/", text.text_picture, name="text-picture"),
    path(f"{LESSON_TEXT}<slug:language>/history/", text.text_history, name="text-history"),
    path(f"{LESSON_TEXT}<slug:language>/restore/", text.text_restore, name="text-restore"),
    path("courses/<slug:code>/translations/", text.translations, name="translations"),
    path("courses/<slug:code>/lessons/<slug:key>/video/", kinds.video, name="video"),
    path("courses/<slug:code>/lessons/<slug:key>/file/", kinds.file, name="file"),
    path("courses/<slug:code>/lessons/<slug:key>/practical/", kinds.practical, name="practical"),
    path("practical/", ticks.ticks, name="ticks"),
    path("practical/<uuid:pk>/<slug:key>/", ticks.tick, name="tick"),
]
