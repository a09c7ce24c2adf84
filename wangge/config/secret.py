"""Secrets that an installation makes for itself once and keeps in its data folder."""

import os
import secrets
import tempfile
from pathlib import Path


def kept(path: Path, *, size: int = 32) -> str:
    """The secret in `path`; made on first use, readable by its owner only.

    Safe when several processes ask at once: the file appears whole or not at all, and the first one wins.
    """
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w") as f:
            f.write(secrets.token_urlsafe(size))
            f.flush()
            os.fsync(f.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass
    finally:
        os.unlink(temporary)
    return path.read_text().strip()
