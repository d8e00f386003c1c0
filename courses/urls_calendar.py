"""A person's due dates for a calendar program."""

from django.urls import path

from courses.views import calendar

app_name = "calendar"
urlpatterns = [
    path("", calendar.settings_page, name="settings"),
    path("<str:secret>.ics", calendar.feed, name="feed"),
]
