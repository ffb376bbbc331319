"""The lake: one folder of day partitions per table, published atomically, described by manifests.

Here: paths, atomic writes, manifests, and which days are stale. Not here: what is in a table or whether it is good.
"""

from platform_assets.lake.files import failpoint, file_sha256, is_locked, locked, replace_file, write_atomically
from platform_assets.lake.manifests import FileEntry, Manifest
from platform_assets.lake.parquet import write_frame, write_sorted
from platform_assets.lake.staleness import Input, PublishedContent, ReplacedInputError, Scope, day_inputs, stale_reason
from platform_assets.lake.tables import Lake, LakeTable

__all__ = [
    "FileEntry",
    "Input",
    "Lake",
    "LakeTable",
    "Manifest",
    "PublishedContent",
    "ReplacedInputError",
    "Scope",
    "day_inputs",
    "failpoint",
    "file_sha256",
    "is_locked",
    "locked",
    "replace_file",
    "stale_reason",
    "write_atomically",
    "write_frame",
    "write_sorted",
]
