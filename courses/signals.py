"""What courses announce to the apps above; sent inside the transaction, with `send`."""

from django.dispatch import Signal

course_completed = Signal()  # enrolment: Enrolment, locked and just completed
