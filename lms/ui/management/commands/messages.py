from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management.base import BaseCommand

from lms.ui.messages import SOURCE_LANGUAGE, merge, new_catalogue, wanted


class Command(BaseCommand):
    help = (
        "Collects the interface's texts from the code and templates into lms/locale/*/LC_MESSAGES/"
        "django.po. Translations are kept, nothing is guessed; English needs no translation."
    )
    requires_system_checks = []

    def handle(self, *args: Any, **options: Any) -> None:
        for language, _name in settings.LANGUAGES:
            path = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
            catalogue = new_catalogue(language)
            if path.exists():
                old = polib.pofile(str(path))
                catalogue.header = old.header
                catalogue.metadata = {**old.metadata, **catalogue.metadata}
                catalogue.extend(old)
            merged = merge(catalogue, wanted(language, settings.BASE_DIR))
            path.parent.mkdir(parents=True, exist_ok=True)
            merged.save(str(path))
            self.stdout.write(self._line(language, merged))

    @staticmethod
    def _line(language: str, catalogue: polib.POFile) -> str:
        texts = [entry for entry in catalogue if not entry.obsolete]
        if language == SOURCE_LANGUAGE:
            return f"{language}: {len(texts)} texts, shown as they are in the code"
        fuzzy = len(catalogue.fuzzy_entries())
        untranslated = len(catalogue.untranslated_entries())
        return f"{language}: {len(texts)} texts, {untranslated} untranslated, {fuzzy} fuzzy"
