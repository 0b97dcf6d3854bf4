# SPDX-License-Identifier: EUPL-1.2
"""Writing a file so that a crash at any moment leaves either the old file or the whole new one.

The content goes to a temporary file (mode 0600) in the same folder and is flushed to disk before it gets its name; the
folder is flushed after. POSIX only.
"""

import errno
import os
import tempfile
from pathlib import Path

__all__ = ["create_file", "replace_file"]

_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def replace_file(path: Path, content: bytes) -> None:
    """Put content in place of the file at this path, or in a new one.

    Raises:
        OSError: if it cannot be written; the old file is then untouched. If only flushing the folder fails, the new
            file is there, and a power cut may bring the old one back.
    """
    temporary = _write_temporary(path, content)
    try:
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    _flush_folder(path.parent)


def create_file(path: Path, content: bytes) -> None:
    """Write content to a path where there is nothing yet.

    The new file gets its name by a hard link, which the file system refuses if the name is taken. File systems without
    hard links get a check and a rename; a caller that must not race with itself holds a lock.

    Raises:
        FileExistsError: if there is anything at the path; it is left as it is.
        OSError: if it cannot be written.
    """
    temporary = _write_temporary(path, content)
    try:
        _name_new(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    _flush_folder(path.parent)


def _name_new(temporary: Path, path: Path) -> None:
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise  # FileExistsError among them
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "there is a file here already") from None
        os.replace(temporary, path)


def _write_temporary(path: Path, content: bytes) -> Path:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".new")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
