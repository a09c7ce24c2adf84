"""kill -9 of everything while reports come in: what was acknowledged is there after the next start, once."""

import http.client
import json
import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.real_time
ROOT = Path(__file__).parents[2]
PORT = 8769
SETUP = """
from pathlib import Path
from wangge.config import embedded, settings
with embedded.used(settings.DATA):
    import django
    django.setup()
    from tests import make
    from wangge.identity import services
    from wangge.identity.models import Account
    from wangge.kernel import scope
    from wangge.kernel.actor import SYSTEM
    with scope.system():
        make.district()
        who = make.dispatcher()
        name = Account.objects.get(pk=who.id).name
        cell = make.cell()
        print(*make.point(cell), services.create_token(actor=SYSTEM, account_name=name, rate=1000))
"""


def environment(data: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "WANGGE_POOL")}
    return kept | {
        "WANGGE_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "wangge.config.settings",
        "PYTHONPATH": str(ROOT),
    }


def program(data: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "wangge.config.cli", *arguments],
        env=environment(data),
        cwd=ROOT,
        start_new_session=True,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def wait_until_ready(running: subprocess.Popen[bytes], seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        assert running.poll() is None, f"the program ended with {running.returncode}"
        try:
            if ask("GET", "/readyz")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise AssertionError("not ready in time")


def ask(method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)) as asked:
        asked.request(method, path, body, headers or {})
        answer = asked.getresponse()
        return answer.status, answer.read()


def send(token: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    status, answer = ask("POST", "/api/v1/events", json.dumps(body).encode(), headers)
    return status, json.loads(answer)


def processes_of(data: Path) -> list[int]:
    """Every process that names the data folder in its arguments or environment: supervisor, workers, database."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
        except OSError:
            continue
        if str(data).encode() in told:
            found.append(int(entry.name))
    return found


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to find every process of the system")
def test_nothing_acknowledged_is_lost_when_everything_is_killed(tmp_path: Path) -> None:
    data = tmp_path / "数据 夹"
    assert subprocess.run(
        [sys.executable, "-m", "wangge.config.cli", "migrate", "--quiet"], env=environment(data), cwd=ROOT, check=False
    ).returncode == 0  # fmt: skip
    told = subprocess.run(
        [sys.executable, "-c", SETUP], env=environment(data), cwd=ROOT, check=True, capture_output=True, text=True
    )
    lng, lat, token = told.stdout.split()[-3:]
    body = {
        "text": "桥头护栏断了一截，晚上看不见",
        "lng": float(lng),
        "lat": float(lat),
        "seen_at": "2026-03-10T08:00:00+08:00",
        "category": "0303",
        "source": "desk",
    }
    acknowledged: dict[str, dict[str, Any]] = {}
    for round_ in range(2):
        running = program(data, "up", "--port", str(PORT))
        try:
            wait_until_ready(running)
            for id_, before in acknowledged.items():
                status, after = send(token, body | {"id": id_})
                assert (status, after) == (200, before), "an acknowledged report changed or is gone"
            if round_ == 1:
                break
            end = time.monotonic() + 60
            while time.monotonic() < end and len(acknowledged) < 60:
                id_ = str(uuid.uuid4())
                status, answer = send(token, body | {"id": id_})
                assert status == 201, answer
                acknowledged[id_] = answer
                if len(acknowledged) == 60:
                    for pid in processes_of(data):
                        os.kill(pid, signal.SIGKILL)
                    break
        finally:
            if round_ == 1:
                running.terminate()
            else:
                for pid in processes_of(data):
                    os.kill(pid, signal.SIGKILL)
            running.wait(timeout=60)
    assert len(acknowledged) >= 20
    assert len({a["number"] for a in acknowledged.values()}) == len(acknowledged)
