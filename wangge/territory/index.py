"""Point → cell in memory: one search tree per stretch of days in which no border changed.

A tree is built once and never altered, so that threads read it without a lock. Coordinates are metres of one linear
frame per tree, which makes "within 5 m" one comparison. See docs/algorithms/point-to-cell.md.
"""

from collections.abc import Sequence

import numpy as np
import shapely
from shapely import STRtree
from shapely.geometry.base import BaseGeometry

from wangge.territory.rules import NEAR_M, Frame, Placement, decide

_NONE = Placement(None, outside=True, note="该日期没有已划定的网格。请先导入或绘制网格边界。")


class CellIndex:
    """The cells of one day: `codes` ascending, `geometries` in degrees of CGCS2000 in the same order."""

    def __init__(self, codes: Sequence[int], geometries: Sequence[BaseGeometry]) -> None:
        self.codes = list(codes)
        self.frame = Frame(0.0, 0.0)
        self._sure: list[Placement] = [Placement(code, (code,)) for code in self.codes]
        if not self.codes:
            return
        box = shapely.total_bounds(np.array(geometries))
        self.frame = Frame(float(box[0] + box[2]) / 2, float(box[1] + box[3]) / 2)
        self._cells = np.array([self.frame.to(g) for g in geometries])
        self._tree = STRtree(self._cells)
        self._borders = shapely.boundary(self._cells)
        shapely.prepare(self._cells)
        shapely.prepare(self._borders)

    def __len__(self) -> int:
        return len(self.codes)

    def place(self, lng: float, lat: float) -> Placement:
        """The placement of one point, degrees of CGCS2000."""
        if not self.codes:
            return _NONE
        frame = self.frame
        point = shapely.points((lng - frame.lng) * frame.east, (lat - frame.lat) * frame.north)
        hit = self._tree.query(point, predicate="intersects")
        if len(hit) == 1:
            i = hit[0]
            if not shapely.dwithin(self._borders[i], point, NEAR_M):
                return self._sure[i]
        return self._beside(point)

    def _beside(self, point: BaseGeometry) -> Placement:
        near = self._tree.query(point, predicate="dwithin", distance=NEAR_M)
        metres = shapely.distance(self._cells[near], point)
        found = [(self.codes[i], float(m)) for i, m in zip(near.tolist(), metres.tolist(), strict=True)]
        if any(m == 0 for _, m in found):
            return decide(found, None)
        index, distance = self._tree.query_nearest(point, return_distance=True, all_matches=True)
        first = min((float(d), self.codes[i]) for i, d in zip(index.tolist(), distance.tolist(), strict=True))
        return decide(found, (first[1], first[0]))

    def place_many(self, lngs: np.ndarray, lats: np.ndarray) -> list[Placement]:
        """The placements of many points; the few beside a border are decided one by one."""
        if not self.codes or not len(lngs):
            return [_NONE] * len(lngs)
        points = shapely.points(self.frame.metres(np.column_stack([lngs, lats])))
        which, cell = self._tree.query(points, predicate="intersects")
        single = np.bincount(which, minlength=len(points)) == 1
        owner = np.full(len(points), -1)
        owner[which] = cell
        ask = np.flatnonzero(single)
        far = ~shapely.dwithin(self._borders[owner[ask]], points[ask], NEAR_M)
        sure = np.zeros(len(points), dtype=bool)
        sure[ask[far]] = True
        return [
            self._sure[o] if s else self._beside(p)
            for o, s, p in zip(owner.tolist(), sure.tolist(), points, strict=True)
        ]
