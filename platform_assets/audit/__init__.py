"""Audit: what is in the lake, what is behind, what the gates said.

Here: reports read from manifests alone. Not here: judging or changing anything.
"""

from platform_assets.audit.ledger import TableRecord, ledger
from platform_assets.audit.status import behind, known_days

__all__ = ["TableRecord", "behind", "known_days", "ledger"]
