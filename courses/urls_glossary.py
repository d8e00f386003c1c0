from django.urls import path

from courses.views import glossary

app_name = "glossary"
urlpatterns = [
    path("", glossary.glossary, name="list"),
    path("new/", glossary.new, name="new"),
    path("terms/<slug:key>/", glossary.edit, name="term"),
]
