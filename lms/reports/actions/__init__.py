"""What the coordinator's pages keep."""

from lms.reports.actions.keeping import keep_figures

__all__ = ["keep_figures"]
