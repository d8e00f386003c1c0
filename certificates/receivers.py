from typing import Any

from django.dispatch import receiver

from certificates.actions import issue_certificate
from courses.models import Enrolment
from courses.signals import course_completed


@receiver(course_completed, dispatch_uid="certificates.issue")
def issue_on_completion(sender: type, enrolment: Enrolment, **_kwargs: Any) -> None:
    """Inside the transaction of the completion: there is never one without its certificate."""
    if enrolment.completed_at:
        issue_certificate(enrolment=enrolment, now=enrolment.completed_at)
