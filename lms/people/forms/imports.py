"""A staff list as a coordinator sends it, and what its columns mean."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from lms.people.forms.units import UnitField
from lms.people.importing.fields import BY_KEY, FIELDS, REQUIRED
from lms.people.importing.reading import COLUMNS, FILE_BYTES, ROWS, Table, read_table
from lms.people.importing.unreadable import Unreadable
from lms.people.models import User

SHOWN_ROWS = 5
SHOWN_SIGNS = 80


class ListForm(forms.Form):
    """The file is read here, so that what is wrong with it stands at its field."""

    unit = UnitField(
        label=_("Unit"),
        with_code=True,
        empty_label=None,
        help_text=_("Where new people go whose row names no unit code."),
    )
    file = forms.FileField(
        label=_("File"),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.xlsx"}),
        max_length=255,
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units: Any = self.fields["unit"]
        units.offer(user.reach.coordinated, user.language)
        self.fields["file"].help_text = _(
            "CSV or XLSX, at most %(size)d MB, %(rows)s rows and %(columns)d columns."
        ) % {
            "size": FILE_BYTES // 1024 // 1024,
            "rows": f"{ROWS:,}".replace(",", "\u00a0"),
            "columns": COLUMNS,
        }

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        try:
            self.table: Table = read_table(upload, upload.size)
        except Unreadable as error:
            raise ValidationError(str(error.message), code="unreadable") from error
        return upload


class ColumnsForm(forms.Form):
    """For each column of the file, which of our fields it is; none may be two."""

    use_required_attribute = False

    def __init__(
        self,
        *args: Any,
        headers: list[str],
        columns: dict[str, int],
        rows: list[list[str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.headers, self.rows = headers, rows
        fields = {position: key for key, position in columns.items()}
        choices = [
            ("", _("not used")),
            *((f.key, f"{f.label} *" if f.required else f.label) for f in FIELDS),
        ]
        for position, header in enumerate(headers):
            self.fields[f"column-{position}"] = forms.ChoiceField(
                label=header or _("Column %(number)d") % {"number": position + 1},
                choices=choices,
                required=False,
                initial=fields.get(position, ""),
            )

    def lines(self) -> list[dict[str, Any]]:
        """A line for each column of the file: its select, and what stands in the first rows."""
        return [
            {
                "field": self[f"column-{position}"],
                "header": header,
                "examples": [
                    cells[position][:SHOWN_SIGNS] if position < len(cells) else ""
                    for cells in self.rows
                ],
            }
            for position, header in enumerate(self.headers)
        ]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        columns: dict[str, int] = {}
        for position in range(len(self.headers)):
            name = f"column-{position}"
            key = data.get(name)
            if not key:
                continue
            if key in columns:
                self.add_error(
                    name,
                    ValidationError(
                        _("“%(field)s” is chosen for another column already."),
                        params={"field": BY_KEY[key].label},
                        code="twice",
                    ),
                )
            columns.setdefault(key, position)
        if missing := [str(BY_KEY[key].label) for key in REQUIRED if key not in columns]:
            raise ValidationError(
                _("Say which column is: %(fields)s."),
                params={"fields": ", ".join(missing)},
                code="missing",
            )
        self.columns = columns
        return data
