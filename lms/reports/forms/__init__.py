"""Forms of the coordinator's pages."""

from lms.reports.forms.officer import ExtendForm, ReasonForm

__all__ = ["ExtendForm", "ReasonForm"]
