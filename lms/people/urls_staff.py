"""Pages that bring people in, move them and close their accounts."""

from django.urls import path

from lms.people.views import imports, staff

app_name = "staff"
urlpatterns = [
    path("", staff.people, name="list"),
    path("new/", staff.new, name="new"),
    path("requests/", staff.requests, name="requests"),
    path("requests/<int:pk>/settled/", staff.settle, name="settle"),
    path("<int:pk>/", staff.person, name="person"),
    path("<int:pk>/account/", staff.open_account, name="open"),
    path("<int:pk>/memberships/<int:membership>/end/", staff.end_membership, name="end"),
    path("<int:pk>/<slug:code>/", staff.act, name="act"),
    path("import/", imports.start, name="import"),
    path("import/template.<str:file_format>", imports.template, name="import-template"),
    path("import/<uuid:pk>/", imports.staff_list, name="import-list"),
    path("import/<uuid:pk>/columns/", imports.columns, name="import-columns"),
    path("import/<uuid:pk>/apply/", imports.apply, name="import-apply"),
    path("import/<uuid:pk>/undo/", imports.undo, name="import-undo"),
    path("import/<uuid:pk>/rejected.<str:file_format>", imports.rejected, name="import-rejected"),
]
