from django.urls import path

from lms.home import views

urlpatterns = [
    path("", views.home, name="home"),
    path("learning/", views.officer, name="learning"),
    path("teaching/", views.trainer, name="teaching"),
]
