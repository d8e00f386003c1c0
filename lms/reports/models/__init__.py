from lms.reports.models.kept import KeptFigures

__all__ = ["KeptFigures"]
