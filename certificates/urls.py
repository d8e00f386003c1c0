from django.urls import path

from certificates.views import officer, public

app_name = "certificates"
urlpatterns = [
    path("", officer.own_certificates, name="list"),
    path("<uuid:pk>/file/", officer.download, name="download"),
    path("verify/", public.verify, name="verify"),
    path("verify/<str:serial>/", public.verified, name="verified"),
]
