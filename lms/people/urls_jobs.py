"""Work done in the background, as those who asked for it see it."""

from django.urls import path

from lms.people.views import jobs

app_name = "jobs"
urlpatterns = [
    path("", jobs.job_list, name="list"),
    path("<uuid:pk>/", jobs.job, name="job"),
    path("<uuid:pk>/codes/", jobs.sheet, name="sheet"),
    path("<uuid:pk>/codes/printed/", jobs.printed, name="printed"),
]
