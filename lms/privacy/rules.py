"""Who may erase whom."""

import rules

from lms.people.rules import administers, is_another

rules.add_perm("privacy.erase", administers & is_another)
