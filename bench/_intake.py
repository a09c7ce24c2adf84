"""What both intake benchmarks share: a throw-away installation with the real district, a server, a small load generator."""

import contextlib
import itertools
import json
import os
import random
import select
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import _bench

ROOT = Path(__file__).parents[1]
DISTRICT, CELLS = 430204000000000, 402
CLIENTS = 32
ACCOUNT = "bench"
WORDS = (
    "人行道上有一堆生活垃圾没人清，已经发臭",
    "路灯不亮已经三天，晚上看不清路，老人走路危险",
    "工地半夜还在施工，声音很大，周围居民休息不好",
    "井盖松动，车子压过去响得厉害，担心掉下去",
    "楼道里堆满纸箱和旧家具，消防通道被堵住了",
    "小区门口有人占道摆摊，早晚高峰车子走不动",
)


@dataclass
class Place:
    """A running server over a loaded district."""

    port: int
    token: str
    points: list[tuple[float, float]]
    actor: Any


@contextlib.contextmanager
def installation() -> Iterator[Place]:
    """Database, district, account and server in a folder of their own; all gone afterwards."""
    with _bench.installation():
        place = _load()
        with _server() as port:
            place.port = port
            yield place


def _load() -> Place:
    from shapely.geometry import shape

    from wangge.identity import queries as identity
    from wangge.identity import services as identity_services
    from wangge.kernel import clock, scope
    from wangge.kernel.actor import SYSTEM
    from wangge.territory import queries as territory
    from wangge.territory import services as territory_services

    with scope.system():
        territory_services.sketch_cells(actor=SYSTEM, district=DISTRICT, cells=CELLS, from_on=clock.today())
        who = identity_services.create_account(
            actor=SYSTEM, name=ACCOUNT, full_name="测速", password="Cesu-2026-jiekou", must_change=False
        )
        post = identity_services.create_post(
            actor=SYSTEM,
            code="bench",
            name="测速岗",
            department_id=identity.centre_of(DISTRICT).pk,
            role="dispatcher",
            place_code=DISTRICT,
        )
        identity_services.appoint(actor=SYSTEM, account_id=who.pk, post_id=post.pk, starts=clock.today(), ends=None)
        token = identity_services.create_token(actor=SYSTEM, account_name=ACCOUNT, rate=100_000)
        inside = [shape(b.geometry).representative_point() for b in territory.boundaries(DISTRICT)]
        actor = identity.actor_for(who, post, "api")
    return Place(0, token, [(p.x, p.y) for p in inside], actor)


@contextlib.contextmanager
def _server() -> Iterator[int]:
    """The product's own web server: granian, 2 workers of 4 threads, one runtime thread each."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", f"from wangge.config import server; server.web('127.0.0.1', {port})"]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/openapi.json"):
                break
            time.sleep(0.1)
        else:
            raise SystemExit("服务没有启动，不能测速。")
        yield port
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def reports(points: list[tuple[float, float]], seed: int = 1) -> Iterator[dict[str, Any]]:
    """Reports without end: fresh ids, places and words spread over the district; half leave the category open."""
    rng = random.Random(seed)
    began = datetime.now(UTC).isoformat()
    for i in itertools.count():
        lng, lat = points[rng.randrange(len(points))]
        yield {
            "id": str(uuid4()),
            "text": WORDS[i % len(WORDS)],
            "lng": lng + rng.uniform(-1, 1) / 20_000,
            "lat": lat + rng.uniform(-1, 1) / 20_000,
            "datum": "cgcs2000",
            "seen_at": began,
            "category": "0101" if i % 2 else None,
        }


def request(path: str, token: str, body: Any) -> bytes:
    """One keep-alive request as bytes."""
    raw = json.dumps(body, ensure_ascii=False).encode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(raw)}\r\n\r\n"
    )
    return head.encode() + raw


@dataclass
class Load:
    """What the clients saw: answers a second, and how long each took (seconds, ascending)."""

    per_second: float
    times: list[float]
    codes: dict[bytes, int]

    def quantile(self, q: float) -> float:
        return self.times[min(len(self.times) - 1, int(q * len(self.times)))] if self.times else 0.0


def drive(
    port: int, requests: Iterator[bytes], seconds: float, clients: int = CLIENTS, most: int | None = None
) -> Load:
    """`clients` connections, each with one request under way, for so long or until `most` were sent. One thread, epoll."""
    poll, held = select.epoll(), {}
    for _ in range(clients):
        s = socket.create_connection(("127.0.0.1", port))
        s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        poll.register(s, select.EPOLLIN)
        held[s.fileno()] = s
    sent: dict[int, float] = {}
    partial: dict[int, bytes] = {}
    times: list[float] = []
    codes: dict[bytes, int] = {}
    begun = time.perf_counter()
    for fd, s in held.items():
        s.sendall(next(requests))
        sent[fd] = time.perf_counter()
    end, left = begun + seconds, (most or 10**9) - clients
    while sent:
        for fd, _ in poll.poll(5):
            got = partial.pop(fd, b"") + held[fd].recv(65536)
            head, gap, rest = got.partition(b"\r\n\r\n")
            length = head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0]
            if not gap or len(rest) < int(length or 0):
                partial[fd] = got
                continue
            now = time.perf_counter()
            times.append(now - sent.pop(fd))
            codes[head[9:12]] = codes.get(head[9:12], 0) + 1
            if now < end and left > 0:
                left -= 1
                held[fd].sendall(next(requests))
                sent[fd] = time.perf_counter()
    spent = time.perf_counter() - begun
    for s in held.values():
        s.close()
    return Load(len(times) / spent, sorted(times), codes)
