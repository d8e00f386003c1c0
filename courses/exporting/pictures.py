"""The pictures that an exported text shows: which file of the catalogue each is."""

from pathlib import Path
from uuid import UUID

from courses.catalogue_errors import CatalogueError
from courses.catalogue_pictures import SVG, Pictures
from courses.exporting.output import Output, digest_of
from courses.models import Course, CourseFile
from courses.texts import address_of

ENDINGS = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp", SVG: "svg"}
Found = tuple[str, int | None, int | None]
UNKNOWN = "/files/00000000-0000-4000-8000-000000000000/"  # of a picture that no service has yet


class Shown:
    """The pictures of a course for a text in one language; nothing is made in the database."""

    def __init__(self, course: Course, output: Output, language: str) -> None:
        self.course, self.output, self.language = course, output, language
        self._rows: dict[str, CourseFile] = {}  # by how the files name them

    def source(self, address: str) -> str:
        """How the files name the picture at an address. Raises CatalogueError."""
        row = self._row(address)
        name = self._drawing(row) or self._uploaded(row)
        self._rows[name] = row
        return name

    def resolve(self, source: str) -> Found | None:
        """The address behind a name of the files: `source` backwards, and as a load would."""
        row = self._rows.get(source) or self._as_loaded(source)
        return (address_of(row), row.width, row.height) if isinstance(row, CourseFile) else row

    def _row(self, address: str) -> CourseFile:
        try:
            return self.course.files.get(pk=UUID(address.split("/")[2]))
        except (IndexError, ValueError, CourseFile.DoesNotExist):
            raise CatalogueError(f"shows {address}, which is no picture of the course") from None

    def _as_loaded(self, source: str) -> CourseFile | Found | None:
        path = self.output.path(source)
        if path is None:
            return None
        folder = path.parents[len(Path(source).parts) - 1]
        pictures = Pictures(self.course, folder, self.language)
        content = pictures.content(source)
        if content is None:
            return None
        return pictures.row(content) or (UNKNOWN + content.name, None, None)

    def _drawing(self, row: CourseFile) -> str | None:
        """The drawing of the catalogue, if it is still the one that the text shows."""
        name = f"figures/{row.name}"
        if row.content_type != SVG or row.language != self.language:
            return None
        try:
            found = self._as_loaded(name)
        except CatalogueError:  # labels are missing
            return None
        return name if isinstance(found, CourseFile) and found.pk == row.pk else None

    def _uploaded(self, row: CourseFile) -> str:
        """A file of its own, in the folder of its language."""
        folder = f"pictures/{row.language}" if row.language else "pictures"
        ending = ENDINGS.get(row.content_type)
        if ending is None:
            raise CatalogueError(f"{row.name}: pictures of type {row.content_type} have no place")
        stem = row.name.rpartition(".")[0]
        for name in (f"{folder}/{stem}.{ending}", f"{folder}/{stem}-{row.sha256[:8]}.{ending}"):
            there = self.output.content(name)
            if there is None or digest_of(there) == row.sha256:
                break
        self.output.put(name, row)
        return name
