from lms.people.models.job import Job, JobItem
from lms.people.models.membership import Kind, Membership, Role
from lms.people.models.organisation import Organisation
from lms.people.models.staff import ImportRow, PersonRequest, StaffImport
from lms.people.models.user import User

__all__ = [
    "ImportRow",
    "Job",
    "JobItem",
    "Kind",
    "Membership",
    "Organisation",
    "PersonRequest",
    "Role",
    "StaffImport",
    "User",
]
