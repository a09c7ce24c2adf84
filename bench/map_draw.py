"""Map of a district in headless Chromium: 400 cells of 49 vertices and 20,000 points, ours against bare Leaflet canvas.

`value` is the time from the call to the painted picture with every point drawn (no clustering, the harder case);
`floor` is bare Leaflet drawing the same polygons and circles on its canvas. Medians of five, taken in turn.
"""

import json
import math
import random
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

STATIC = Path(__file__).resolve().parent.parent / "wangge" / "kernel" / "static"
CHROMIUM = "/usr/bin/chromium"
SIDE, VERTICES, POINTS, ROUNDS = 20, 49, 20_000, 5
WEST, SOUTH, STEP = 113.05, 27.82, 0.008
STATES = ["reported", "accepted", "dispatched", "handling", "held", "handled", "verified", "closed"]

PAGE = """
<div id="ours" style="width:1100px;height:700px"></div><div id="bare" style="width:1100px;height:700px"></div>
"""
RUN = """
async ({cells, points, cluster}) => {
  const painted = () => new Promise((done) => requestAnimationFrame(() => { const c = new MessageChannel(); c.port1.onmessage = done; c.port2.postMessage(0); }));
  const fresh = (id) => { const el = document.createElement("div"); el.style.cssText = "width:1100px;height:700px"; document.getElementById(id).replaceChildren(el); return el; };
  const read = (el) => { const c = el.querySelector("canvas"); c.getContext("2d").getImageData(0, 0, 1, 1); };
  await painted();
  let el = fresh("ours"), t = performance.now();
  const map = WanggeMap(el, {cells, points, cluster, tools: false});
  read(el); await painted();
  const ours = performance.now() - t;
  t = performance.now();
  map.leaflet.panBy([200, 100], {animate: false}); read(el);
  const pan = performance.now() - t;
  map.remove();
  el = fresh("bare"); await painted();
  t = performance.now();
  const bare = L.map(el, {renderer: L.canvas({padding: 0.25}), zoomControl: false, attributionControl: false});
  const ring = cells.features.flatMap((f) => f.geometry.coordinates[0].map(([x, y]) => [y, x]));
  bare.fitBounds(ring, {animate: false, padding: [12, 12]});
  for (const f of cells.features) L.polygon(f.geometry.coordinates[0].map(([x, y]) => [y, x]), {weight: 1, color: "#64748b"}).addTo(bare);
  for (const p of points) L.circleMarker([p[2], p[1]], {radius: 4.8, weight: 1.5, color: "#fff", fillColor: "#1d4ed8", fillOpacity: 1}).addTo(bare);
  await painted(); read(el); await painted();
  const floor = performance.now() - t;
  bare.remove();
  return {ours, floor, pan};
}
"""


def district() -> tuple[dict[str, object], list[list[object]]]:
    """400 wavy cells side by side and 20,000 points, thicker towards the middle; the same every time."""
    dice = random.Random(20220101)
    features = []
    for i in range(SIDE * SIDE):
        x0, y0 = WEST + i % SIDE * STEP, SOUTH + i // SIDE * STEP
        ring = []
        for k in range(VERTICES - 1):
            side, t = divmod(k / ((VERTICES - 1) / 4), 1)
            wave = 0.04 * math.sin(6 * math.pi * t)
            ring.append([(t, wave), (1 + wave, t), (1 - t, 1 + wave), (wave, 1 - t)][int(side)])
        ring.append(ring[0])
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "code": 430204001001001 + i,
                    "name": f"{i + 1} 号网格",
                    "tone": ["", "", "", "busy", "late"][i % 5],
                },
                "geometry": {"type": "Polygon", "coordinates": [[[x0 + a * STEP, y0 + b * STEP] for a, b in ring]]},
            }
        )
    span = SIDE * STEP
    points: list[list[object]] = [
        [
            n,
            WEST + span * (dice.random() + dice.random()) / 2,
            SOUTH + span * (dice.random() + dice.random()) / 2,
            STATES[n % len(STATES)],
            "red" if n % 40 == 0 else "amber" if n % 25 == 0 else "",
            f"第 {n} 件",
        ]
        for n in range(POINTS)
    ]
    return {"type": "FeatureCollection", "features": features}, points


def median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


def main() -> int:
    if not Path(CHROMIUM).exists():
        print(f"{CHROMIUM} is missing: this benchmark needs a Chromium")
        return 1
    cells, points = district()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1200, "height": 1500})
        page.set_content(PAGE)
        page.add_style_tag(path=STATIC / "vendor" / "leaflet-1.9.4" / "leaflet.css")
        page.add_style_tag(path=STATIC / "wangge" / "tokens.css")
        page.add_script_tag(path=STATIC / "vendor" / "leaflet-1.9.4" / "leaflet.js")
        page.add_script_tag(path=STATIC / "wangge" / "map.js")
        runs = {
            cluster: [page.evaluate(RUN, {"cells": cells, "points": points, "cluster": cluster}) for _ in range(ROUNDS)]
            for cluster in (True, False)
        }
        browser.close()
    every, grouped = runs[False], runs[True]
    value, floor = median([r["ours"] for r in every]), median([r["floor"] for r in every])
    print(
        f"first draw with the code cold {grouped[0]['ours']:.0f} ms; clustered {median([r['ours'] for r in grouped]):.0f} ms; "
        f"a pan: every point {median([r['pan'] for r in every]):.0f} ms, clustered {median([r['pan'] for r in grouped]):.0f} ms"
    )
    print(
        json.dumps(
            {
                "name": "map_draw",
                "value": round(value, 1),
                "unit": "ms",
                "floor": round(floor, 1),
                "ratio": round(value / floor, 3),
            }
        )
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
