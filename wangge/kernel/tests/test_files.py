"""Files: kinds by content, limits, what others see, one row a content, kills and losses; in a folder and in a bucket."""

import io
import os
import struct
import zipfile
import zlib
from datetime import UTC, datetime

import pytest
from PIL import Image

from wangge.kernel import files, sniff
from wangge.kernel.actor import Actor
from wangge.kernel.errors import NoRight, NotHere, Refusal
from wangge.kernel.models import AuditEntry, StoredFile

pytestmark = pytest.mark.django_db

OFFICER = Actor(id=7, name="王芳")
SUPERVISOR = Actor(id=8, name="李强", rights=frozenset({files.RIGHT_ORIGINAL}))


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path, monkeypatch):
    if request.param == "bucket":
        moto = pytest.importorskip("moto", reason="moto is absent: the bucket form of the file tests is skipped")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, "test")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        with moto.mock_aws():
            made = files.BucketStore("photos")
            made.client.create_bucket(Bucket="photos")
            monkeypatch.setattr(files, "store", lambda: made)
            yield made
    else:
        folder = files.FolderStore(tmp_path / "文 件")
        monkeypatch.setattr(files, "store", lambda: folder)
        yield folder


def photo(size=(900, 600), *, colour="red", orientation=6, place=True, form="JPEG") -> bytes:
    image, exif = Image.new("RGB", size, colour), Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = "SecretPhone"
    exif.get_ifd(0x8769)[0x9003] = "2026:05:06 09:30:00"
    if place:
        exif.get_ifd(0x8825).update({1: "N", 2: (27.0, 50.0, 30.0), 3: "E", 4: (113.0, 10.0, 12.0)})
    out = io.BytesIO()
    image.save(out, form, exif=exif)
    return out.getvalue()


def office(part: str, *, extra: str = "") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        for name in ("[Content_Types].xml", part, extra):
            if name:
                z.writestr(name, "<x/>")
    return out.getvalue()


def movie(place: bool = True) -> bytes:
    def box(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body) + 8) + kind + body

    xyz = box(b"\xa9xyz", struct.pack(">HH", 18, 0x15C7) + b"+27.8416+113.1700/") if place else b""
    head = box(b"ftyp", b"isom\0\0\2\0isomiso2mp41")
    return head + box(b"moov", box(b"mvhd", bytes(100)) + box(b"udta", xyz)) + box(b"mdat", b"+27.8+113.1/frames")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_others_see_a_photo_upright_without_exif_and_place(store, form):
    file = files.put(photo(form=form), name="IMG_1.jpg", actor=OFFICER)
    assert (file.media_type, file.width, file.height) == (f"image/{form.lower()}", 600, 900)
    assert file.has_place
    assert file.taken_at == datetime(2026, 5, 6, 1, 30, tzinfo=UTC)
    for opened, side in ((files.open_derivative(file), 900), (files.thumb(file), 320)):
        assert opened is not None
        with opened as f:
            data = f.read()
        assert b"SecretPhone" not in data
        with Image.open(io.BytesIO(data)) as seen:
            assert dict(seen.getexif()) == {}
            assert max(seen.size) == side
            assert seen.height > seen.width
            assert Image.MIME[str(seen.format)] == files.derivative_type(file)


def test_the_original_is_kept_as_it_came_and_opening_it_needs_a_right_a_reason_and_leaves_a_row(store):
    data = photo()
    file = files.put(data, name="a.jpg", actor=OFFICER)
    with pytest.raises(NoRight):
        files.open_original(OFFICER, file, "核对地点")
    with pytest.raises(Refusal, match="事由"):
        files.open_original(SUPERVISOR, file, "  ")
    with files.open_original(SUPERVISOR, file, "核对拍摄地点") as f:
        assert f.read() == data
    row = AuditEntry.objects.get(action="kernel.original_opened")
    assert (row.actor_id, row.subject, row.data) == (8, file.sha256, {"reason": "核对拍摄地点"})


def test_the_same_content_is_one_row_whatever_its_name(store):
    first = files.put(photo(), name="a.jpg", actor=OFFICER)
    again = files.put(io.BytesIO(photo()), name="b.jpg", actor=SUPERVISOR)
    assert first.pk == again.pk
    assert StoredFile.objects.get().original_name == "a.jpg"
    assert AuditEntry.objects.filter(action="kernel.file_stored").count() == 1


KINDS = [
    ("现场.jpg", lambda: photo(), "image/jpeg"),
    ("报告.txt", lambda: b"%PDF-1.7\n%...", "application/pdf"),
    ("a.zip", lambda: office("word/document.xml"), sniff.DOCX),
    ("a.zip", lambda: office("xl/workbook.xml"), sniff.XLSX),
    ("a", lambda: movie(), "video/mp4"),
    ("a", lambda: b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42isom", "audio/mp4"),
    ("a", lambda: b"ID3\x04" + bytes(20), "audio/mpeg"),
    ("a", lambda: b"\xff\xfb\x90\x64" + bytes(20), "audio/mpeg"),
    ("a", lambda: b"\x1aE\xdf\xa3\x01\0\0\0B\x82\x84webm" + bytes(40) + b"A_OPUS", "audio/webm"),
    ("a", lambda: b"\x1aE\xdf\xa3\x01\0\0\0B\x82\x84webm" + bytes(40) + b"V_VP8", "video/webm"),
]


@pytest.mark.parametrize(("name", "data", "kind"), KINDS)
def test_the_kind_is_told_from_the_content(store, name, data, kind):
    assert files.put(data(), name=name).media_type == kind


BAD = [
    (b"", "file_empty", 422),
    (b"MZ\x90\0 a program", "file_kind", 422),
    (b"<html><script>alert(1)</script>", "file_kind", 422),
    (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "file_kind", 422),
    (b"PK\x03\x04 not a zip", "file_kind", 422),
    (office("word/document.xml", extra="word/vbaProject.bin"), "file_kind", 422),
    (b"\xff\xd8\xff\xe0 no picture", "file_damaged", 422),
    (photo()[:2000], "file_damaged", 422),
    (b"\xff\xd8\xff" + bytes(files.PHOTO_LIMIT), "file_too_large", 413),
    (b"%PDF-" + bytes(files.OTHER_LIMIT), "file_too_large", 413),
]


@pytest.mark.parametrize(("data", "code", "status"), BAD)
def test_what_is_refused_leaves_nothing(store, data, code, status):
    with pytest.raises(Refusal) as refused:
        files.put(data, name="照片.jpg", actor=OFFICER)
    assert (refused.value.code, refused.value.status) == (code, status)
    assert StoredFile.objects.count() == 0
    assert list(store.keys()) == []


def bomb(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(1000))) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(9000, 9000), (11_000, 9000), (50_000, 50_000)])
def test_a_picture_that_would_unpack_to_gigabytes_is_refused(store, size):
    with pytest.raises(Refusal) as refused:
        files.put(bomb(*size), name="a.png")
    assert refused.value.code == "image_too_large"


def test_an_archive_that_would_unpack_to_gigabytes_is_refused(store):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr("[Content_Types].xml", "<x/>")
        z.writestr("xl/workbook.xml", "<x/>")
        for n in range(7):
            z.writestr(f"xl/{n}.xml", bytes(100_000_000))
    with pytest.raises(Refusal) as refused:
        files.put(out.getvalue(), name="a.xlsx")
    assert refused.value.code == "file_damaged"


def test_a_video_loses_its_place_and_not_a_byte_of_its_length(store):
    file = files.put(movie(), name="现场.mp4", actor=OFFICER)
    assert file.has_place
    with files.open_derivative(file) as f:
        seen = f.read()
    header, frames = seen.split(b"mdat")
    assert b"27.84" not in header
    assert b"\xa9xyz" not in header
    assert len(seen) == file.size
    assert frames == b"+27.8+113.1/frames"
    plain = files.put(movie(place=False), name="b.mp4")
    assert not plain.has_place
    with files.open_derivative(plain) as f:
        assert f.read() == movie(place=False)
    assert files.thumb(plain) is None


def test_a_drawing_keeps_its_transparency(store):
    out = io.BytesIO()
    Image.new("RGBA", (40, 30), (255, 0, 0, 0)).save(out, "PNG")
    file = files.put(out.getvalue(), name="章.png")
    with files.open_derivative(file) as f, Image.open(f) as seen:
        assert (seen.format, seen.mode, seen.getchannel("A").getextrema()) == ("PNG", "RGBA", (0, 0))


@pytest.mark.parametrize(
    ("given", "kept"),
    [("../../etc/passwd", "passwd"), ("C:\\照片\\一.jpg", "一.jpg"), ("a\r\nb.jpg", "ab.jpg"), ("", "未命名")],
)
def test_a_name_is_only_a_name(store, given, kept):
    assert files.put(photo(), name=given).original_name == kept


def test_a_phone_asks_what_is_missing_before_it_sends(store):
    file = files.put(photo(), name="a.jpg")
    other = "0" * 64
    assert files.missing([other, file.sha256.upper(), other]) == [other]
    with pytest.raises(Refusal, match="64"):
        files.missing(["xyz"])


def test_a_kill_before_the_row_leaves_bytes_that_repair_removes_and_no_row(store, monkeypatch):
    def killed(**_):
        raise KeyboardInterrupt

    with monkeypatch.context() as m:
        m.setattr(StoredFile.objects, "get_or_create", killed)
        with pytest.raises(KeyboardInterrupt):
            files.put(photo(), name="a.jpg")
    assert StoredFile.objects.count() == 0
    assert len(list(store.keys())) == 3
    assert files.repair_files().removed == []  # too young: somebody may be about to write its row
    assert len(files.repair_files(older_than_seconds=-5).removed) == 3
    assert list(store.keys()) == []


def test_repair_remakes_clean_copies_and_reports_what_is_lost(store):
    kept, lost = files.put(photo(), name="a.jpg"), files.put(photo(colour="blue"), name="b.jpg")
    store.remove(files.key("view", kept.sha256))
    store.remove(files.key("original", lost.sha256))
    done = files.repair_files()
    assert (done.removed, done.remade, done.lost) == ([], [kept.sha256], [lost.sha256])
    assert store.has(files.key("view", kept.sha256))
    with pytest.raises(NotHere):
        files.open_original(SUPERVISOR, lost, "查看")
    files.put(photo(colour="blue"), name="b.jpg")  # sent again, it is whole again
    assert files.repair_files().lost == []


def test_a_write_that_fails_leaves_no_part_behind(tmp_path, monkeypatch):
    made = files.FolderStore(tmp_path)
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        made.write("original/aa/bb/x", b"data")
    assert list(made.keys()) == []
