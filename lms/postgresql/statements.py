"""Which statements PostgreSQL may plan once for all values: `lms.prepared` adds what it composes."""

PLANNED_ONCE: set[str] = set()
