from django.contrib import admin
from django.urls import include, path

from courses.views.officer import file

handler400 = "lms.ui.views.bad_request"
handler403 = "lms.ui.views.forbidden"
handler404 = "lms.ui.views.not_found"
handler429 = "lms.people.views.pages.rate_limited"
handler500 = "lms.ui.views.server_error"

urlpatterns = [
    path("", include("lms.ops.urls")),
    path("", include("lms.home.urls")),
    path("", include("lms.people.urls")),
    path("", include("lms.privacy.urls")),  # before staff/, which takes any verb of a person
    path("", include("lms.reports.urls")),
    path("bulk/", include("lms.reports.urls_bulk")),
    path("staff/", include("lms.people.urls_staff")),
    path("jobs/", include("lms.people.urls_jobs")),
    path("assignments/", include("courses.urls_assignments")),
    path("calendar/", include("courses.urls_calendar")),
    path("teaching/banks/", include("quizzes.urls_teaching")),
    path("teaching/", include("courses.urls_teaching")),
    path("files/<uuid:pk>/<str:name>", file, name="course-file"),
    path("courses/", include("courses.urls")),
    path("glossary/", include("courses.urls_glossary")),
    path("attempts/", include("quizzes.urls")),
    path("certificates/", include("certificates.urls")),
    path("operator/", admin.site.urls),
]
