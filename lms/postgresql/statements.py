"""Which statements PostgreSQL may plan once for all values: those that `lms.prepared` composes."""

PLANNED_ONCE: set[str] = set()
