"""Encrypted columns: SM4-GCM with a key that lies in a file of the data folder, never in the database.

A copy of the database alone opens nothing. `context` (for example the row's number) is authenticated with the text, so
a sealed value copied into another row does not open there.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from django.conf import settings

from wangge.kernel.errors import Refusal

_NONCE, _TAG = 12, 16


def _key(purpose: str) -> bytes:
    path = settings.DATA / f"{purpose}.key"
    if not path.exists():
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
    return path.read_bytes()


def seal(text: str, *, purpose: str, context: str) -> bytes:
    """The text encrypted under the key of this purpose (a file `<purpose>.key`)."""
    nonce = os.urandom(_NONCE)
    box = Cipher(SM4(_key(purpose)), modes.GCM(nonce)).encryptor()
    box.authenticate_additional_data(context.encode())
    return nonce + box.update(text.encode()) + box.finalize() + box.tag


def unseal(stored: bytes | memoryview, *, purpose: str, context: str) -> str:
    """The text again; a `Refusal` when the key is another one or the value was tampered with."""
    raw = bytes(stored)
    nonce, body, tag = raw[:_NONCE], raw[_NONCE:-_TAG], raw[-_TAG:]
    box = Cipher(SM4(_key(purpose)), modes.GCM(nonce, tag)).decryptor()
    box.authenticate_additional_data(context.encode())
    try:
        return (box.update(body) + box.finalize()).decode()
    except InvalidTag:
        raise Refusal(
            "sealed_key_lost",
            "加密内容的密钥与本系统不符，无法打开。请系统管理员核对数据目录中的密钥文件。",
            status=409,
        ) from None
