from lms.privacy.models.export import LEASE, DataExport

__all__ = ["LEASE", "DataExport"]
