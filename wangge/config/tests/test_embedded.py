"""The launcher against real servers: every place and every accident that it promises to survive."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psycopg
import pytest

from wangge.config import embedded

pytestmark = pytest.mark.real_time
IS_ROOT = os.geteuid() == 0


@pytest.fixture
def short():
    """A folder short enough for a socket, and reachable by the server's user, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="wg") as name:
        os.chmod(name, 0o755)
        yield Path(name)


@contextlib.contextmanager
def running(data):
    embedded.start(data)
    try:
        yield
    finally:
        embedded.stop(data)


def ask(data, statement, *values, user=embedded.ROLE):
    with psycopg.connect(**embedded.address(data, user=user), autocommit=True) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def postmaster(data):
    return int((data / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])


def test_the_application_is_an_ordinary_user_that_sees_nothing_by_default(short):
    with running(short):
        flags = ask(
            short,
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolreplication, rolcreatedb FROM pg_roles"
            " WHERE rolname = current_user",
        )
        assert flags == [(False, False, False, False, True)]
        assert ask(short, "SELECT current_setting('app.lo'), current_setting('app.hi')") == [("1", "0")]
        assert ask(short, "SELECT current_setting('app.department'), current_setting('app.account')") == [("0", "0")]
        # A database made by the tests has the extensions too, and knows Chinese letters.
        ask(short, "CREATE DATABASE test_of_mine")
        with psycopg.connect(**embedded.address(short, dbname="test_of_mine")) as connection:
            assert connection.execute("SELECT array_length(show_trgm('张三丰'), 1)").fetchone() == (4,)
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(**embedded.address(short) | {"password": "wrong"})


def test_secrets_are_for_their_owner_only(short):
    with running(short):
        for path in short.glob("*.password"):
            assert path.stat().st_mode & 0o077 == 0
        assert (short / "postgres").stat().st_mode & 0o077 == 0
        assert ask(short, "SELECT current_setting('listen_addresses')") == [("",)]


@pytest.mark.parametrize("name", ["with a space", "网格 数据", 'it\'s "quoted"', "a,b", "x" * 120, "$HOME %d"])
def test_any_folder_will_do(short, name):
    data = short / name
    with running(data):
        assert ask(data, "SELECT 1") == [(1,)]
    assert not embedded.is_running(data)
    outside = embedded._place(data).socket
    if outside.parent != data / "postgres":
        assert outside.parent == Path("/tmp")
        assert outside.stat().st_mode & 0o077 == 0
        shutil.rmtree(outside)


def test_a_socket_folder_that_belongs_to_another_is_refused(short):
    data = short / ("x" * 120)
    outside = embedded._place(data).socket
    outside.symlink_to(short)
    try:
        with pytest.raises(embedded.Unavailable, match="套接字"):
            embedded.start(data)
    finally:
        outside.unlink()


def test_start_and_stop_may_be_repeated(short):
    embedded.stop(short)
    with running(short):
        embedded.start(short)
        embedded.start(short)
    embedded.stop(short)
    assert not embedded.is_running(short)


def test_many_starters_at_once_share_one_server(short):
    script = f"from wangge.config import embedded; from pathlib import Path; embedded.start(Path({str(short)!r}))"
    root = Path(__file__).resolve().parents[3]
    starters = [subprocess.Popen([sys.executable, "-c", script], cwd=root) for _ in range(4)]
    try:
        assert [s.wait(120) for s in starters] == [0, 0, 0, 0]
        assert ask(short, "SELECT 1") == [(1,)]
    finally:
        embedded.stop(short)


def test_the_last_user_stops_the_server(short):
    with embedded.used(short):
        with embedded.used(short):
            pass
        assert embedded.is_running(short)
    assert not embedded.is_running(short)


def test_after_kill_9_every_acknowledged_row_is_there(short):
    acknowledged = []
    embedded.start(short)
    try:
        ask(short, "CREATE TABLE kept (n bigint)")

        def write():
            parts = embedded.address(short)
            with contextlib.suppress(psycopg.OperationalError), psycopg.connect(**parts, autocommit=True) as connection:
                for n in range(1_000_000):
                    connection.execute("INSERT INTO kept VALUES (%s)", [n])
                    acknowledged.append(n)

        writer = threading.Thread(target=write)
        writer.start()
        while len(acknowledged) < 300:
            time.sleep(0.01)
        os.kill(postmaster(short), signal.SIGKILL)
        writer.join(30)
        # At once: the old postmaster may still be a zombie, its children may still hold the memory.
        embedded.start(short)
        stored = {n for (n,) in ask(short, "SELECT n FROM kept")}
        assert set(acknowledged) <= stored
    finally:
        embedded.stop(short)


def test_a_pid_file_that_names_somebody_else_does_not_stop_us(short):
    with running(short):
        text = (short / "postgres" / "data" / "postmaster.pid").read_text()
    bystander = subprocess.Popen(["sleep", "60"])
    try:
        stale = short / "postgres" / "data" / "postmaster.pid"
        stale.write_text(f"{bystander.pid}\n" + text.split("\n", 1)[1])
        with running(short):
            assert ask(short, "SELECT 1") == [(1,)]
        assert bystander.poll() is None
    finally:
        bystander.kill()
        bystander.wait()


def test_an_interrupted_creation_starts_again(short):
    (short / "postgres" / "data.part" / "base").mkdir(parents=True)
    with running(short):
        assert ask(short, "SELECT 1") == [(1,)]


def test_a_server_that_cannot_start_says_why(short):
    with running(short):
        pass
    (short / "postgres" / "data" / "local.conf").write_text("shared_buffers = nonsense\n")
    with pytest.raises(embedded.Unavailable, match=r"没有启动.*server\.log"):
        embedded.start(short)


@pytest.mark.skipif(not IS_ROOT, reason="only root runs the server as another user")
def test_root_below_a_closed_folder_changes_no_folder_above(short):
    closed = short / "closed"
    data = closed / "inner" / "data"
    data.mkdir(parents=True)
    os.chmod(closed, 0o700)
    before = [(p, p.stat().st_mode, p.stat().st_uid) for p in (short, closed, closed / "inner", data)]
    refused = ""
    try:
        with running(data):
            assert ask(data, "SELECT 1") == [(1,)]
            assert (data / "postgres" / "data").stat().st_uid != 0
            with open(f"/proc/{postmaster(data)}/status") as f:
                assert next(line for line in f if line.startswith("Uid:")).split()[1] != "0"
    except embedded.Unavailable as error:
        refused = str(error)
    assert [(p, p.stat().st_mode, p.stat().st_uid) for p in (short, closed, closed / "inner", data)] == before
    if refused:
        pytest.skip(
            f"this system may not hand on the capability to read closed folders, so the start was refused: {refused}"
        )


@pytest.mark.skipif(not (IS_ROOT and shutil.which("setpriv")), reason="needs root to become somebody else")
def test_an_ordinary_user_runs_the_server_as_itself(short):
    root = Path(__file__).resolve().parents[3]
    os.chown(short, 65534, 65534)
    script = (
        "from wangge.config import embedded; from pathlib import Path; import os, psycopg, sys\n"
        "assert os.geteuid() == 65534\n"
        "data = Path(sys.argv[1]); embedded.start(data)\n"
        "psycopg.connect(**embedded.address(data)).close(); embedded.stop(data)\n"
    )
    # Our own program may lie below a closed home; the capability lets the other user read it, not write.
    to_nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=+dac_read_search"]
    to_nobody += ["--ambient-caps=+dac_read_search", "--securebits=+no_setuid_fixup"]
    environment = {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*command):
        return subprocess.run([*to_nobody, *command], cwd="/", env=environment, capture_output=True, check=False)

    if run(sys.executable, "-c", "import wangge").returncode:
        pytest.skip("another user cannot reach the program here")
    done = run(sys.executable, "-c", script, str(short / "d"))
    assert done.returncode == 0, done.stderr.decode()
    assert (short / "d" / "postgres" / "data").stat().st_uid == 65534
