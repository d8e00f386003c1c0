"""Coordinators' pages: a course for the officers of a subtree."""

from django.urls import path

from courses.views import coordinator

app_name = "assignments"
urlpatterns = [
    path("", coordinator.assignment_list, name="list"),
    path("new/", coordinator.new_assignment, name="new"),
    path("<int:pk>/", coordinator.assignment, name="assignment"),
    path("<int:pk>/end/", coordinator.end, name="end"),
]
