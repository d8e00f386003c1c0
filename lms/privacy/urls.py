"""One's own data, the register of what is kept, and the erasure of a person."""

from django.urls import path

from lms.privacy.views import own, person, public

urlpatterns = [
    path("privacy/", public.privacy, name="privacy"),
    path("account/data/", own.own_data, name="own_data"),
    path("account/data/<uuid:pk>/", own.own_data_file, name="own_data_file"),
    path("staff/<int:pk>/erasure/", person.erase, name="erase"),
]
