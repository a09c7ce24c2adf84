"""A handful of drawn pictures for the demonstration, each marked as one: nobody's photo is used."""

from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

import wangge.kernel
from wangge.kernel import files
from wangge.kernel.actor import SYSTEM

_FONT = Path(wangge.kernel.__file__).parent / "fonts" / "NotoSansSC-Bold.ttf"
SCENES = (
    ("暴露垃圾", "#8d6e4f", "#5b7f4b"),
    ("路面破损", "#6b6f75", "#3d4248"),
    ("占道经营", "#a9795b", "#d8b26e"),
    ("护栏损坏", "#7b8794", "#c9443b"),
    ("积水", "#5d7f99", "#2f5d7c"),
    ("树木倒伏", "#4f7a52", "#7a5a3a"),
    ("井盖缺失", "#70757a", "#1f2327"),
    ("处置后", "#7fa37f", "#cfd8cf"),
)


def draw(title: str, ground: str, thing: str) -> bytes:
    """A simple scene with its title, as JPEG; the same bytes each time."""
    image = Image.new("RGB", (960, 720), "#b9cfe0")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 300, 960, 720), fill=ground)
    pen.rectangle((90, 130, 330, 330), fill="#cbb9a4")
    pen.rectangle((560, 90, 860, 330), fill="#bda98f")
    for x in (120, 200, 600, 680, 760):
        pen.rectangle((x, 170, x + 45, 230), fill="#e9edf0")
    pen.ellipse((330, 410, 640, 610), fill=thing)
    pen.rectangle((0, 640, 960, 720), fill="#20262c")
    pen.text((30, 655), f"演示图片 · {title}", font=ImageFont.truetype(_FONT, 34), fill="#ffffff")
    out = BytesIO()
    image.save(out, "JPEG", quality=72)
    return out.getvalue()


def keep() -> list[str]:
    """Store the pictures; their hashes."""
    return [files.put(draw(*scene), name=f"演示-{scene[0]}.jpg", actor=SYSTEM).sha256 for scene in SCENES]
