"""What stops a load or an export of the catalogue: each names the place."""


class CatalogueError(ValueError):
    """A file of the catalogue says something that cannot be; the message names the place."""


class EditedSince(CatalogueError):
    """Texts that a person has changed since the last load, and that the files would overwrite."""

    def __init__(self, places: list[str]) -> None:
        super().__init__("edited since and not overwritten: " + ", ".join(places))
        self.places = places
