"""What a file really is, told from its content and never from its name. Pure Python."""

import io
import zipfile

ZIP_ENTRIES = 10_000
ZIP_UNPACKED = 600 * 1024 * 1024

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/pdf": "pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "video/mp4": "mp4",
    "video/webm": "webm",
    "audio/mpeg": "mp3",
    "audio/mp4": "m4a",
    "audio/webm": "weba",
}
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def media_type(data: bytes) -> str | None:
    """The media type of one of the kinds in `EXTENSIONS`, else None."""
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    if b"%PDF-" in data[:1024]:
        return "application/pdf"
    if data.startswith(b"PK\x03\x04"):
        return _office_type(data)
    if data[4:8] == b"ftyp":
        return _mp4_type(data)
    if data.startswith(b"\x1aE\xdf\xa3"):
        if b"webm" not in data[:64]:
            return None
        return "video/webm" if b"V_VP" in data[:8192] or b"V_AV1" in data[:8192] else "audio/webm"
    if data.startswith(b"ID3") or (len(data) > 4 and data[0] == 0xFF and data[1] in (0xFB, 0xFA, 0xF3, 0xF2)):
        return "audio/mpeg"
    return None


def zip_is_sane(data: bytes) -> bool:
    """Does the archive stay within bounds when unpacked (by its own directory), so that reading it is safe?"""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False
    return len(entries) <= ZIP_ENTRIES and sum(e.file_size for e in entries) <= ZIP_UNPACKED


def _office_type(data: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    if "[Content_Types].xml" not in names or any(n.endswith("vbaProject.bin") for n in names):
        return None
    if "word/document.xml" in names:
        return DOCX
    return XLSX if "xl/workbook.xml" in names else None


def _mp4_type(data: bytes) -> str | None:
    brand = data[8:12]
    if brand in (b"M4A ", b"M4B "):
        return "audio/mp4"
    return "video/mp4" if brand[:3] in (b"iso", b"mp4", b"avc", b"3gp", b"M4V", b"qt ", b"mmp", b"das") else None
