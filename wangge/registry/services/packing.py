"""How exported files come to lie where they lie: whole or not at all in a folder, sealed piece by piece in the store."""

import base64
import io
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from wangge.kernel.sealed import Sealer

PURPOSE = "exports"
PIECE = 4 * 1024 * 1024


@contextmanager
def whole(path: Path) -> Iterator[IO[bytes]]:
    """A file, its owner's alone to read, that gets its name when everything is in it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as f:
            yield f
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


class Pieces(io.RawIOBase):
    """A file that is sealed piece by piece while it is written, so that it never lies open in memory as a whole."""

    def __init__(self, export_id: int) -> None:
        self.export_id, self.sealer = export_id, Sealer(PURPOSE)
        self.open, self.sealed, self.size = bytearray(), bytearray(), 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.open += data
        self.size += len(data)
        while len(self.open) >= PIECE:
            self._seal(PIECE)
        return len(data)

    def _seal(self, length: int) -> None:
        body = base64.b64encode(self.open[:length]).decode()
        del self.open[:length]
        made = self.sealer.seal(body, f"export:{self.export_id}:{len(self.sealed)}")
        self.sealed += len(made).to_bytes(4) + made

    def whole(self) -> bytes:
        if self.open:
            self._seal(len(self.open))
        return bytes(self.sealed)

    @staticmethod
    def opened(export_id: int, stored: bytes) -> bytes:
        """What was written, from what was stored."""
        sealer, at, parts = Sealer(PURPOSE), 0, []
        while at < len(stored):
            end = at + 4 + int.from_bytes(stored[at : at + 4])
            parts.append(base64.b64decode(sealer.unseal(stored[at + 4 : end], f"export:{export_id}:{at}")))
            at = end
        return b"".join(parts)


class Squeezed(io.RawIOBase):
    """A text that has to wait until the archive is free for it: kept packed."""

    def __init__(self) -> None:
        self.packer, self.parts = zlib.compressobj(1), list[bytes]()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self.parts.append(self.packer.compress(data))
        return len(data)

    def unfold_into(self, stream: IO[bytes]) -> None:
        unpacker = zlib.decompressobj()
        with stream:
            for part in [*self.parts, self.packer.flush()]:
                stream.write(unpacker.decompress(part))
