"""Trainers' pages: question banks, questions and quizzes."""

from django.urls import path

from quizzes.views.trainer import banks, questions, quizzes, trial

app_name = "banks"
urlpatterns = [
    path("", banks.banks, name="list"),
    path("<int:pk>/", banks.bank, name="bank"),
    path("<int:pk>/new/", questions.new, name="new"),
    path("<int:pk>/preview/", questions.preview, name="preview"),
    path("questions/<int:pk>/", questions.question, name="question"),
    path("questions/<int:pk>/history/", questions.history, name="history"),
    path("questions/<int:pk>/restore/", questions.restore, name="restore"),
    path("questions/<int:pk>/retire/", questions.retire, name="retire"),
    path("quizzes/<slug:code>/<slug:key>/", quizzes.quiz, name="quiz"),
    path("quizzes/<slug:code>/<slug:key>/pick/", quizzes.pick, name="pick"),
    path("quizzes/<slug:code>/<slug:key>/try/", trial.trial, name="try"),
]
