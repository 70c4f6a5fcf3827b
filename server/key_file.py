"""The server's own secret, beside the database and never in it.

Join codes are derived from it, so that a copy of the database gives nobody a place in a team.
"""

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

KEY_BYTES = 32
"""As long as the SHA-256 digest that HMAC makes of it; more would add nothing (RFC 2104, 3)."""

OTHERS_MASK = stat.S_IRWXG | stat.S_IRWXO
"""Any right of anybody but the owner."""


class KeyUnusable(Exception):
    """The key file holds no key; the message tells the operator what to do."""


class Key(NamedTuple):
    """A loaded key."""

    secret: bytes
    """`KEY_BYTES` random bytes."""
    is_new: bool
    """It was made just now: join codes made with an earlier one are void."""
    warning: str | None
    """What the operator should do about the file, in plain words."""


def load_key(database: Path) -> Key:
    """The key in `<database>.key`; makes one when the file is missing.

    Raises:
        KeyUnusable: when the file does not hold a key, or can be neither read nor made.
    """
    path = database.with_name(database.name + ".key")
    try:
        if not path.exists():
            return Key(secret=_create(path), is_new=True, warning=None)
        text = path.read_text(encoding="ascii", errors="replace").strip()
        return Key(secret=_parse(text, path), is_new=False, warning=_warn_of_readers(path))
    except OSError as error:
        raise KeyUnusable(
            f"The key file {path} can be neither read nor made: {error.strerror}."
        ) from error


def _parse(text: str, path: Path) -> bytes:
    with suppress(ValueError):
        secret = bytes.fromhex(text)
        if len(secret) == KEY_BYTES:
            return secret
    raise KeyUnusable(
        f"{path} does not hold a key of {KEY_BYTES * 2} hex digits. Restore it from a backup; "
        "or delete it to get a new one, and hand out new join codes."
    )


def _warn_of_readers(path: Path) -> str | None:
    if not path.stat().st_mode & OTHERS_MASK:
        return None
    return f"Others on this machine can read {path}. Run: chmod 600 {path}"


def _create(path: Path) -> bytes:
    """Write a new key so that a crash leaves either no key file or a whole one."""
    secret = secrets.token_bytes(KEY_BYTES)
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)
    _sync_directory(path.parent)
    return secret


def _sync_directory(directory: Path) -> None:
    # The new name is on disk only once its directory is.
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
