from courses.models.assignment import Assignment
from courses.models.calendar import CalendarFeed
from courses.models.course import Course, CourseTitle, Status
from courses.models.draft import TextDraft
from courses.models.enrolment import BY_RULE_ALONE, Enrolment, State
from courses.models.file import CourseFile, LessonFile, RevisionFile, TextFile
from courses.models.guide import Guide, GuideDraft, GuideFile, GuideText
from courses.models.lesson import Lesson, LessonText, Module
from courses.models.practical import PracticalItem, PracticalTick
from courses.models.progress import LessonProgress
from courses.models.reminder import Digest, Reminder
from courses.models.revision import CourseRevision, RevisionText
from courses.models.term import Term, TermWords
from courses.models.text import Draft, Text, Written

__all__ = [
    "BY_RULE_ALONE",
    "Assignment",
    "CalendarFeed",
    "Course",
    "CourseFile",
    "CourseRevision",
    "CourseTitle",
    "Digest",
    "Draft",
    "Enrolment",
    "Guide",
    "GuideDraft",
    "GuideFile",
    "GuideText",
    "Lesson",
    "LessonFile",
    "LessonProgress",
    "LessonText",
    "Module",
    "PracticalItem",
    "PracticalTick",
    "Reminder",
    "RevisionFile",
    "RevisionText",
    "State",
    "Status",
    "Term",
    "TermWords",
    "Text",
    "TextDraft",
    "TextFile",
    "Written",
]
