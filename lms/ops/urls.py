from django.urls import path

from lms.ops import views

# `lms.ops.middleware.Probes` answers these before any other middleware; a probe's path is plain.
urlpatterns = [
    path("live", views.live, name="live"),
    path("ready", views.ready, name="ready"),
    path("version", views.version, name="version"),
]
