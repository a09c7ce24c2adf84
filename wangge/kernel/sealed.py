"""Encrypted columns and blind indexes (SM4-GCM, HMAC-SM3) with keys in files of the data folder, never in the database.

A copy of the database alone opens nothing. `context` (for example the row's number) is authenticated with the text, so
a sealed value copied into another row does not open there. A purpose has a ring of keys: `<purpose>.key`, then
`<purpose>.2.key`, `<purpose>.3.key` … The newest one seals; every one of them opens, until the old ones are taken away.
"""

import hashlib
import os
from functools import lru_cache
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hmac import HMAC
from django.conf import settings

from wangge.kernel.errors import Refusal

_NONCE, _TAG = 12, 16
BLIND_BYTES = 16


def _path(purpose: str, version: int) -> Path:
    return settings.DATA / (f"{purpose}.key" if version == 1 else f"{purpose}.{version}.key")


def versions(purpose: str) -> list[int]:
    """The numbers of the keys that lie in the folder, newest first; the first key is made when there is none."""
    found = [
        int(p.name.removesuffix(".key").removeprefix(purpose).removeprefix(".") or 1)
        for p in settings.DATA.glob(f"{purpose}*.key")
        if p.name == f"{purpose}.key" or p.name.removesuffix(".key").removeprefix(f"{purpose}.").isdigit()
    ]
    if not found:
        _make(purpose, 1)
        found = [1]
    return sorted(found, reverse=True)


def _make(purpose: str, version: int) -> None:
    path = _path(purpose, version)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    with open(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as f:
        f.write(os.urandom(16))
    try:
        os.link(draft, path)  # whole or not at all: another process never reads half a key
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def add_key(purpose: str) -> int:
    """A new key for this purpose; its number. What was sealed before still opens under the older ones."""
    number = versions(purpose)[0] + 1
    _make(purpose, number)
    return number


def drop_old_keys(purpose: str) -> list[int]:
    """Take away every key but the newest; the numbers taken. Only after everything was sealed again."""
    old = versions(purpose)[1:]
    for number in old:
        _path(purpose, number).unlink()
    return old


def _ring(purpose: str) -> list[bytes]:
    """Keys, newest first. Read on each use: another process may have added one."""
    return [_path(purpose, number).read_bytes() for number in versions(purpose)]


class Sealer:
    """Seals and opens many values of one purpose with the ring read once; for bulk work within one transaction."""

    def __init__(self, purpose: str) -> None:
        self.version = versions(purpose)[0]
        self._keys = [SM4(key) for key in _ring(purpose)]

    def seal(self, text: str, context: str) -> bytes:
        nonce = os.urandom(_NONCE)
        box = Cipher(self._keys[0], modes.GCM(nonce)).encryptor()
        box.authenticate_additional_data(context.encode())
        return nonce + box.update(text.encode()) + box.finalize() + box.tag

    def unseal(self, stored: bytes | memoryview, context: str) -> str:
        """The text again; a `Refusal` when no key of the ring is its key or the value was tampered with."""
        raw = bytes(stored)
        nonce, body, tag = raw[:_NONCE], raw[_NONCE:-_TAG], raw[-_TAG:]
        for key in self._keys:
            box = Cipher(key, modes.GCM(nonce, tag)).decryptor()
            box.authenticate_additional_data(context.encode())
            try:
                return (box.update(body) + box.finalize()).decode()
            except InvalidTag:
                continue
        raise Refusal(
            "sealed_key_lost",
            "加密内容的密钥与本系统不符，无法打开。请系统管理员核对数据目录中的密钥文件。",
            status=409,
        )

    def is_newest(self, stored: bytes | memoryview, context: str) -> bool:
        """Is the value sealed under the newest key of the ring?"""
        raw = bytes(stored)
        box = Cipher(self._keys[0], modes.GCM(raw[:_NONCE], raw[-_TAG:])).decryptor()
        box.authenticate_additional_data(context.encode())
        try:
            box.update(raw[_NONCE:-_TAG])
            box.finalize()
        except InvalidTag:
            return False
        return True


def seal(text: str, *, purpose: str, context: str) -> bytes:
    """The text encrypted under the newest key of this purpose."""
    return Sealer(purpose).seal(text, context)


def unseal(stored: bytes | memoryview, *, purpose: str, context: str) -> str:
    """The text again; a `Refusal` when no key of the ring is its key or the value was tampered with."""
    return Sealer(purpose).unseal(stored, context)


class Blinder:
    """Blind indexes of one purpose: equal texts give equal 16 bytes, and without the key nobody can try texts out."""

    def __init__(self, purpose: str) -> None:
        self.version = versions(purpose)[0]
        self._macs = [_mac(key) for key in _ring(purpose)]

    def blind(self, text: str) -> bytes:
        """HMAC-SM3 under the newest key, cut to 16 bytes."""
        mac = self._macs[0].copy()
        mac.update(text.encode())
        return mac.finalize()[:BLIND_BYTES]

    def every(self, text: str) -> list[bytes]:
        """The index under each key of the ring: what a search has to look for while keys are being changed."""
        found = []
        for one in self._macs:
            mac = one.copy()
            mac.update(text.encode())
            found.append(mac.finalize()[:BLIND_BYTES])
        return found


@lru_cache(maxsize=16)
def _mac(key: bytes) -> HMAC:
    # Derived, so that the key that seals is not the key that indexes even when the purposes share a name by mistake.
    return HMAC(hashlib.sha256(b"blind" + key).digest(), hashes.SM3())
