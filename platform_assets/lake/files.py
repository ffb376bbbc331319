"""Files that are either whole or absent: atomic replacement, fsync, hashes, locks, failpoints.

Here: the few file operations whose order keeps readers safe. Not here: what the files mean.
"""

import fcntl
import hashlib
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def failpoint(name: str) -> None:
    """Die as if by `kill -9` when PLATFORM_FAILPOINT names this place: how the tests prove that a crash is harmless."""
    if os.environ.get("PLATFORM_FAILPOINT") == name:
        os.kill(os.getpid(), signal.SIGKILL)


def file_sha256(path: Path) -> str:
    """Hex sha256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def replace_file(staged: Path, target: Path) -> None:
    """Make `staged` the file `target`: durable before it is visible, and visible in one step.

    `staged` must be on the same file system.
    """
    _sync(staged)
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(staged, target)
    _sync(target.parent)


def write_atomically(target: Path, content: bytes) -> None:
    """Write a small file so that a reader sees the old or the new content, never a part.

    Writers of the same file take turns (see `locked`); what a killed one left behind is overwritten by the next.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f".{target.name}.tmp")
    unfinished.write_bytes(content)
    replace_file(unfinished, target)


def remove_durably(path: Path) -> None:
    """Delete a file if it is there, and make the deletion survive a power cut."""
    if path.exists():
        path.unlink()
        _sync(path.parent)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock on `path` between processes; the system releases it when a process dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_locked(path: Path) -> bool:
    """Whether a living process holds the lock on `path`."""
    try:
        with path.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
