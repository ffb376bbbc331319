"""Audit: what is in the lake, what is behind, what the gates said, and what is declared of all of it.

Here: reports read from manifests and declarations alone. Not here: judging or changing anything.
"""

from platform_assets.audit.dictionary import dictionary
from platform_assets.audit.ledger import ledger, print_ledger
from platform_assets.audit.status import behind, known_days

__all__ = ["behind", "dictionary", "known_days", "ledger", "print_ledger"]
