/* The map of every face: cells, points, clusters and heat on ONE canvas over Leaflet, with or without tiles.

   const map = WanggeMap(element, {
     cells:  url or GeoJSON FeatureCollection; properties {code, name, street?, tone?: "late" | "busy"}
     points: url or [{id, lng, lat, state, tone?: "red" | "amber", title?}] or [[id, lng, lat, state, tone, title], ...]
     cluster: true, heat: false, tools: true, legend: false,
     tileUrl: "", datum: "wgs84" | "gcj02" (of the tiles; data are always CGCS2000), attribution: "",
     select: ({kind: "point" | "cell" | "cluster", id?, code?, ids?}) => …,
     pick:   ({lng, lat, cell}) => …   turns on picking a place by pointer, or by Enter at the middle,
     list:   element that gets the same things as buttons, for keyboard and screen reader
   })
   map.ready (promise) · map.fit() · map.select(id) · map.setPoints(array | {upsert, remove}) · map.setCells(geojson) · map.heat(on)
   map.pick({lng, lat}) · map.me({lng, lat, accuracy}) · map.remove() · map.leaflet */
(() => {
  "use strict";
  const WAITING = new Set(["reported", "accepted", "dispatched", "handled"]);
  const DONE = new Set(["verified", "closed", "archived", "merged", "void", "declined"]);
  const GRID = 56, FINE = 20, FINE_FROM = 17, HEAT_STEP = 4;

  const worldX = (lng) => 256 * (lng / 360 + 0.5);
  const worldY = (lat) => 256 * (0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI));
  const lngOf = (x) => (x / 256 - 0.5) * 360;
  const latOf = (y) => (Math.atan(Math.exp((0.5 - y / 256) * 2 * Math.PI)) * 360) / Math.PI - 90;

  // GCJ-02, the shift that domestic tiles carry. The way back is found by iteration, to well under a metre.
  const A = 6378245, E2 = 0.00669342162296594323;
  function toGcj(lng, lat) {
    const x = lng - 105, y = lat - 35, pi = Math.PI, s = Math.sin, root = Math.sqrt(Math.abs(x));
    const wave = ((20 * s(6 * x * pi) + 20 * s(2 * x * pi)) * 2) / 3;
    let dLat = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave;
    dLat += ((20 * s(y * pi) + 40 * s((y / 3) * pi)) * 2) / 3 + ((160 * s((y / 12) * pi) + 320 * s((y * pi) / 30)) * 2) / 3;
    let dLng = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave;
    dLng += ((20 * s(x * pi) + 40 * s((x / 3) * pi)) * 2) / 3 + ((150 * s((x / 12) * pi) + 300 * s((x / 30) * pi)) * 2) / 3;
    const phi = (lat * pi) / 180, m = 1 - E2 * s(phi) ** 2, q = Math.sqrt(m);
    return [lng + (dLng * 180) / ((A / q) * Math.cos(phi) * pi), lat + (dLat * 180) / (((A * (1 - E2)) / (m * q)) * pi)];
  }
  function fromGcj(lng, lat) {
    let [a, b] = [lng, lat];
    for (let i = 0; i < 4; i++) { const [c, d] = toGcj(a, b); a += lng - c; b += lat - d; }
    return [a, b];
  }

  function ringsOf(geometry) {
    if (!geometry) return [];
    return geometry.type === "Polygon" ? geometry.coordinates : geometry.type === "MultiPolygon" ? geometry.coordinates.flat() : [];
  }

  window.WanggeMap = function WanggeMap(el, options = {}) {
    const L = window.L, datum = options.datum || "wgs84";
    const shown = datum === "gcj02" ? toGcj : (lng, lat) => [lng, lat];
    const stored = datum === "gcj02" ? fromGcj : (lng, lat) => [lng, lat];
    const css = getComputedStyle(el), colour = (name) => css.getPropertyValue(name).trim() || "#444";
    const C = {
      blue: colour("--blue"), green: colour("--green"), amber: colour("--amber"), red: colour("--red"), grey: colour("--grey"),
      ground: colour("--ground"), ink: colour("--ink"), street: colour("--map-street"), cell: colour("--map-cell"),
      fill: colour("--map-cell-fill"), busy: colour("--map-cell-busy"), late: colour("--map-cell-late"), heat: colour("--map-heat"),
      font: css.fontFamily || "sans-serif",
    };
    el.classList.add("map");
    if (!el.hasAttribute("role")) { el.setAttribute("role", "region"); el.setAttribute("aria-label", options.label || "地图"); }
    const box = document.createElement("div");
    box.style.height = "100%";
    el.append(box);
    const map = L.map(box, { zoomControl: false, attributionControl: !!options.attribution, zoomSnap: 0.5, minZoom: 4, maxZoom: 19, zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches });
    L.control.zoom({ zoomInTitle: "放大", zoomOutTitle: "缩小", position: "topleft" }).addTo(map);
    if (options.tileUrl) L.tileLayer(options.tileUrl, { maxZoom: 19, attribution: options.attribution || "" }).addTo(map);

    let cells = [], streets = [], points = new Map(), drawn = [], chosen = null, chosenCell = null, heatOn = !!options.heat;
    let picked = null, me = null, tip = null, queued = 0;

    // --- data ----------------------------------------------------------------------------------------------------
    function takeCells(collection) {
      const sums = new Map();
      cells = (collection?.features || []).map((feature) => {
        let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity], sx = 0, sy = 0, n = 0;
        const rings = ringsOf(feature.geometry).map((ring) => {
          const flat = new Float64Array(ring.length * 2);
          ring.forEach(([lng, lat], i) => {
            const [a, b] = shown(lng, lat), x = worldX(a), y = worldY(b);
            flat[2 * i] = x; flat[2 * i + 1] = y;
            sx += x; sy += y; n++;
            if (x < x0) x0 = x; if (x > x1) x1 = x; if (y < y0) y0 = y; if (y > y1) y1 = y;
          });
          return flat;
        });
        const p = feature.properties || {};
        const cell = { code: String(p.code ?? feature.id ?? ""), name: p.name || "", tone: p.tone || "", rings, x0, y0, x1, y1, cx: sx / n, cy: sy / n };
        if (p.street) {
          const sum = sums.get(p.street) || [0, 0, 0];
          sums.set(p.street, [sum[0] + cell.cx, sum[1] + cell.cy, sum[2] + 1]);
        }
        return cell;
      });
      streets = [...sums].map(([name, [x, y, n]]) => ({ name, x: x / n, y: y / n }));
    }
    function takePoint(raw) {
      const p = Array.isArray(raw) ? { id: raw[0], lng: raw[1], lat: raw[2], state: raw[3], tone: raw[4], title: raw[5] } : raw;
      const [a, b] = shown(p.lng, p.lat);
      return { id: String(p.id), x: worldX(a), y: worldY(b), state: p.state || "", title: p.title || "", tone: p.tone || "" };
    }
    const toneOf = (p) => (p.tone === "red" ? C.red : p.tone === "amber" ? C.amber : p.state === "held" ? C.grey
      : p.state === "verified" || p.state === "closed" ? C.green : DONE.has(p.state) ? C.grey : C.blue);

    // --- the one canvas ------------------------------------------------------------------------------------------
    const Sheet = L.Renderer.extend({
      options: { padding: 0.25 },
      _initContainer() { this._container = document.createElement("canvas"); this._container.setAttribute("aria-hidden", "true"); this._container.style.pointerEvents = "none"; },
      _destroyContainer() { this._container.remove(); delete this._container; },
      _update() {
        if (this._map._animatingZoom && this._bounds) return;
        L.Renderer.prototype._update.call(this);
        draw(this);
      },
    });
    const sheet = new Sheet();

    const sprites = new Map();
    function sprite(shape, tone, ratio) {
      const key = shape + tone + ratio;
      let image = sprites.get(key);
      if (image) return image;
      image = document.createElement("canvas");
      image.width = image.height = 14 * ratio;
      const g = image.getContext("2d");
      g.scale(ratio, ratio);
      g.fillStyle = tone; g.strokeStyle = C.ground; g.lineWidth = 1.5;
      g.beginPath();
      if (shape === "square") g.rect(2.5, 2.5, 9, 9);
      else if (shape === "bars") { g.rect(2.5, 2.5, 3.5, 9); g.rect(8, 2.5, 3.5, 9); }
      else if (shape === "dash") g.rect(2.5, 5, 9, 4);
      else g.arc(7, 7, 4.8, 0, 2 * Math.PI);
      g.fill(); g.stroke();
      sprites.set(key, image);
      return image;
    }
    const shapeOf = (p) => (p.state === "held" ? "bars" : DONE.has(p.state) ? "dash" : WAITING.has(p.state) ? "square" : "circle");

    function draw(layer) {
      const canvas = layer._container, b = layer._bounds, size = b.getSize(), ratio = Math.min(window.devicePixelRatio || 1, 2);
      L.DomUtil.setPosition(canvas, b.min);
      const [w, h] = [Math.round(size.x * ratio), Math.round(size.y * ratio)];
      if (canvas.width !== w || canvas.height !== h) { canvas.width = w; canvas.height = h; canvas.style.width = `${size.x}px`; canvas.style.height = `${size.y}px`; }
      const g = canvas.getContext("2d");
      g.setTransform(ratio, 0, 0, ratio, 0, 0);
      g.clearRect(0, 0, size.x, size.y);
      const zoom = map.getZoom(), scale = 2 ** zoom, origin = map.getPixelOrigin();
      const ox = origin.x + b.min.x, oy = origin.y + b.min.y;
      drawn = [];
      drawCells(g, size, scale, ox, oy);
      if (heatOn) drawHeat(g, size, scale, ox, oy); else drawPoints(g, size, scale, ox, oy, zoom, ratio);
      drawLabels(g, size, scale, ox, oy, zoom);
      drawMarks(g, scale, ox, oy);
    }

    function trace(g, cell, scale, ox, oy) {
      for (const ring of cell.rings) {
        g.moveTo(ring[0] * scale - ox, ring[1] * scale - oy);
        for (let i = 2; i < ring.length; i += 2) g.lineTo(ring[i] * scale - ox, ring[i + 1] * scale - oy);
        g.closePath();
      }
    }
    function drawCells(g, size, scale, ox, oy) {
      const groups = { "": [], busy: [], late: [] };
      for (const cell of cells) {
        if (cell.x1 * scale - ox < 0 || cell.y1 * scale - oy < 0 || cell.x0 * scale - ox > size.x || cell.y0 * scale - oy > size.y) continue;
        (groups[cell.tone] || groups[""]).push(cell);
      }
      for (const [tone, some] of Object.entries(groups)) {
        if (!some.length) continue;
        g.beginPath();
        for (const cell of some) trace(g, cell, scale, ox, oy);
        g.fillStyle = tone ? C[tone] : C.fill;
        g.fill("evenodd");
        g.strokeStyle = C.cell; g.lineWidth = 1;
        g.stroke();
      }
      const cell = chosenCell && cells.find((c) => c.code === chosenCell);
      if (cell) { g.beginPath(); trace(g, cell, scale, ox, oy); g.strokeStyle = C.blue; g.lineWidth = 3; g.stroke(); }
    }

    function drawPoints(g, size, scale, ox, oy, zoom, ratio) {
      const grid = options.cluster === false ? 0 : zoom >= FINE_FROM ? FINE : GRID;
      const bins = new Map(), single = [];
      for (const p of points.values()) {
        const wx = p.x * scale, wy = p.y * scale, x = wx - ox, y = wy - oy;
        if (x < -GRID || y < -GRID || x > size.x + GRID || y > size.y + GRID) continue;
        if (!grid) { single.push({ x, y, p }); continue; }
        const key = Math.floor(wx / grid) * 67108864 + Math.floor(wy / grid);
        const bin = bins.get(key);
        if (!bin) bins.set(key, { x, y, n: 1, p, red: p.tone === "red" ? 1 : 0, amber: p.tone === "amber" ? 1 : 0, key });
        else { bin.x += x; bin.y += y; bin.n++; if (p.tone === "red") bin.red++; else if (p.tone === "amber") bin.amber++; }
      }
      const groups = [];
      for (const bin of bins.values()) (bin.n === 1 ? single : groups).push(bin);
      for (const { x, y, p } of single) {
        g.drawImage(sprite(shapeOf(p), toneOf(p), ratio), x - 7, y - 7, 14, 14);
        drawn.push({ kind: "point", x, y, r: 9, id: p.id, title: p.title });
      }
      g.textAlign = "center"; g.textBaseline = "middle"; g.lineWidth = 2;
      g.font = `600 12px ${C.font}`;
      for (const bin of groups) {
        const x = bin.x / bin.n, y = bin.y / bin.n, r = bin.n < 10 ? 11 : bin.n < 100 ? 14 : bin.n < 1000 ? 17 : 21;
        const tone = bin.red ? C.red : bin.amber ? C.amber : C.blue;
        g.beginPath(); g.arc(x, y, r, 0, 2 * Math.PI);
        g.fillStyle = C.ground; g.fill(); g.strokeStyle = tone; g.stroke();
        g.fillStyle = tone; g.fillText(String(bin.n), x, y + 0.5);
        drawn.push({ kind: "cluster", x, y, r, n: bin.n, key: bin.key, grid, scale, title: `${bin.n} 件${bin.red ? `，超期 ${bin.red} 件` : ""}${bin.amber ? `，将到期 ${bin.amber} 件` : ""}` });
      }
      const own = chosen && points.get(chosen);
      if (own) {
        const x = own.x * scale - ox, y = own.y * scale - oy;
        g.drawImage(sprite(shapeOf(own), toneOf(own), ratio), x - 7, y - 7, 14, 14);
        g.beginPath(); g.arc(x, y, 12, 0, 2 * Math.PI); g.strokeStyle = C.ink; g.lineWidth = 3; g.stroke();
        drawn.push({ kind: "point", x, y, r: 12, id: own.id, title: own.title });
      }
    }

    function drawHeat(g, size, scale, ox, oy) {
      const w = Math.ceil(size.x / HEAT_STEP), h = Math.ceil(size.y / HEAT_STEP), sums = new Float32Array(w * h), reach = 7;
      for (const p of points.values()) {
        const x = Math.round((p.x * scale - ox) / HEAT_STEP), y = Math.round((p.y * scale - oy) / HEAT_STEP);
        if (x < -reach || y < -reach || x >= w + reach || y >= h + reach) continue;
        for (let dy = -reach; dy <= reach; dy++) {
          const row = y + dy;
          if (row < 0 || row >= h) continue;
          for (let dx = -reach; dx <= reach; dx++) {
            const col = x + dx, d = dx * dx + dy * dy;
            if (col >= 0 && col < w && d <= reach * reach) sums[row * w + col] += 1 - d / (reach * reach);
          }
        }
      }
      let top = 0;
      for (const v of sums) if (v > top) top = v;
      if (!top) return;
      const image = new ImageData(w, h), rgb = C.heat.split(/[\s,]+/).map(Number);
      for (let i = 0; i < sums.length; i++) {
        if (!sums[i]) continue;
        image.data[4 * i] = rgb[0]; image.data[4 * i + 1] = rgb[1]; image.data[4 * i + 2] = rgb[2];
        image.data[4 * i + 3] = Math.round(210 * Math.sqrt(sums[i] / top));
      }
      const small = document.createElement("canvas");
      small.width = w; small.height = h;
      small.getContext("2d").putImageData(image, 0, 0);
      g.imageSmoothingEnabled = true;
      g.drawImage(small, 0, 0, w * HEAT_STEP, h * HEAT_STEP);
    }

    function drawLabels(g, size, scale, ox, oy, zoom) {
      g.textAlign = "center"; g.textBaseline = "middle"; g.lineWidth = 3; g.strokeStyle = C.ground; g.lineJoin = "round";
      const taken = [];
      const write = (name, x, y, font, tone) => {
        if (x < 0 || y < 0 || x > size.x || y > size.y) return;
        g.font = font;
        const half = g.measureText(name).width / 2 + 4;
        if (taken.some((t) => Math.abs(t.x - x) < t.half + half && Math.abs(t.y - y) < 16)) return;
        taken.push({ x, y, half });
        g.strokeText(name, x, y); g.fillStyle = tone; g.fillText(name, x, y);
      };
      if (zoom >= 15) {
        for (const c of cells) if ((c.x1 - c.x0) * scale > 70) write(c.name, c.cx * scale - ox, c.cy * scale - oy, `12px ${C.font}`, C.street);
      } else for (const s of streets) write(s.name, s.x * scale - ox, s.y * scale - oy, `600 13px ${C.font}`, C.street);
    }

    function drawMarks(g, scale, ox, oy) {
      if (me) {
        const x = me.x * scale - ox, y = me.y * scale - oy, r = Math.max(8, (me.accuracy * scale * 256) / (40075016 * Math.cos((me.lat * Math.PI) / 180)));
        g.beginPath(); g.arc(x, y, Math.min(r, 2000), 0, 2 * Math.PI); g.fillStyle = C.fill; g.fill(); g.strokeStyle = C.blue; g.lineWidth = 1; g.stroke();
        g.beginPath(); g.arc(x, y, 5, 0, 2 * Math.PI); g.fillStyle = C.blue; g.fill();
      }
      if (picked) {
        const x = picked.x * scale - ox, y = picked.y * scale - oy;
        g.beginPath(); g.moveTo(x, y); g.lineTo(x - 9, y - 18); g.arc(x, y - 20, 10, Math.PI * 0.85, Math.PI * 0.15); g.closePath();
        g.fillStyle = C.red; g.fill(); g.strokeStyle = C.ground; g.lineWidth = 2; g.stroke();
        g.beginPath(); g.arc(x, y - 21, 4, 0, 2 * Math.PI); g.fillStyle = C.ground; g.fill();
      }
    }
    const redraw = () => { if (!queued && sheet._map) queued = requestAnimationFrame(() => { queued = 0; if (sheet._map && sheet._container) draw(sheet); }); };

    // --- pointing ----------------------------------------------------------------------------------------------
    function cellAt(x, y) {
      for (const cell of cells) {
        if (x < cell.x0 || x > cell.x1 || y < cell.y0 || y > cell.y1) continue;
        let inside = false;
        for (const r of cell.rings) for (let i = 0, j = r.length - 2; i < r.length; j = i, i += 2) {
          if (r[i + 1] > y !== r[j + 1] > y && x < ((r[j] - r[i]) * (y - r[i + 1])) / (r[j + 1] - r[i + 1]) + r[i]) inside = !inside;
        }
        if (inside) return cell;
      }
      return null;
    }
    function thingAt(event) {
      const at = map.containerPointToLayerPoint(event.containerPoint).subtract(sheet._bounds.min);
      for (let i = drawn.length - 1; i >= 0; i--) {
        const d = drawn[i];
        if ((d.x - at.x) ** 2 + (d.y - at.y) ** 2 <= d.r * d.r) return d;
      }
      return null;
    }
    const worldOf = (latlng) => ({ x: worldX(latlng.lng), y: worldY(latlng.lat) });
    const members = (d) => [...points.values()].filter((p) => Math.floor((p.x * d.scale) / d.grid) * 67108864 + Math.floor((p.y * d.scale) / d.grid) === d.key);
    function tell(what) { options.select?.(what); }
    function pickAt(latlng) {
      const { x, y } = worldOf(latlng), [lng, lat] = stored(latlng.lng, latlng.lat), cell = cellAt(x, y);
      picked = { x, y };
      redraw();
      options.pick({ lng: +lng.toFixed(7), lat: +lat.toFixed(7), cell: cell ? { code: cell.code, name: cell.name } : null });
    }
    map.on("click", (event) => {
      if (options.pick) return pickAt(event.latlng);
      const thing = thingAt(event);
      if (thing?.kind === "point") { api.select(thing.id); return tell({ kind: "point", id: thing.id }); }
      if (thing?.kind === "cluster") {
        const some = members(thing), xs = some.map((p) => p.x), ys = some.map((p) => p.y);
        const spread = Math.max(Math.max(...xs) - Math.min(...xs), Math.max(...ys) - Math.min(...ys)) * 2 ** map.getMaxZoom();
        if (map.getZoom() >= map.getMaxZoom() || spread < FINE) return tell({ kind: "cluster", ids: some.map((p) => p.id) });
        return void map.fitBounds(boundsOf(some.map((p) => [p.x, p.y])), { padding: [40, 40] });
      }
      const { x, y } = worldOf(event.latlng), cell = cellAt(x, y);
      if (cell) { chosenCell = cell.code; redraw(); tell({ kind: "cell", code: cell.code, name: cell.name }); }
    });
    map.on("mousemove", (event) => {
      const thing = thingAt(event), { x, y } = worldOf(event.latlng);
      const words = thing?.title || (options.hoverCells !== false && cellAt(x, y)?.name) || "";
      map.getContainer().style.cursor = thing || options.pick ? "pointer" : "";
      if (!words) { tip?.remove(); tip = null; return; }
      if (!tip) { tip = document.createElement("div"); tip.className = "map-tip"; tip.style.cssText = "position:absolute;z-index:600"; el.append(tip); }
      tip.textContent = words;
      tip.style.left = `${Math.min(event.containerPoint.x + 12, el.clientWidth - tip.offsetWidth - 4)}px`;
      tip.style.top = `${event.containerPoint.y + 14}px`;
    });
    map.on("mouseout", () => { tip?.remove(); tip = null; });
    box.addEventListener("keydown", (event) => { if (event.key === "Enter" && options.pick) { event.preventDefault(); pickAt(map.getCenter()); } });

    function boundsOf(pairs) {
      let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
      for (const [x, y] of pairs) { if (x < x0) x0 = x; if (x > x1) x1 = x; if (y < y0) y0 = y; if (y > y1) y1 = y; }
      return [[latOf(y1), lngOf(x0)], [latOf(y0), lngOf(x1)]];
    }

    // --- tools, legend, list --------------------------------------------------------------------------------------
    if (options.tools !== false) {
      const bar = document.createElement("div");
      bar.className = "map-tools";
      const button = (words, act) => { const b = document.createElement("button"); b.type = "button"; b.textContent = words; b.addEventListener("click", () => act(b)); bar.append(b); return b; };
      button(options.fitWords || "全部范围", () => api.fit());
      if (options.points !== undefined && options.heatTool !== false) {
        const b = button("热力", (own) => { api.heat(!heatOn); own.setAttribute("aria-pressed", String(heatOn)); });
        b.setAttribute("aria-pressed", String(heatOn));
      }
      el.append(bar);
    }
    if (options.legend) {
      const legend = document.createElement("div");
      legend.className = "map-legend";
      for (const [state, words, tone] of [["reported", "等待", ""], ["handling", "办理中", ""], ["held", "挂起", ""], ["closed", "办结", ""], ["handling", "将到期", "amber"], ["handling", "超期", "red"]]) {
        const item = document.createElement("span");
        item.className = "state"; item.dataset.state = state; item.textContent = words;
        if (tone) item.style.setProperty("--tone", C[tone]);
        legend.append(item);
      }
      el.append(legend);
    }
    function fillList() {
      const list = options.list;
      if (!list) return;
      list.classList.add("map-list");
      const items = options.points !== undefined ? [...points.values()].slice(0, 200).map((p) => ({ key: p.id, words: p.title || p.id, at: p, what: { kind: "point", id: p.id } }))
        : cells.map((c) => ({ key: c.code, words: c.name, at: { x: c.cx, y: c.cy }, what: { kind: "cell", code: c.code, name: c.name } }));
      list.replaceChildren(...items.map((item) => {
        const b = document.createElement("button");
        b.type = "button"; b.textContent = item.words; b.dataset.key = item.key;
        b.addEventListener("click", () => {
          for (const other of list.children) other.setAttribute("aria-pressed", String(other === b));
          if (options.pick) return pickAt(L.latLng(latOf(item.at.y), lngOf(item.at.x)));
          if (item.what.kind === "cell") { chosenCell = item.key; redraw(); } else api.select(item.key);
          tell(item.what);
        });
        return b;
      }));
    }

    const load = async (source) => {
      if (typeof source !== "string") return source;
      const answer = await fetch(source, { credentials: "same-origin", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(20000) });
      if (!answer.ok) throw new Error(`map data ${answer.status}`);
      return answer.json();
    };
    const api = {
      leaflet: map,
      fit() {
        const pairs = cells.length ? cells.flatMap((c) => [[c.x0, c.y0], [c.x1, c.y1]]) : [...points.values()].map((p) => [p.x, p.y]);
        if (pairs.length) map.fitBounds(boundsOf(pairs), { padding: [12, 12], animate: false, maxZoom: 17 });
        else if (!map._loaded) map.setView([27.87, 113.14], 12, { animate: false });
      },
      select(id, { pan = true } = {}) {
        chosen = id === null || id === undefined ? null : String(id);
        const p = chosen && points.get(chosen);
        if (p && pan && map._loaded) { const at = L.latLng(latOf(p.y), lngOf(p.x)); if (!map.getBounds().pad(-0.1).contains(at)) map.panTo(at); }
        redraw();
      },
      selectCell(code) { chosenCell = code ? String(code) : null; redraw(); },
      setPoints(given) {
        if (Array.isArray(given)) points = new Map(given.map((raw) => { const p = takePoint(raw); return [p.id, p]; }));
        else {
          for (const raw of given.upsert || []) { const p = takePoint(raw); points.set(p.id, p); }
          for (const id of given.remove || []) points.delete(String(id));
        }
        fillList();
        redraw();
      },
      setCells(collection) { takeCells(collection); fillList(); redraw(); },
      heat(on) { heatOn = on; redraw(); },
      pick(place) { const [a, b] = shown(place.lng, place.lat); picked = { x: worldX(a), y: worldY(b) }; if (map._loaded) map.setView([b, a], Math.max(map.getZoom(), 17), { animate: false }); redraw(); },
      cellAt(place) { const [a, b] = shown(place.lng, place.lat), c = cellAt(worldX(a), worldY(b)); return c && { code: c.code, name: c.name }; },
      me(place) { const [a, b] = shown(place.lng, place.lat); me = { x: worldX(a), y: worldY(b), lat: b, accuracy: place.accuracy || 0 }; redraw(); },
      resize() { map.invalidateSize({ animate: false }); },
      remove() { observer.disconnect(); if (queued) cancelAnimationFrame(queued); map.remove(); el.replaceChildren(); },
    };
    const observer = new ResizeObserver(() => map.invalidateSize({ animate: false }));
    function show() {
      fillList();
      if (!map._loaded) api.fit();
      if (!sheet._map) { sheet.addTo(map); observer.observe(el); } else redraw();
    }
    if (typeof options.cells !== "string" && typeof options.points !== "string") {
      takeCells(options.cells);
      if (options.points) for (const raw of options.points) { const p = takePoint(raw); points.set(p.id, p); }
      show();
      api.ready = Promise.resolve(api);
    } else {
      api.ready = Promise.all([load(options.cells), load(options.points)]).then(([c, p]) => {
        takeCells(c);
        for (const raw of p?.points || p || []) { const one = takePoint(raw); points.set(one.id, one); }
        show();
        return api;
      }).catch((error) => {
        const note = document.createElement("p");
        note.className = "note"; note.dataset.tone = "error"; note.textContent = "地图数据没有载入。列表仍可使用，请稍后刷新。";
        el.prepend(note);
        throw error;
      });
    }
    return api;
  };
  window.WanggeMap.toGcj = toGcj;
  window.WanggeMap.fromGcj = fromGcj;
})();
