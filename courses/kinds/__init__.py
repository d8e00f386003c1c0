"""The lesson kinds that this app brings, one a file."""

from courses.kinds.file import FileLesson
from courses.kinds.practical import PracticalLesson
from courses.kinds.reading import ReadingLesson
from courses.kinds.video import VideoLesson

__all__ = ["FileLesson", "PracticalLesson", "ReadingLesson", "VideoLesson"]
