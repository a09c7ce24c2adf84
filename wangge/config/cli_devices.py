"""`wangge devices`: listen to devices, make believe to be some, furnish the broker."""

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

BROKER = click.option(
    "--broker",
    default=lambda: os.environ.get("WANGGE_MQTT_URL", ""),
    help="MQTT 服务地址 mqtt://用户:口令@主机:1883（mqtts:// 为加密）。默认取环境变量 WANGGE_MQTT_URL。",
)
DISTRICT = 430_204_000_000_000
BEAT_SECONDS = 60


@click.group()
def devices() -> None:
    """设备（智慧小区）：接入、模拟、MQTT 服务配置。"""


def register(main: Any) -> None:
    main.add_command(devices)


def _django(context: click.Context) -> None:
    from wangge.config.cli import with_django

    with_django(context)


@contextlib.contextmanager
def _until_told() -> Iterator[threading.Event]:
    """An event that SIGTERM and Ctrl-C set."""
    stop = threading.Event()
    before = {n: signal.signal(n, lambda *_: stop.set()) for n in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@devices.command()
@BROKER
@click.option("--embedded", is_flag=True, help="在本进程内启动 MQTT 服务（只供演示，只听本机）。")
@click.option("--simulate", "rate", default=0.0, help="同时模拟已登记的设备，每秒告警数（只供演示）。")
@click.pass_context
def ingest(context: click.Context, broker: str, embedded: bool, rate: float) -> None:
    """接收设备信号，写入数据库后才向 MQTT 服务确认。可同时启动多个，一个接收，其余待命。"""
    from wangge.config import mqtt, server

    server.die_with_parent(of_supervisor=True)
    demo = broker == "demo"
    if not broker and not embedded:
        raise click.ClickException("请用 --broker 或环境变量 WANGGE_MQTT_URL 写明 MQTT 服务地址；演示可用 --embedded。")
    _django(context)
    with contextlib.ExitStack() as stack:
        stop = stack.enter_context(_until_told())
        try:
            own = embedded or demo
            address = stack.enter_context(mqtt.embedded()) if own else mqtt.Address.read(broker)
        except mqtt.BadBroker as error:
            raise click.ClickException(str(error)) from None
        intake = mqtt.Intake(address, stop)
        if rate or demo:
            speaking = (address, rate or 0.02, stop, intake.listening)
            threading.Thread(target=_chat, args=speaking, daemon=True).start()
        click.echo(f"正在接收 {address.host}:{address.port} 的设备信号（按 Ctrl-C 停止）")
        intake.run()
    click.echo(_told(intake.counts))


def _chat(address: Any, rate: float, stop: threading.Event, listening: threading.Event) -> None:
    """Heartbeats each minute and now and then an alarm, of whatever devices are registered by then."""
    from wangge.config import mqtt
    from wangge.demo import devices as demonstration

    listening.wait(60)
    speaker, beat = mqtt.Speaker(address), 0.0
    while not stop.is_set():
        speaking = demonstration.speaking(DISTRICT)
        if speaking and time.monotonic() >= beat:
            beat = time.monotonic() + BEAT_SECONDS
            for topic, payload in demonstration.heartbeats(speaking):
                speaker.say(topic, payload, qos=0)
        if speaking and beat > BEAT_SECONDS:
            topic, payload = next(demonstration.chatter(speaking, seed=time.monotonic_ns()))
            stop.wait(1 / rate)
            speaker.say(topic, payload)
        else:
            stop.wait(5)
    speaker.close(5)


@devices.command()
@BROKER
@click.option("--count", default=200, show_default=True, type=click.IntRange(1, 100_000), help="演示设备台数。")
@click.option("--rate", default=5.0, show_default=True, type=click.FloatRange(0.01, 20_000), help="每秒告警数。")
@click.option("--seconds", default=20.0, show_default=True, type=click.FloatRange(0.1), help="持续秒数。")
@click.option("--district", default="430204", show_default=True, help="区划代码。")
@click.option("--json", "as_json", is_flag=True, help="以 JSON 输出。")
@click.pass_context
def simulate(
    context: click.Context, broker: str, count: int, rate: float, seconds: float, district: str, as_json: bool
) -> None:
    """模拟设备：登记演示设备，发送心跳和四类告警。不指定 --broker 时在本进程内启动 MQTT 服务并接收。

    重复的信号（约 5%）照实重发；结束时核对收到的条数，有遗漏或重复即返回 1。
    """
    from wangge.config import mqtt

    _django(context)
    from wangge.demo import devices as demonstration

    if not (district.isdigit() and len(district) in (6, 15)):
        raise click.ClickException(f"区划代码“{district}”应为 6 位数字，例如 430204。")
    place = int(district.ljust(15, "0"))
    made = demonstration.place_devices(place, count)
    speaking = demonstration.speaking(place)
    if not speaking:
        raise click.ClickException("这个区还没有网格，不能登记演示设备。请先执行 wangge demo --no-serve。")
    if not as_json:
        click.echo(f"演示设备：新登记 {made} 台，在用 {len(speaking)} 台")
    with contextlib.ExitStack() as stack:
        stop = stack.enter_context(_until_told())
        try:
            done = _play(stack, broker, speaking, rate, seconds, stop)
        except mqtt.BadBroker as error:
            raise click.ClickException(str(error)) from None
    click.echo(json.dumps(done, ensure_ascii=False) if as_json else _told(done))
    if done["lost"] or done["doubled"]:
        raise SystemExit(1)


def _play(
    stack: contextlib.ExitStack, broker: str, speaking: Any, rate: float, seconds: float, stop: threading.Event
) -> dict[str, int]:
    """Speak for the time; with a broker of our own, listen too and compare. Against another broker only sending is counted."""
    from wangge.config import mqtt
    from wangge.demo import devices as demonstration

    own = not broker or broker == "demo"
    address = stack.enter_context(mqtt.embedded()) if own else mqtt.Address.read(broker)
    intake = mqtt.Intake(address, over := threading.Event(), alone=False)
    listener = threading.Thread(target=intake.run, daemon=True)
    if own:
        listener.start()
        if not intake.listening.wait(20):
            raise mqtt.BadBroker("内置 MQTT 服务没有应答，请再试一次，或用 --broker 指定。")
    speaker, ids = mqtt.Speaker(address), set[bytes]()
    for topic, payload in demonstration.heartbeats(speaking):
        speaker.say(topic, payload)
    sent, started, talk = 0, time.monotonic(), demonstration.chatter(speaking, seed=time.time_ns())
    while (passed := time.monotonic() - started) < seconds and not stop.is_set():
        while sent < passed * rate:
            topic, payload = next(talk)
            speaker.say(topic, payload)
            ids.add(payload)
            sent += 1
        stop.wait(0.01)
    speaker.close()
    done = {"sent": sent, "different": len(ids), "beats_sent": len(speaking)} | intake.counts
    if own:
        until, wanted = time.monotonic() + 60, sent + len(speaking)
        while intake.counts["messages"] < wanted and time.monotonic() < until:
            time.sleep(0.05)
        over.set()
        listener.join(30)
        done |= intake.counts
    done["lost"] = max(0, len(ids) - done["fresh"]) if own else 0
    done["doubled"] = max(0, done["fresh"] - len(ids)) if own else 0
    return done


def _told(counts: dict[str, int]) -> str:
    words = {
        "sent": "发出告警信号", "different": "其中不同的", "beats_sent": "发出心跳", "messages": "收到消息",
        "fresh": "新信号", "repeated": "重复信号", "alarms": "新告警", "raised": "已立件", "beats": "心跳",
        "faults": "异常信号", "lost": "遗漏", "doubled": "重复入库",
    }  # fmt: skip
    return "，".join(f"{words[k]} {v}" for k, v in counts.items() if k in words)


@devices.command("broker")
@click.option("--out", required=True, type=click.Path(file_okay=False, path_type=Path), help="存放的文件夹。")
@click.option("--port", default=1883, show_default=True, type=click.IntRange(1, 65535), help="监听端口。")
@click.option(
    "--host", default="127.0.0.1", show_default=True, help="监听地址；设备从外部接入用 0.0.0.0，并应启用 TLS。"
)
@click.pass_context
def broker_files(context: click.Context, out: Path, port: int, host: str) -> None:
    """写出 mosquitto 的配置、设备口令表和权限表。登记或更换设备口令后再执行一次，并让 mosquitto 重新读取（SIGHUP）。"""
    _django(context)
    from wangge.config import mosquitto
    from wangge.kernel import scope
    from wangge.territory import queries as territory

    with scope.system():
        users = list(territory.broker_users())
    password = mosquitto.write(out, users, host=host, port=port)
    click.echo(f"已写入 {out}：设备 {len(users)} 台。启动：mosquitto -c {out / 'mosquitto.conf'}")
    click.echo(f"接收进程：WANGGE_MQTT_URL=mqtt://wangge-intake:{password}@127.0.0.1:{port}", file=sys.stderr)
