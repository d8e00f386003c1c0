from celery import shared_task

from courses.completion import evaluate_all
from courses.digests import send_digest_once
from courses.models import Digest, Enrolment


@shared_task
def bring_enrolments_over(course_id: int) -> int:
    """Weigh the live enrolments of a course against its new revision; one transaction each."""
    behind = Enrolment.objects.behind_publication().filter(course=course_id)
    return evaluate_all(list(behind.values_list("pk", flat=True)))


@shared_task
def send_digest(digest_id: int) -> None:
    """Send a reminder mail. Can run twice, and side by side."""
    send_digest_once(Digest.objects.select_related("user__service").get(pk=digest_id))
