from uuid import UUID

from celery import shared_task

from lms.privacy.packing import make_export


@shared_task
def pack_data(export_id: str) -> None:
    """Make the file with all that is kept about a person. Can run twice, and side by side."""
    make_export(UUID(export_id))
