"""Files by content hash: the original kept sealed, a clean copy for everybody else, a thumbnail.

What others see carries no EXIF, no place, no device. Bytes are written before the row, so a kill half-way leaves at
worst bytes without a row, which `repair_files` removes. The store is a folder, or an S3 bucket by a setting.
"""

import hashlib
import io
import os
import re
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO, Protocol

from django.conf import settings
from PIL import Image, ImageOps, UnidentifiedImageError

from wangge.kernel import audit, sniff
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NotHere, Refusal
from wangge.kernel.models_files import StoredFile
from wangge.kernel.workdays import ZONE

MEGABYTE = 1024 * 1024
PHOTO_LIMIT = 15 * MEGABYTE
OTHER_LIMIT = 30 * MEGABYTE
MAX_PIXELS = 64_000_000
VIEW_SIDE = 2560
THUMB_SIDE = 320
RIGHT_ORIGINAL = "person.reveal"
KINDS_TEXT = "照片（JPG、PNG、WebP）、PDF、Word（docx）、Excel（xlsx）、视频（MP4、WebM）、录音（MP3、M4A、WebM）"
_HASH = re.compile(r"^[0-9a-f]{64}$")


class Store(Protocol):
    """Where bytes lie, by key. `write` is atomic: a key is there whole or not at all."""

    def write(self, key: str, data: bytes) -> None: ...
    def open(self, key: str) -> BinaryIO: ...
    def has(self, key: str) -> bool: ...
    def remove(self, key: str) -> None: ...
    def keys(self) -> Iterator[tuple[str, float]]: ...


class FolderStore:
    """A local folder, readable by its owner only."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, key: str, data: bytes) -> None:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
        try:
            with os.fdopen(handle, "wb") as f:
                f.write(data)
                f.flush()
                os.fsync(f.fileno())
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def open(self, key: str) -> BinaryIO:
        return open(self.root / key, "rb")

    def has(self, key: str) -> bool:
        return (self.root / key).is_file()

    def remove(self, key: str) -> None:
        (self.root / key).unlink(missing_ok=True)

    def keys(self) -> Iterator[tuple[str, float]]:
        for folder, _, names in os.walk(self.root):
            for name in names:
                path = Path(folder) / name
                yield path.relative_to(self.root).as_posix(), path.stat().st_mtime


class BucketStore:
    """An S3 bucket. Credentials come from the environment, as boto3 reads them."""

    def __init__(self, bucket: str, endpoint: str = "") -> None:
        import boto3  # only installations with a bucket pay for it

        self.bucket = bucket
        self.client: Any = boto3.client("s3", endpoint_url=endpoint or None)

    def write(self, key: str, data: bytes) -> None:
        self.client.put_object(Bucket=self.bucket, Key=key, Body=data)

    def open(self, key: str) -> BinaryIO:
        try:
            return io.BytesIO(self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read())
        except self.client.exceptions.NoSuchKey:
            raise FileNotFoundError(key) from None

    def has(self, key: str) -> bool:
        from botocore.exceptions import ClientError

        try:
            self.client.head_object(Bucket=self.bucket, Key=key)
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
                return False
            raise
        return True

    def remove(self, key: str) -> None:
        self.client.delete_object(Bucket=self.bucket, Key=key)

    def keys(self) -> Iterator[tuple[str, float]]:
        for page in self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket):
            for entry in page.get("Contents", []):
                yield entry["Key"], entry["LastModified"].timestamp()


@lru_cache(maxsize=4)
def _store(bucket: str, endpoint: str, folder: Path) -> Store:
    return BucketStore(bucket, endpoint) if bucket else FolderStore(folder)


def store() -> Store:
    """The store the settings name: `FILES_S3_BUCKET`, else `files/` in the data folder."""
    return _store(settings.FILES_S3_BUCKET, settings.FILES_S3_ENDPOINT, Path(settings.DATA) / "files")


def key(kind: str, sha256: str) -> str:
    """`kind` is original, view or thumb."""
    return f"{kind}/{sha256[:2]}/{sha256[2:4]}/{sha256}"


# ---- keeping ------------------------------------------------------------------------------------------------------


def put(data: bytes | BinaryIO, *, name: str, actor: Actor | None = None) -> StoredFile:
    """Keep a file; the same content twice is one row.

    Raises `Refusal`: `file_empty`, `file_too_large` (413), `file_kind` (a kind we do not take, whatever its name says),
    `file_damaged`, `image_too_large` (more than 64 million pixels).
    """
    if not isinstance(data, bytes):
        data = data.read(OTHER_LIMIT + 1)
    if not data:
        raise Refusal("file_empty", "文件是空的，请重新选择。", field="file", value=name)
    if len(data) > OTHER_LIMIT:
        raise _too_large(name, OTHER_LIMIT)
    kind = sniff.media_type(data)
    if kind is None:
        raise Refusal("file_kind", f"不支持这种文件。可以上传：{KINDS_TEXT}。", field="file", value=name)
    if kind.startswith("image/") and len(data) > PHOTO_LIMIT:
        raise _too_large(name, PHOTO_LIMIT)
    if kind in (sniff.DOCX, sniff.XLSX) and not sniff.zip_is_sane(data):
        raise _damaged(name)
    sha256, target = hashlib.sha256(data).hexdigest(), store()
    known = StoredFile.objects.filter(sha256=sha256).first()
    if known and target.has(key("original", sha256)):
        return known
    copy = _clean_image(data, kind, name) if kind.startswith("image/") else _clean_other(data, kind)
    if copy.thumb:
        target.write(key("thumb", sha256), copy.thumb)
    if copy.view:
        target.write(key("view", sha256), copy.view)
    target.write(key("original", sha256), data)
    row, fresh = StoredFile.objects.get_or_create(
        sha256=sha256,
        defaults={
            "size": len(data),
            "media_type": kind,
            "width": copy.width,
            "height": copy.height,
            "taken_at": copy.taken_at,
            "has_place": copy.has_place,
            "original_name": _safe_name(name),
            "created_by": actor.id if actor else 0,
        },
    )
    if fresh and actor:
        audit.record(actor, "kernel.file_stored", "file", sha256, size=len(data), media_type=kind)
    return row


def missing(hashes: Iterable[str]) -> list[str]:
    """Those of the SHA-256 hashes (hex) that are not kept yet, in the order given: what a phone still has to send."""
    asked = list(dict.fromkeys(h.lower() for h in hashes))
    for value in asked:
        if not _HASH.match(value):
            raise Refusal("file_hash", "文件校验码应为 64 位十六进制数。", field="files", value=value)
    kept = set(StoredFile.objects.filter(sha256__in=asked).values_list("sha256", flat=True))
    return [h for h in asked if h not in kept]


# ---- reading ------------------------------------------------------------------------------------------------------


def find(sha256: str) -> StoredFile:
    """The row of a file by its hash, or `NotHere`. Who may see it is for the room that owns the thing it belongs to."""
    found = StoredFile.objects.filter(sha256=sha256).first()
    if found is None:
        raise NotHere("文件")
    return found


def find_many(hashes: Iterable[str]) -> dict[str, StoredFile]:
    """The rows of several files by hash; unknown hashes are left out."""
    return {f.sha256: f for f in StoredFile.objects.filter(sha256__in=list(hashes))}


def open_derivative(file: StoredFile) -> BinaryIO:
    """What others see: photos without EXIF and place, upright; videos without place; other files as they came."""
    return _open(file, "view", "original" if not file.is_image else None)


def derivative_type(file: StoredFile) -> str:
    """The media type of `open_derivative`: photos are JPEG, drawings with transparency stay PNG."""
    return file.media_type if file.media_type == "image/png" or not file.is_image else "image/jpeg"


def thumb(file: StoredFile) -> BinaryIO | None:
    """A picture of at most 320 × 320 pixels (JPEG, or PNG for a PNG); None for files that are not pictures."""
    return _open(file, "thumb", None) if file.is_image else None


def open_original(actor: Actor, file: StoredFile, reason: str) -> BinaryIO:
    """The untouched bytes with EXIF and place. Needs the right `person.reveal` and a reason, and leaves an audit row."""
    actor.must(RIGHT_ORIGINAL)
    if not reason.strip():
        raise Refusal("reason_missing", "调阅原件要写明事由。", field="reason", value=reason)
    audit.record(actor, "kernel.original_opened", "file", file.sha256, reason=reason.strip())
    return _open(file, "original", None)


def _open(file: StoredFile, kind: str, otherwise: str | None) -> BinaryIO:
    try:
        return store().open(key(kind, file.sha256))
    except FileNotFoundError:
        if otherwise:
            return _open(file, otherwise, None)
        raise NotHere("文件") from None


# ---- repair -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Repaired:
    """`removed` keys had no row; `remade` hashes had lost their clean copy; `lost` hashes have no original any more."""

    removed: list[str]
    remade: list[str]
    lost: list[str]


def repair_files(older_than_seconds: int = 86400) -> Repaired:
    """Remove bytes without a row (left by a kill half-way) and remake clean copies that are missing; report losses."""
    target, before = store(), time.time() - older_than_seconds
    present = {k: at for k, at in target.keys()}  # noqa: C416, SIM118 (keys() of a store yields pairs)
    rows = {f.sha256: f for f in StoredFile.objects.all().iterator()}
    removed = [k for k, at in present.items() if at < before and k.rsplit("/", 1)[-1] not in rows]
    for gone in removed:
        target.remove(gone)
    remade, lost = [], []
    for sha256, row in rows.items():
        if key("original", sha256) not in present:
            lost.append(sha256)
        elif row.is_image and not {key("view", sha256), key("thumb", sha256)} <= present.keys():
            with target.open(key("original", sha256)) as f:
                copy = _clean_image(f.read(), row.media_type, row.original_name)
            target.write(key("thumb", sha256), copy.thumb)
            target.write(key("view", sha256), copy.view)
            remade.append(sha256)
    return Repaired(removed, remade, lost)


# ---- cleaning -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Copy:
    view: bytes = b""
    thumb: bytes = b""
    width: int | None = None
    height: int | None = None
    taken_at: datetime | None = None
    has_place: bool = False


def _clean_image(data: bytes, kind: str, name: str) -> _Copy:
    try:
        with Image.open(io.BytesIO(data), formats=["JPEG", "PNG", "WEBP"]) as image:
            if image.width * image.height > MAX_PIXELS:
                raise _too_many_pixels(name)
            exif = image.getexif()
            copy = _Copy(taken_at=_taken_at(exif), has_place=bool(exif.get_ifd(0x8825)))
            upright = ImageOps.exif_transpose(image)
            profile = image.info.get("icc_profile")
            clear = kind == "image/png" and (upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info)
            clean = upright.convert("RGBA" if clear else "RGB")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels(name) from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, KeyError, IndexError, TypeError) as error:
        raise _damaged(name) from error
    clean.info.clear()
    copy.width, copy.height = clean.size
    copy.view = _encoded(clean, VIEW_SIDE, kind, profile)
    copy.thumb = _encoded(clean, THUMB_SIDE, kind, None)
    return copy


def _encoded(image: Image.Image, side: int, kind: str, profile: bytes | None) -> bytes:
    small = image.copy()
    small.thumbnail((side, side))
    out = io.BytesIO()
    extra: dict[str, Any] = {"icc_profile": profile} if profile else {}
    if kind == "image/png":
        small.save(out, "PNG", optimize=False, **extra)
    else:
        small.save(out, "JPEG", quality=85, **extra)
    return out.getvalue()


def _taken_at(exif: Image.Exif) -> datetime | None:
    details = exif.get_ifd(0x8769)
    text = str(details.get(0x9003) or exif.get(0x0132) or "").strip("\0 ")
    offset = str(details.get(0x9011) or "").strip("\0 ")
    try:
        moment = datetime.strptime(text, "%Y:%m:%d %H:%M:%S").replace(tzinfo=ZONE)
        if offset:
            moment = datetime.strptime(text + offset, "%Y:%m:%d %H:%M:%S%z")
    except ValueError:
        return None
    return moment.astimezone(UTC)


_ISO6709 = re.compile(rb"[+-]\d{1,3}(?:\.\d+)?[+-]\d{1,3}(?:\.\d+)?(?:[+-]\d+(?:\.\d+)?)?/")


def _clean_other(data: bytes, kind: str) -> _Copy:
    """Blank the place in an MP4's header without moving a byte (offsets in it must stay true)."""
    if kind not in ("video/mp4", "audio/mp4"):
        return _Copy()
    clean = bytearray(data)
    for start, end in _boxes(data, b"moov"):
        for match in re.finditer(rb"\xa9xyz|loci", data[start:end]):
            at = start + match.start()
            size = int.from_bytes(data[at - 4 : at], "big")
            if 8 <= size <= end - at + 4:
                clean[at : at + 4] = b"free"
                clean[at + 4 : at - 4 + size] = bytes(size - 8)
        for match in _ISO6709.finditer(bytes(clean[start:end])):
            clean[start + match.start() : start + match.end()] = b" " * (match.end() - match.start())
    changed = clean != data
    return _Copy(view=bytes(clean) if changed else b"", has_place=changed)


def _boxes(data: bytes, name: bytes) -> Iterator[tuple[int, int]]:
    at = 0
    while at + 8 <= len(data):
        size, head = int.from_bytes(data[at : at + 4], "big"), 8
        if size == 1:
            size, head = int.from_bytes(data[at + 8 : at + 16], "big"), 16
        end = len(data) if size == 0 else at + size
        if size and size < head:
            return
        if data[at + 4 : at + 8] == name:
            yield at + head, min(end, len(data))
        at = end


def _safe_name(name: str) -> str:
    plain = re.sub(r"[\x00-\x1f\x7f]", "", name.replace("\\", "/").rsplit("/", 1)[-1]).strip()
    return plain[-200:] or "未命名"


def _too_large(name: str, limit: int) -> Refusal:
    return Refusal(
        "file_too_large",
        f"文件超过 {limit // MEGABYTE} MB。请压缩或截取后再上传。",
        field="file",
        value=name,
        status=413,
        limit=limit,
    )


def _too_many_pixels(name: str) -> Refusal:
    return Refusal(
        "image_too_large", f"照片尺寸超过 {MAX_PIXELS // 10000} 万像素，请缩小后再上传。", field="file", value=name
    )


def _damaged(name: str) -> Refusal:
    return Refusal("file_damaged", "文件已损坏或不完整，无法打开。请重新拍摄或导出后再上传。", field="file", value=name)
