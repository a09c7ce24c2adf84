"""Files of cells from outside: GeoJSON, Shapefile (zip) and KML (also KMZ) to features in one datum. Nothing is written.

A file that cannot be read at all is refused as a whole; a feature that is wrong is kept with its sentence, so that one
look shows every row that needs work.
"""

import contextlib
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

import numpy as np
import shapefile
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError
from shapely.geometry.base import BaseGeometry

from wangge.kernel.errors import Refusal
from wangge.territory import rules

MOST_BYTES = 32 * 1024 * 1024
MOST_UNPACKED = 128 * 1024 * 1024
MOST_FEATURES = 20_000
FORMATS = {"geojson": "GeoJSON", "shp": "Shapefile（zip 压缩包）", "kml": "KML 或 KMZ"}
# What the columns of the field are called by the offices that make such files; the first that is filled counts.
_COLUMNS = {
    "code": ("网格编码", "网格代码", "编码", "gridcode", "grid_code", "code", "wgbm", "bm"),
    "name": ("网格名称", "名称", "gridname", "grid_name", "name", "wgmc", "mc"),
    "community": ("社区编码", "社区代码", "社区（村）编码", "所属社区", "社区", "community", "sqbm", "sqmc"),
    "kind": ("网格类型", "类型", "kind", "type", "wglx"),
}
_KINDS = {"基础网格": "general", "一般网格": "general", "general": "general", "微网格": "micro", "micro": "micro"}
_KINDS |= {"专属网格": "dedicated", "专业网格": "dedicated", "dedicated": "dedicated"}


@dataclass(slots=True)
class Feature:
    """One row of a file: its number from 1, what it says of itself, its shape in CGCS2000 or the sentence of its fault."""

    row: int
    code: str = ""
    name: str = ""
    community: str = ""
    kind: str = "general"
    geometry: BaseGeometry | None = None
    problem: str = ""
    properties: dict[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return f"第 {self.row} 个图形" + (f"“{self.name or self.code}”" if self.name or self.code else "")


def read(data: bytes, kind: str, datum: str) -> list[Feature]:
    """The features of a file of this kind ("geojson", "shp", "kml") whose degrees are of the datum."""
    readers: dict[str, Callable[[bytes, str], Iterator[Feature]]] = {"geojson": _geojson, "shp": _shp, "kml": _kml}
    if kind not in readers:
        raise Refusal(
            "unknown_format", "不支持这种文件。请上传 GeoJSON、Shapefile 压缩包或 KML。", field="file", value=kind
        )
    if datum not in rules.DATUMS:
        rules.convert(0, 0, datum)
    if not data:
        raise _broken("文件是空的。请重新导出后再上传。")
    if len(data) > MOST_BYTES:
        raise Refusal("too_large", "文件超过 32 MB。请按街道分批导入。", field="file", status=413)
    features = []
    for feature in readers[kind](data, datum):
        features.append(feature)
        if len(features) > MOST_FEATURES:
            raise _broken(f"图形超过 {MOST_FEATURES} 个。请按街道分批导入。")
    if not features:
        raise _broken("文件中没有图形。请确认导出的是网格面图层。")
    return features


def guess_format(filename: str) -> str:
    """The kind of file by the end of its name; "" when it says nothing."""
    ends = {"geojson": "geojson", "json": "geojson", "zip": "shp", "shp": "shp", "kml": "kml", "kmz": "kml"}
    return ends.get(filename.rsplit(".", 1)[-1].lower(), "")


def _broken(sentence: str) -> Refusal:
    return Refusal("unreadable_file", sentence, field="file")


def _feature(row: int, properties: dict[str, Any], shape: dict[str, Any] | None, datum: str) -> Feature:
    said = {str(k).strip().lower(): str(v).strip() for k, v in properties.items() if v is not None and not _nested(v)}

    def of(column: str) -> str:
        return next((said[name] for name in _COLUMNS[column] if said.get(name)), "")

    made = Feature(row, of("code"), of("name"), of("community"), properties=said)
    # Spreadsheet programs turn a 15-digit code into a decimal number.
    made.code, made.community = made.code.removesuffix(".0"), made.community.removesuffix(".0")
    kind = of("kind")
    if kind and kind not in _KINDS:
        made.problem = f"网格类型“{kind}”不认识，请填写基础网格、微网格或专属网格。"
    made.kind = _KINDS.get(kind, "general")
    if shape is None:
        made.problem = "没有图形。请补画边界，或从文件中删去这一行。"
        return made
    try:
        made.geometry = rules.read_shape(shape, datum)
    except Refusal as refusal:
        made.problem = refusal.sentence
    return made


def _nested(value: Any) -> bool:
    return isinstance(value, dict | list)


def _geojson(data: bytes, datum: str) -> Iterator[Feature]:
    try:
        found = json.loads(_text(data))
    except (ValueError, RecursionError) as error:
        raise _broken("文件不是有效的 GeoJSON。请检查是否下载完整，或重新导出。") from error
    if isinstance(found, dict) and found.get("type") == "FeatureCollection":
        rows = found.get("features")
    elif isinstance(found, dict) and found.get("type") == "Feature":
        rows = [found]
    else:
        rows = None
    if not isinstance(rows, list):
        raise _broken("文件不是 GeoJSON 要素集。请以 FeatureCollection 形式导出。")
    crs = found.get("crs")
    move = _from_crs(str(crs.get("properties", {}).get("name", ""))) if isinstance(crs, dict) else None
    for number, one in enumerate(rows, start=1):
        if not isinstance(one, dict):
            yield Feature(number, problem="这一行不是要素。请重新导出。")
            continue
        properties, shape = one.get("properties"), one.get("geometry")
        shape = _moved(shape, move) if isinstance(shape, dict) else None
        yield _feature(number, properties if isinstance(properties, dict) else {}, shape, datum)


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _broken("文件的文字编码无法识别。请以 UTF-8 或 GBK 编码导出。")


Move = Callable[[np.ndarray], np.ndarray]


def _from_crs(definition: str) -> Move | None:
    """How coordinates of this reference system become degrees of CGCS2000; None when they already are."""
    try:
        crs = CRS.from_user_input(definition)
    except CRSError as error:
        raise _broken("文件的坐标系说明（.prj 或 crs）无法识别。请导出为 CGCS2000 经纬度后再试。") from error
    if not crs.is_projected:
        return None
    # The shift between WGS-84 and CGCS2000 is centimetres: undoing the projection on its own ellipsoid is enough.
    base = crs.geodetic_crs
    if base is None:
        raise _broken("文件的坐标系说明不完整。请导出为 CGCS2000 经纬度后再试。")
    back = Transformer.from_crs(crs, base, always_xy=True)
    return lambda points: np.column_stack(back.transform(points[:, 0], points[:, 1]))


def _moved(geometry: dict[str, Any], move: Move | None) -> dict[str, Any] | None:
    if move is None:
        return geometry
    try:
        shape = shapely.force_2d(shapely.from_geojson(json.dumps(geometry)))
        return rules.to_geojson(shapely.transform(shape, move), 10)
    except (shapely.errors.ShapelyError, ValueError, TypeError):
        return geometry


def _members(data: bytes) -> dict[str, bytes]:
    """Every file of a zip by its name, with names in GBK read as such; refuses one that would unpack without end."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            total, found = 0, {}
            for info in archive.infolist():
                name = info.filename
                if not info.flag_bits & 0x800:
                    with contextlib.suppress(UnicodeError):
                        name = name.encode("cp437").decode("gb18030")
                total += info.file_size
                if total > MOST_UNPACKED or len(archive.infolist()) > 200:
                    raise _broken("压缩包解开后过大。请只保留网格图层，并按街道分批导入。")
                with archive.open(info) as member:
                    found[name] = member.read(MOST_UNPACKED)
            return found
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise _broken("压缩包损坏或带有密码。请重新压缩后再上传。") from error


def _shp(data: bytes, datum: str) -> Iterator[Feature]:
    by_stem: dict[str, dict[str, bytes]] = {}
    for name, content in _members(data).items():
        stem, _, ending = name.rpartition(".")
        if not name.startswith("__MACOSX"):
            by_stem.setdefault(stem, {})[ending.lower()] = content
    layers = [parts for parts in by_stem.values() if "shp" in parts]
    if len(layers) != 1:
        raise _broken("压缩包中应有且只有一个 .shp 图层，并带上同名的 .dbf、.shx 和 .prj 文件。")
    layer = layers[0]
    if "dbf" not in layer:
        raise _broken("压缩包中缺少 .dbf 文件。请把同名的 .shp、.dbf、.shx 和 .prj 一起压缩。")
    move = _from_crs(layer["prj"].decode("utf-8", "replace")) if layer.get("prj") else None
    for row, (properties, geometry) in enumerate(_records(layer), start=1):
        yield _feature(row, properties, _moved(geometry, move) if geometry else None, datum)


def _records(layer: dict[str, bytes]) -> list[tuple[dict[str, Any], dict[str, Any] | None]]:
    parts = {k: io.BytesIO(layer[k]) for k in ("shp", "dbf", "shx") if k in layer}
    found: list[tuple[dict[str, Any], dict[str, Any] | None]] = []
    try:
        # Latin-1 gives every byte back as it was; which encoding the office used is decided over the whole table.
        with shapefile.Reader(**parts, encoding="latin-1") as reader:
            for one in reader.iterShapeRecords():
                empty = one.shape.shapeType == shapefile.NULL
                found.append((one.record.as_dict(), None if empty else dict(one.shape.__geo_interface__)))
    except Exception as error:  # pyshp raises struct, value, index and its own errors on a damaged file
        raise _broken("Shapefile 损坏，读不出图形。请重新导出后再上传。") from error
    raw = [text for row, _ in found for pair in row.items() for text in pair if isinstance(text, str)]
    said = layer.get("cpg", b"").decode("ascii", "ignore").strip().lower()
    encoding = _encoding("\n".join(raw).encode("latin-1"), said)

    def decoded(value: Any) -> Any:
        return value.encode("latin-1").decode(encoding, "ignore") if isinstance(value, str) else value

    return [({decoded(k): decoded(v) for k, v in row.items()}, shape) for row, shape in found]


def _encoding(text: bytes, said: str) -> str:
    """UTF-8 or GB 18030: what the .cpg says if it fits, else what fits; a field cut in mid-character counts as UTF-8."""
    wanted = ["gb18030", "utf-8"] if said in ("gbk", "gb2312", "gb18030", "936", "cp936") else ["utf-8", "gb18030"]
    for encoding in wanted:
        try:
            text.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return wanted[0]


# KML. expat expands no entity here, because a document type is refused before any entity can be declared.


class _Node:
    __slots__ = ("attributes", "children", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag, self.attributes, self.text = tag, attributes, ""
        self.children: list[_Node] = []

    def walk(self, tag: str) -> Iterator["_Node"]:
        for child in self.children:
            if child.tag == tag:
                yield child
            else:
                yield from child.walk(tag)

    def first(self, tag: str) -> str:
        return next((c.text.strip() for c in self.children if c.tag == tag), "")


def _tree(data: bytes) -> _Node:
    root = _Node("", {})
    stack = [root]
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(tag: str, attributes: dict[str, str]) -> None:
        if len(stack) > 60:
            raise _broken("KML 文件的嵌套过深。请重新导出。")
        node = _Node(tag.rsplit(" ", 1)[-1], attributes)
        stack[-1].children.append(node)
        stack.append(node)

    def text(piece: str) -> None:
        stack[-1].text += piece

    def doctype(*_: object) -> None:
        raise _broken("KML 文件带有文档类型声明，出于安全不予读取。请用地图软件重新导出。")

    parser.buffer_text = True
    parser.StartElementHandler, parser.CharacterDataHandler = start, text
    parser.EndElementHandler = lambda tag: stack.pop() and None
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise _broken("文件不是有效的 KML。请检查是否下载完整，或重新导出。") from error
    return root


def _ring(node: _Node) -> list[list[float]]:
    text = " ".join(c.text for c in node.walk("coordinates"))
    return [[float(v) for v in triple.split(",")[:2]] for triple in text.split()]


def _kml_shape(placemark: _Node) -> dict[str, Any] | None:
    polygons = []
    for polygon in placemark.walk("Polygon"):
        outer: Iterable[_Node] = polygon.walk("outerBoundaryIs")
        inner: Iterable[_Node] = polygon.walk("innerBoundaryIs")
        polygons.append([*(_ring(n) for n in outer), *(_ring(n) for n in inner)])
    if not polygons:
        return None
    if len(polygons) == 1:
        return {"type": "Polygon", "coordinates": polygons[0]}
    return {"type": "MultiPolygon", "coordinates": polygons}


def _kml(data: bytes, datum: str) -> Iterator[Feature]:
    if data[:2] == b"PK":
        inside = [content for name, content in _members(data).items() if name.lower().endswith(".kml")]
        if len(inside) != 1:
            raise _broken("KMZ 压缩包中应有且只有一个 KML 文件。")
        data = inside[0]
    for row, placemark in enumerate(_tree(data).walk("Placemark"), start=1):
        properties: dict[str, Any] = {"name": placemark.first("name")}
        for datum_node in placemark.walk("Data"):
            properties[datum_node.attributes.get("name", "")] = datum_node.first("value")
        for simple in placemark.walk("SimpleData"):
            properties[simple.attributes.get("name", "")] = simple.text.strip()
        try:
            shape = _kml_shape(placemark)
        except (ValueError, IndexError):
            shape = {}
        yield _feature(row, properties, shape, datum)
