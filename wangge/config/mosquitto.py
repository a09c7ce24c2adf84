"""The files of a production broker: mosquitto with a password for each device, who may speak in its own name only.

A device signs in with its serial and may write `wangge/devices/<serial>/…`; the intake may read all of it and nothing
else. The queue for the intake is on disk and has no end worth naming, so that an hour without it loses nothing.
"""

import base64
import hashlib
import os
import pwd
import secrets
from collections.abc import Iterable
from pathlib import Path

INTAKE = "wangge-intake"
ROUNDS = 101
# With manual acknowledgement the window of unacknowledged messages is what bounds the batches of the intake.
CONFIGURATION = """\
# Written by `wangge devices broker`. Reload with SIGHUP after it was written again.
listener {port} {host}
# certfile /etc/wangge/server.crt
# keyfile /etc/wangge/server.key
allow_anonymous false
password_file {folder}/passwd
acl_file {folder}/acl
persistence true
persistence_location {folder}/data/
autosave_interval 1000
autosave_on_changes true
persistent_client_expiration 14d
max_inflight_messages 2000
max_queued_messages 1000000
max_packet_size 16384
max_keepalive 600
log_dest stderr
log_type error
log_type warning
"""
ACL = """\
# A device writes in its own name. The intake reads what devices say.
pattern write wangge/devices/%u/alarm
pattern write wangge/devices/%u/heartbeat

user wangge-intake
topic read wangge/devices/+/alarm
topic read wangge/devices/+/heartbeat
"""


def hashed(password: str) -> str:
    """The password as mosquitto keeps it: $7$, PBKDF2-HMAC-SHA512."""
    salt = os.urandom(12)
    digest = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ROUNDS)
    return f"$7${ROUNDS}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def write(folder: Path, users: Iterable[tuple[str, str]], *, host: str, port: int) -> str:
    """Write the files; the intake's password, which stays the same once it is there."""
    folder = folder.resolve()
    (folder / "data").mkdir(parents=True, exist_ok=True)
    kept = folder / "intake.password"
    if not kept.exists():
        _private(kept, secrets.token_urlsafe(24))
    password = kept.read_text().strip()
    _private(folder / "passwd", "".join(f"{u}:{h}\n" for u, h in [(INTAKE, hashed(password)), *users]))
    _private(folder / "acl", ACL)
    (folder / "mosquitto.conf").write_text(CONFIGURATION.format(port=port, host=host, folder=folder))
    _hand_over(folder)
    return password


def _hand_over(folder: Path) -> None:
    """Started by root, mosquitto works as its own user: what it reads again and writes must be its own."""
    if os.geteuid() != 0:
        return
    try:
        owner = pwd.getpwnam("mosquitto")
    except KeyError:
        return
    for path in (folder / "data", folder / "passwd", folder / "acl", *(folder / "data").iterdir()):
        os.chown(path, owner.pw_uid, owner.pw_gid)


def _private(path: Path, text: str) -> None:
    """Whole or not at all, and for nobody else to read."""
    draft = path.with_name(path.name + ".new")
    with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w") as f:
        f.write(text)
    draft.replace(path)
