"""What a phone sends after hours without a signal: each item by itself, in order, done once however often it comes."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from wangge.casework import queries as casework
from wangge.casework import services as casework_services
from wangge.casework import terms
from wangge.events import services as events
from wangge.identity import queries as identity
from wangge.kernel import clock, scope
from wangge.kernel.actor import Actor
from wangge.kernel.errors import Refusal
from wangge.kernel.web import as_refusal
from wangge.pocket import collecting
from wangge.pocket.shapes import COMMANDS, moment

MAX_ITEMS = 50
OLDEST_YEAR = 2000
_Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class ReportItem(msgspec.Struct, tag_field="kind", tag="report", kw_only=True):
    """A report made on the phone. `seen_at` is the phone's clock; the server keeps its own beside it."""

    id: UUID
    seq: int
    lng: Annotated[float, msgspec.Meta(ge=-180, le=180)]
    lat: Annotated[float, msgspec.Meta(ge=-90, le=90)]
    seen_at: Annotated[datetime, msgspec.Meta(tz=True)]
    post: int | None = None
    text: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    category: str | None = None
    files: Annotated[list[_Hash], msgspec.Meta(max_length=20)] = []
    accuracy: float | None = None
    urgency: Literal["normal", "urgent", "emergency"] = "normal"
    solved: Annotated[str, msgspec.Meta(max_length=500)] = ""


class CommandItem(msgspec.Struct, tag_field="kind", tag="command", kw_only=True):
    """A step in a case. `id` keys the step, `seen_step` is the step the officer was looking at."""

    id: UUID
    seq: int
    number: str
    command: str
    seen_step: int
    post: int | None = None
    text: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    reason: str = ""
    files: Annotated[list[_Hash], msgspec.Meta(max_length=20)] = []
    proposed: str = ""
    outcome: str = ""


Item = ReportItem | CommandItem | collecting.DoorItem | collecting.VisitItem | collecting.AlarmItem


class Parcel(msgspec.Struct, kw_only=True):
    """One request. Items are read one by one, so that one bad record does not hold up the others."""

    account: int
    items: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=MAX_ITEMS)]


def unpack(body: bytes) -> Parcel:
    """Raises `Refusal` when the request as a whole cannot be read."""
    try:
        return msgspec.json.decode(body, type=Parcel)
    except msgspec.MsgspecError:
        raise Refusal("bad_request", "手机发来的数据无法读取。请更新网格通后再试，待发送的内容仍在本机。") from None


def receive(actor: Actor, account: Any, parcel: Parcel) -> list[dict[str, Any]]:
    """Carry out the items in the order of their sequence; one result each, in plain words."""
    if parcel.account != actor.id:
        raise Refusal("other_account", "登录的账号与待发送内容的账号不同，未发送。请用原账号登录后再发送。", status=409)
    read = sorted((_read(raw) for raw in parcel.items), key=lambda found: found[0])
    held = {p.pk: p for p in identity.posts_of(account)}
    return [item if isinstance(item, dict) else _carry_out(actor, account, held, item) for _, item in read]


def _read(raw: msgspec.Raw) -> tuple[int, Item | dict[str, Any]]:
    try:
        item: Item = msgspec.json.decode(raw, type=Item)
        return item.seq, item
    except msgspec.MsgspecError as error:
        try:
            plain = msgspec.json.decode(raw)
        except msgspec.MsgspecError:
            plain = {}
        known = plain if isinstance(plain, dict) else {}
        seq = known.get("seq") if isinstance(known.get("seq"), int) else 0
        return seq or 0, {
            "id": str(known.get("id", "")),
            "ok": False,
            "code": "bad_item",
            "sentence": "这条记录内容不完整，未能接收。请打开补充后重新提交。",
            "detail": str(error),
        }


def _carry_out(actor: Actor, account: Any, held: dict[int, Any], item: Item) -> dict[str, Any]:
    # A record belongs to the post it was made at, also when another one is active by the time of sending.
    if item.post is not None and item.post != actor.post_id and item.post in held:
        actor = identity.actor_for(account, held[item.post], "pocket")
    try:
        with scope.use(actor):
            done = _done(actor, item)
        return {"id": str(item.id), "ok": True, **done}
    except Exception as error:
        refusal = as_refusal(error)
        if refusal is None:
            raise
        return {
            "id": str(item.id),
            "ok": False,
            "code": refusal.code,
            "field": refusal.field,
            "sentence": refusal.sentence,
            "status": refusal.status,
        }


def _done(actor: Actor, item: Item) -> dict[str, Any]:
    match item:
        case ReportItem():
            return _report(actor, item)
        case CommandItem():
            return _command(actor, item)
        case _:
            return collecting.carry_out(actor, item)


def _report(actor: Actor, item: ReportItem) -> dict[str, Any]:
    receipt = events.report(
        actor=actor,
        report=events.Report(
            id=item.id,
            text=item.text,
            lng=item.lng,
            lat=item.lat,
            datum="wgs84",
            # A phone that lost its date (1970) must not lose its report: then what counts is when it arrived.
            seen_at=item.seen_at if item.seen_at.year >= OLDEST_YEAR else clock.now(),
            source="officer",
            category=item.category or None,
            files=item.files,
            accuracy=item.accuracy,
            urgency=item.urgency,
            solved=item.solved,
        ),
    )
    fast = (item.seen_at - clock.now()).total_seconds()
    said = f"已上报，编号 {receipt.number}。" if not item.solved else f"已登记自行处置，编号 {receipt.number}。"
    if fast > 300:
        said += f"本机时间比系统快 {round(fast / 60)} 分钟，请校准。"
    return {
        "number": receipt.number,
        "state": receipt.state,
        "state_name": terms.STATES[terms.State(receipt.state)],
        "due_at": moment(receipt.due_at),
        "sentence": said,
    }


def _command(actor: Actor, item: CommandItem) -> dict[str, Any]:
    if item.command not in COMMANDS:
        raise Refusal("not_on_phone", "这项操作请在电脑工作台上办理。", field="command", value=item.command)
    given: dict[str, Any] = {
        name: value for name, value in (("proposed", item.proposed), ("outcome", item.outcome)) if value
    }
    case = casework_services.act(
        actor=actor,
        number=item.number,
        command=item.command,
        seen_step=item.seen_step,
        text=item.text,
        reason=item.reason,
        files=item.files,
        key=item.id,
        **given,
    )
    verb = terms.COMMANDS[item.command]
    after = casework.get(actor, case.number) if actor.covers(case.place_code) else case
    return {
        "number": case.number,
        "state": after.state,
        "state_name": after.get_state_display(),
        "sentence": f"{case.number} 已{verb}，现为“{after.get_state_display()}”。",
    }
