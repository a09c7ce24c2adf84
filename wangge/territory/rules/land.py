"""The rules of land: place codes, datums, areas, the check of borders, the order of numbers. Pure Python."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import shapely
from pyproj import Transformer
from shapely import STRtree
from shapely.geometry import LineString, Point, Polygon, mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import split as split_by_line

from wangge.kernel.errors import Refusal

Level = Literal["district", "street", "community", "cell"]
LEVELS: dict[str, str] = {"district": "区县", "street": "街道（镇）", "community": "社区（村）", "cell": "网格"}
KINDS: dict[str, str] = {"general": "基础网格", "micro": "微网格", "dedicated": "专属网格"}
# General and dedicated cells tile a community together; micro cells are a second, finer layer that never places a point.
LAYERS: dict[str, str] = {"general": "tile", "dedicated": "tile", "micro": "micro"}
DATUMS: dict[str, str] = {
    "cgcs2000": "CGCS2000（国家大地坐标系）",
    "wgs84": "WGS-84（GPS）",
    "gcj02": "GCJ-02（高德、腾讯地图）",
    "bd09": "BD-09（百度地图）",
}
_WIDTH: dict[str, int] = {"district": 1_000_000_000, "street": 1_000_000, "community": 1_000, "cell": 1}

# The least area that counts as a gap or an overlap. Source: the acceptance rule of this product, 1 m².
LEAST_M2 = 1.0
# A point nearer to a border than this is placed, but marked: people are asked. GPS under trees is not better than this.
NEAR_M = 5.0
# Nearer than this is "on the line": no survey is that good, and coordinates are kept to 0.1 mm.
ON_M = 0.01


# Place codes: 6 digits county (GB/T 2260), 3 street or town (GB/T 10114), 3 community or village, 3 cell.


def level(code: int) -> Level:
    """The level of a 15-digit place code; `ValueError` when it has not 15 digits or a gap in the middle."""
    if not 100_000_000_000_000 <= code <= 999_999_999_999_999:
        raise ValueError(f"{code} is not a 15-digit place code")
    street, community, cell = code // 1_000_000 % 1000, code // 1000 % 1000, code % 1000
    if (cell and not community) or (community and not street):
        raise ValueError(f"{code} names a part of nothing")
    return "cell" if cell else "community" if community else "street" if street else "district"


def interval(code: int) -> tuple[int, int]:
    """The closed interval [lo, hi] of every code at or below this one."""
    return code, code + _WIDTH[level(code)] - 1


def at_level(code: int, wanted: Level) -> int:
    """The ancestor of the code at this level (itself if it is there); `ValueError` when the code is above it."""
    cut = code - code % _WIDTH[wanted]
    if level(cut) != wanted:
        raise ValueError(f"{code} lies above the level {wanted}")
    return cut


def parent(code: int) -> int | None:
    """The code one level up; None for a district."""
    here = level(code)
    if here == "district":
        return None
    above: dict[str, Level] = {"street": "district", "community": "street", "cell": "community"}
    return at_level(code, above[here])


def fmt(code: int) -> str:
    """A code as officials write it: only the digits of its own level ("430204005", "430204005001003")."""
    return str(code // _WIDTH[level(code)])


def parse_code(text: str) -> int:
    """A code of 6, 9, 12 or 15 digits as the 15-digit number; `Refusal` otherwise."""
    digits = text.strip()
    if digits.isascii() and digits.isdigit() and len(digits) in (6, 9, 12, 15):
        code = int(digits.ljust(15, "0"))
        try:
            level(code)
        except ValueError:
            pass
        else:
            return code
    raise Refusal(
        "bad_place_code",
        f"“{text}”不是有效的区划或网格编码。请填写 6 位区县、9 位街道、12 位社区或 15 位网格编码。",
        field="code",
        value=text,
    )


def short_name(name: str) -> str:
    """The everyday name of a division: the committee's name without 居委会 / 村委会."""
    for ending, instead in (("社区居民委员会", "社区"), ("社区居委会", "社区"), ("居委会", "社区"), ("村委会", "村")):
        if name.endswith(ending):
            return name.removesuffix(ending) + instead
    return name


def cell_name(community: str, number: int) -> str:
    """ "新民社区第03网格"."""
    return f"{community}第{number:02d}网格"


def order_west_east(points: Sequence[tuple[float, float]]) -> list[int]:
    """Indices of (lng, lat) points in the order cells are numbered: north row first, inside a row west to east.

    Source: 社会治理单元编码 practice of Beijing and Xi'an (DB6101/T 3185-2024): "由西向东、由北向南". A row is as high as
    a cell is on average, so that a slightly crooked row is still one row.
    """
    if not points:
        return []
    lat = [p[1] for p in points]
    rows = max(1, round(math.sqrt(len(points))))
    height = (max(lat) - min(lat)) / rows or 1.0
    top = max(lat)
    return sorted(
        range(len(points)), key=lambda i: (min(rows - 1, int((top - lat[i]) / height)), points[i][0], -lat[i])
    )


# Datums. GCJ-02 is WGS-84 moved by a published-by-analysis polynomial of sines, BD-09 is GCJ-02 moved once more. CGCS2000
# and WGS-84 agree to centimetres and are one here. Outside China GCJ-02 is WGS-84.

_A, _EE, _X_PI = 6378245.0, 0.006693421622965943, math.pi * 3000.0 / 180.0
Pair = tuple[float, float]


def _outside_china(lng: float, lat: float) -> bool:
    return not (72.004 <= lng <= 137.8347 and 0.8293 <= lat <= 55.8271)


def _to_gcj(lng: float, lat: float) -> Pair:
    if _outside_china(lng, lat):
        return lng, lat
    x, y, pi, sin = lng - 105.0, lat - 35.0, math.pi, math.sin
    wave = (20 * sin(6 * x * pi) + 20 * sin(2 * x * pi)) * 2 / 3
    dlat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * math.sqrt(abs(x)) + wave
    dlat += (20 * sin(y * pi) + 40 * sin(y / 3 * pi)) * 2 / 3 + (
        160 * sin(y / 12 * pi) + 320 * sin(y * pi / 30)
    ) * 2 / 3
    dlng = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * math.sqrt(abs(x)) + wave
    dlng += (20 * sin(x * pi) + 40 * sin(x / 3 * pi)) * 2 / 3 + (
        150 * sin(x / 12 * pi) + 300 * sin(x / 30 * pi)
    ) * 2 / 3
    radians = math.radians(lat)
    magic = 1 - _EE * sin(radians) ** 2
    dlat = dlat * 180 / (_A * (1 - _EE) / (magic * math.sqrt(magic)) * pi)
    dlng = dlng * 180 / (_A / math.sqrt(magic) * math.cos(radians) * pi)
    return lng + dlng, lat + dlat


def _to_bd(lng: float, lat: float) -> Pair:
    z = math.hypot(lng, lat) + 0.00002 * math.sin(lat * _X_PI)
    theta = math.atan2(lat, lng) + 0.000003 * math.cos(lng * _X_PI)
    return z * math.cos(theta) + 0.0065, z * math.sin(theta) + 0.006


def _invert(forward: Callable[[float, float], Pair], lng: float, lat: float) -> Pair:
    """The point that `forward` moves to (lng, lat), by fixed-point steps: below 0.1 mm after a few, for both shifts."""
    x, y = lng, lat
    for _ in range(30):
        fx, fy = forward(x, y)
        dx, dy = lng - fx, lat - fy
        x, y = x + dx, y + dy
        if abs(dx) < 1e-10 and abs(dy) < 1e-10:
            break
    return x, y


def convert(lng: float, lat: float, source: str, target: str = "cgcs2000") -> Pair:
    """A point from one datum to another, degrees; `Refusal` for an unknown datum or a point that is none."""
    if source not in DATUMS or target not in DATUMS:
        unknown = source if source not in DATUMS else target
        raise Refusal(
            "unknown_datum",
            f"不认识坐标系“{unknown}”。请填写 cgcs2000、wgs84、gcj02 或 bd09。",
            field="datum",
            value=unknown,
        )
    if not (math.isfinite(lng) and math.isfinite(lat) and -180 <= lng <= 180 and -90 <= lat <= 90):
        raise Refusal(
            "bad_point",
            f"经纬度（{lng}，{lat}）不正确。经度应在 -180 至 180 之间，纬度应在 -90 至 90 之间。",
            field="lng" if not (math.isfinite(lng) and -180 <= lng <= 180) else "lat",
            value=[str(lng), str(lat)],
        )
    if source == "bd09" and target != "bd09":
        lng, lat = _invert(_to_bd, lng, lat)
        source = "gcj02"
    if source == "gcj02" and target in ("wgs84", "cgcs2000"):
        return _invert(_to_gcj, lng, lat)
    if source in ("wgs84", "cgcs2000") and target in ("gcj02", "bd09"):
        lng, lat = _to_gcj(lng, lat)
        source = "gcj02"
    if source == "gcj02" and target == "bd09":
        return _to_bd(lng, lat)
    return lng, lat


def convert_geometry(geometry: BaseGeometry, source: str, target: str = "cgcs2000") -> BaseGeometry:
    """Every vertex of a shape from one datum to another."""
    if {source, target} <= {"wgs84", "cgcs2000"}:
        return geometry

    def move(points: np.ndarray) -> np.ndarray:
        return np.array([convert(float(x), float(y), source, target) for x, y in points]).reshape(-1, 2)

    return shapely.transform(geometry, move)


# Areas and distances: an equal-area plane around the place (Lambert azimuthal on GRS 80, the ellipsoid of CGCS2000).
# Within 50 km of its centre lengths are true to 1:100,000 as well, so one plane serves square metres and metres.


class Plane:
    """Metres around a centre."""

    def __init__(self, lng: float, lat: float) -> None:
        local = f"+proj=laea +lon_0={lng} +lat_0={lat} +ellps=GRS80 +units=m +no_defs"
        geographic = "+proj=longlat +ellps=GRS80 +no_defs"
        self._to = Transformer.from_crs(geographic, local, always_xy=True)

    def to(self, geometry: BaseGeometry) -> BaseGeometry:
        """In metres. A border straight in degrees bends on the plane (4 cm in 2 km), so it is given a point every 100 m."""
        dense = shapely.segmentize(geometry, 0.001)
        return shapely.transform(dense, lambda p: np.column_stack(self._to.transform(p[:, 0], p[:, 1])))


@lru_cache(maxsize=64)
def _plane(lng: float, lat: float) -> Plane:
    return Plane(lng, lat)


def plane_for(geometry: BaseGeometry) -> Plane:
    """The plane whose centre is nearest to the shape, on a half-degree raster, so that neighbours share one."""
    west, south, east, north = geometry.bounds
    return _plane(round(west + east) / 2, round(south + north) / 2)


def area_m2(geometry: BaseGeometry) -> float:
    """Square metres of a shape in degrees of CGCS2000."""
    return float(plane_for(geometry).to(geometry).area)


class Frame:
    """Degrees to metres by a linear map around a centre. Straight borders stay straight, which no projection grants; lengths
    are true to 1:1,000 within 30 km, which is enough for "within 5 m" and far too little for an area."""

    def __init__(self, lng: float, lat: float) -> None:
        radians = math.radians(lat)
        # Metres a degree on GRS 80 (series in the latitude, to a centimetre).
        east = 111_412.84 * math.cos(radians) - 93.5 * math.cos(3 * radians)
        north = 111_132.92 - 559.82 * math.cos(2 * radians) + 1.175 * math.cos(4 * radians)
        self.lng, self.lat, self.east, self.north = lng, lat, east, north
        self._origin, self._scale = np.array([lng, lat]), np.array([east, north])

    @classmethod
    def around(cls, geometry: BaseGeometry) -> "Frame":
        west, south, east, north = geometry.bounds
        return cls((west + east) / 2, (south + north) / 2)

    def to(self, geometry: BaseGeometry) -> BaseGeometry:
        return shapely.transform(geometry, self.metres)

    def back(self, geometry: BaseGeometry) -> BaseGeometry:
        return shapely.transform(geometry, lambda p: p / self._scale + self._origin)

    def metres(self, points: np.ndarray) -> np.ndarray:
        """An (n, 2) array of degrees as metres."""
        return (points - self._origin) * self._scale


# Shapes from outside.

MOST_VERTICES = 20_000


def read_shape(geojson: Mapping[str, Any], datum: str = "cgcs2000") -> BaseGeometry:
    """A polygon or multipolygon in CGCS2000 from GeoJSON in the datum; `Refusal` says what is wrong and what to do."""

    def refuse(code: str, sentence: str) -> Refusal:
        return Refusal(code, sentence, field="geometry")

    try:
        found = shape(dict(geojson))
    except Exception as error:  # shapely raises whatever the malformed nesting leads it to
        raise refuse("not_a_shape", "边界数据不完整，无法识别。请重新绘制，或检查文件是否损坏。") from error
    if found.geom_type not in ("Polygon", "MultiPolygon") or found.is_empty:
        raise refuse("not_a_polygon", "边界必须是闭合的面。请绘制至少三个顶点，或在文件中选择面图层。")
    found = shapely.force_2d(found)
    points = shapely.get_coordinates(found)
    if len(points) > MOST_VERTICES:
        raise refuse("too_many_vertices", f"边界有 {len(points)} 个顶点，超过 {MOST_VERTICES} 个。请先简化后再导入。")
    if not np.isfinite(points).all() or (abs(points[:, 0]) > 180).any() or (abs(points[:, 1]) > 90).any():
        raise refuse("not_degrees", "边界坐标不是经纬度。请导出为经纬度坐标（CGCS2000 或 WGS-84），或随文件附上 .prj。")
    if not found.is_valid:
        reason = shapely.is_valid_reason(found)
        at = reason[reason.find("[") + 1 : reason.find("]")] if "[" in reason else ""
        place = f"（经纬度 {'，'.join(at.split())} 附近）" if at else ""
        raise refuse("crosses_itself", f"边界线自相交或有重复的线段{place}。请移动该处顶点，使边界不交叉。")
    return shapely.set_precision(convert_geometry(found, datum), 1e-9)


def to_geojson(geometry: BaseGeometry, digits: int = 9) -> dict[str, Any]:
    """GeoJSON with lists for tuples; 9 digits of a degree are a tenth of a millimetre."""

    def plain(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return [plain(v) for v in value]
        return round(value, digits)

    made = mapping(geometry)
    return {"type": made["type"], "coordinates": plain(made["coordinates"])}


def polygons_only(geometry: BaseGeometry) -> BaseGeometry:
    """The polygonal part of a shape: what `make_valid` or an intersection leaves beside lines and points."""
    if geometry.geom_type in ("Polygon", "MultiPolygon"):
        return geometry
    return shapely.union_all([p for p in shapely.get_parts(geometry) if p.geom_type in ("Polygon", "MultiPolygon")])


def cut(geometry: BaseGeometry, line: Sequence[Sequence[float]]) -> list[BaseGeometry]:
    """A cell cut by a line of (lng, lat) points, drawn from outside to outside; `Refusal` when it does not cut."""
    if len(line) < 2:
        raise Refusal("no_cut", "分割线至少要有两个点。请从网格外一侧画到另一侧。", field="line")
    pieces = [p for part in shapely.get_parts(geometry) for p in split_by_line(part, LineString(line)).geoms]
    pieces = [shapely.set_precision(p, 1e-9) for p in pieces]
    if len(pieces) <= len(shapely.get_parts(geometry)):
        raise Refusal("no_cut", "分割线没有贯穿网格。请从网格外一侧画到另一侧，中途不要停在网格内。", field="line")
    return pieces


def join(parts: Sequence[BaseGeometry]) -> BaseGeometry:
    """One shape of several cells. Seams and holes thinner than a survey can tell (a centimetre, 1 m²) are closed."""
    joined = shapely.union_all(parts, grid_size=1e-9)
    if joined.geom_type != "Polygon":
        joined = shapely.union_all(parts, grid_size=1e-7)
    kept = [
        Polygon(p.exterior, [ring for ring in p.interiors if area_m2(Polygon(ring)) >= LEAST_M2])
        for p in shapely.get_parts(joined)
    ]
    return kept[0] if len(kept) == 1 else shapely.multipolygons(kept)


# The check: no gap, no overlap, nothing outside.


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of the borders: `kind` gap, overlap or outside; `cells` the codes concerned; a point (degrees) to look at."""

    kind: Literal["gap", "overlap", "outside"]
    cells: tuple[int, ...]
    area_m2: float
    lng: float
    lat: float
    sentence: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One cell in a check: its code (0 for a cell that has none yet), its name and its shape in degrees."""

    code: int
    name: str
    geometry: BaseGeometry


def square_metres(area: float) -> str:
    """ "3.2 平方米" or "0.4 公顷" or "1.25 平方公里", whichever a person reads most easily."""
    if area < 10_000:
        return f"{area:.1f} 平方米"
    return f"{area / 10_000:.1f} 公顷" if area < 1_000_000 else f"{area / 1_000_000:.2f} 平方公里"


def _point(geometry: BaseGeometry) -> Pair:
    point = geometry.representative_point()
    return round(point.x, 6), round(point.y, 6)


def _area(geometry: BaseGeometry) -> float:
    return 0.0 if geometry.is_empty else float(plane_for(geometry).to(geometry).area)


def overlaps(pieces: Sequence[Piece], only: Iterable[int] | None = None) -> list[Finding]:
    """Pairs of cells whose common area is 1 m² or more; with `only`, the pairs that touch these indices.

    A border is straight between two vertices in longitude and latitude (RFC 7946), so shapes are compared in degrees and
    only the result is measured in the equal-area plane.
    """
    if len(pieces) < 2:
        return []
    shapes = np.array([p.geometry for p in pieces])
    wanted = np.arange(len(shapes)) if only is None else np.array(sorted(only), dtype=int)
    asked, hit = STRtree(shapes).query(shapes[wanted], predicate="intersects")
    pairs = sorted(
        {(min(int(a), int(b)), max(int(a), int(b))) for a, b in zip(wanted[asked], hit, strict=True) if a != b}
    )
    found = []
    for a, b in pairs:
        common = polygons_only(shapely.intersection(shapes[a], shapes[b]))
        area = _area(common)
        if area >= LEAST_M2:
            lng, lat = _point(common)
            found.append(
                Finding(
                    "overlap",
                    (pieces[a].code, pieces[b].code),
                    area,
                    lng,
                    lat,
                    f"“{pieces[a].name}”与“{pieces[b].name}”重叠 {square_metres(area)}"
                    f"（{lng}，{lat} 附近）。请调整两个网格的共同边界。",
                )
            )
    return found


def check(pieces: Sequence[Piece], outline: BaseGeometry | None, outline_name: str = "") -> list[Finding]:
    """Every overlap, gap and part outside of 1 m² or more, largest first in each kind.

    Without an outline a gap is a hole that cells surround. A gap names the cells at its edge (within half a metre).
    """
    if not pieces:
        return []
    shapes = np.array([p.geometry for p in pieces])
    tree = STRtree(shapes)
    union = shapely.union_all(shapes)
    whole = outline
    if whole is None:
        whole = shapely.union_all([Polygon(p.exterior) for p in shapely.get_parts(union) if p.geom_type == "Polygon"])
    found = []
    for gap in shapely.get_parts(polygons_only(shapely.difference(whole, union))):
        area = _area(gap)
        if area < LEAST_M2:
            continue
        beside = [pieces[i] for i in sorted(tree.query(gap, predicate="dwithin", distance=5e-6).tolist())]
        lng, lat = _point(gap)
        names = "、".join(f"“{p.name}”" for p in beside[:4]) or "现有网格"
        found.append(
            Finding(
                "gap",
                tuple(p.code for p in beside),
                area,
                lng,
                lat,
                f"{names}旁有 {square_metres(area)}未划入任何网格（{lng}，{lat} 附近）。请把这块地划入相邻网格。",
            )
        )
    if outline is not None:
        for piece in pieces:
            for part in shapely.get_parts(polygons_only(shapely.difference(piece.geometry, outline))):
                area = _area(part)
                if area >= LEAST_M2:
                    lng, lat = _point(part)
                    found.append(
                        Finding(
                            "outside",
                            (piece.code,),
                            area,
                            lng,
                            lat,
                            f"“{piece.name}”有 {square_metres(area)}超出{outline_name or '上级区划'}的边界"
                            f"（{lng}，{lat} 附近）。请把边界收回到界内。",
                        )
                    )
    order = {"overlap": 0, "gap": 1, "outside": 2}
    return sorted([*overlaps(pieces), *found], key=lambda f: (order[f.kind], -f.area_m2, f.cells))


# The border rule: where a point belongs.


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a point lies.

    `cell_code`: the cell, or None outside the district; `candidates`: every cell within 5 m, the chosen one first;
    `near_border`: within 5 m of any border, so people should be asked; `outside`: in no cell; `nearest`: outside, the
    closest cell and `distance_m` to it; `note`: a sentence for people, empty when there is nothing to say.
    """

    cell_code: int | None
    candidates: tuple[int, ...] = ()
    near_border: bool = False
    outside: bool = False
    nearest: int | None = None
    distance_m: float = 0.0
    note: str = ""


def decide(near: Sequence[tuple[int, float]], nearest: tuple[int, float] | None) -> Placement:
    """The placement of a point near a border or outside, from (code, metres to the cell, 0 inside) within 5 m.

    A point inside one cell belongs to it, also beside the border. A point on the line (within 1 cm) belongs to the
    smallest code of the cells that meet there, so that everybody always gets the same answer. A point in no cell belongs
    to none, however near.
    """
    on = sorted(code for code, metres in near if metres <= ON_M)
    if on:
        others = sorted((metres, code) for code, metres in near if code != on[0])
        candidates = (on[0], *(code for _, code in others))
        note = (
            "位置在网格交界处，请核对实际归属。" if len(candidates) > 1 else "位置紧靠辖区边界，请核对是否属于本辖区。"
        )
        return Placement(on[0], candidates, near_border=True, note=note)
    beside = tuple(code for _, code in sorted((metres, code) for code, metres in near))
    code, metres = nearest if nearest else (None, math.inf)
    note = "位置不在任何网格内，请在地图上重新选点，或转受理人员确定归属。"
    return Placement(None, beside, bool(beside), True, code, round(metres, 2) if nearest else 0.0, note)


def locate(point: Point, cells: Mapping[int, BaseGeometry]) -> Placement:
    """The border rule said slowly, over every cell, in metres: what the index must agree with."""
    frame = Frame(point.x, point.y)
    spot = Point(0, 0)
    flat = {code: frame.to(g) for code, g in cells.items()}
    distances = sorted((float(shapely.distance(spot, g)), code) for code, g in flat.items())
    near = [(code, metres) for metres, code in distances if metres <= NEAR_M]
    inside = [code for code, metres in near if metres == 0]
    if len(inside) == 1 and shapely.distance(spot, shapely.boundary(flat[inside[0]])) > NEAR_M:
        return Placement(inside[0], (inside[0],))
    return decide(near, (distances[0][1], distances[0][0]) if distances else None)
