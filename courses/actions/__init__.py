"""What changes courses and enrolments, a file a subject."""

from courses.actions.publish import (
    LanguageInUse,
    NotPublishable,
    publish_course,
)
from courses.actions.study import (
    NotPublished,
    begin,
    cancel_enrolment,
    choose_language,
    enrol,
    mark_done,
)

__all__ = [
    "LanguageInUse",
    "NotPublishable",
    "NotPublished",
    "begin",
    "cancel_enrolment",
    "choose_language",
    "enrol",
    "mark_done",
    "publish_course",
]
