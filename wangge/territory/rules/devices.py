"""Devices of 智慧小区: what kinds there are, when silence means a fault, what a camera must declare. Pure Python.

Sources: 石峰区网格化管理服务中心 2022 年度部门决算（智能门禁、高空抛物摄像头、独居老人一键报警、电动车入电梯报警 四类设备）;
《中华人民共和国个人信息保护法》第二十六条 (equipment that takes images of people in public places: for public safety,
with a conspicuous sign, nothing else done with the images). Minutes and days are shipped defaults, ours.
"""

import re
from dataclasses import dataclass
from datetime import date, timedelta

from wangge.kernel.errors import Refusal


@dataclass(frozen=True, slots=True)
class Kind:
    """One class of device. `silent_minutes` without a sign of life count as offline; `inspect_days` between inspections."""

    name: str
    short: str
    is_camera: bool
    silent_minutes: int
    inspect_days: int


KINDS: dict[str, Kind] = {
    "access": Kind("智能门禁", "门禁", False, 15, 90),
    "falling": Kind("高空抛物摄像头", "高空抛物", True, 15, 90),
    "sos": Kind("独居老人一键报警", "一键报警", False, 1560, 30),
    "ebike": Kind("电动车入电梯报警", "电动车入电梯", True, 15, 90),
}
STATES = {"active": "在用", "suspended": "停用", "retired": "已拆除"}
UPKEEP = {"inspect": "巡检", "repair": "维修", "replace": "更换"}
# What a device may go to from where. A retired one stays in the register and never comes back: its serial is history.
NEXT = {"active": ("suspended", "retired"), "suspended": ("active", "retired"), "retired": ()}
LONGEST_KEEPING = 90
# What MQTT topics and file names take without escaping.
SERIAL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-.]{3,39}")


def check_serial(text: str) -> Refusal | None:
    """A serial is also the device's user name at the broker and a part of its topic."""
    if SERIAL.fullmatch(text):
        return None
    return Refusal(
        "bad_serial",
        f"设备编号“{text[:40]}”不能用：应为 4 至 40 位字母、数字、短横线、下划线或点。请按设备铭牌填写。",
        field="serial",
        value=text[:40],
    )


def check_camera(kind: str, purpose: str, has_sign: bool, retention_days: int | None) -> Refusal | None:
    """A camera states its purpose, stands under a sign and says when its images go (个人信息保护法 第二十六条)."""
    if not KINDS[kind].is_camera:
        return None
    name, law = KINDS[kind].name, "《个人信息保护法》第二十六条"
    if not purpose.strip():
        return Refusal("purpose_needed", f"{name}须写明采集用途（{law}）。例如“楼栋高空抛物取证”。", field="purpose")
    if not has_sign:
        return Refusal(
            "sign_needed", f"{name}须在现场设置显著提示标识后才能登记（{law}）。请设置后勾选。", field="has_sign"
        )
    if retention_days is None or not 1 <= retention_days <= LONGEST_KEEPING:
        return Refusal(
            "retention_needed",
            f"{name}须写明图像保存天数，1 至 {LONGEST_KEEPING} 天，到期自动删除。",
            field="retention_days",
            value=retention_days,
        )
    return None


def next_inspection(kind: str, last_on: date | None, installed_on: date | None, days: int | None) -> date | None:
    """The day the next inspection is due; None when nothing is known to reckon from."""
    start = last_on or installed_on
    return start + timedelta(days=days or KINDS[kind].inspect_days) if start else None
