"""What a coordinator does to many people or enrolments at once."""

from django.urls import path

from lms.reports.views import bulk

app_name = "bulk"
urlpatterns = [
    path("", bulk.start, name="start"),
    path("confirm/", bulk.confirm, name="confirm"),
]
