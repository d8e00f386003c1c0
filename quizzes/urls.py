from django.urls import path

from quizzes.views import officer

app_name = "quizzes"
urlpatterns = [
    path("start/<slug:code>/<slug:key>/", officer.start, name="start"),
    path("<uuid:pk>/", officer.attempt, name="attempt"),
    path("<uuid:pk>/save/", officer.save, name="save"),
    path("<uuid:pk>/finish/", officer.finish, name="finish"),
    path("<uuid:pk>/result/", officer.result, name="result"),
]
