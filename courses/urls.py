from django.urls import path

from courses.views import officer

app_name = "courses"
urlpatterns = [
    path("", officer.catalogue, name="catalogue"),
    path("<slug:code>/", officer.course, name="course"),
    path("<slug:code>/enrol/", officer.enrol_oneself, name="enrol"),
    path("<slug:code>/language/", officer.language, name="language"),
    path("<slug:code>/lessons/<slug:key>/", officer.lesson, name="lesson"),
    path("<slug:code>/lessons/<slug:key>/done/", officer.lesson_done, name="lesson-done"),
]
