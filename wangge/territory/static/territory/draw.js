/* Cells on a map that can be looked at, drawn, moved, cut and joined. Without data-edit it only shows.

   A corner that several cells share is one corner here: moving it moves it for all of them, so an edit leaves no gap and
   no overlap. New corners snap to corners and sides of the cells around. The server checks everything again. */
(() => {
  "use strict";
  const box = document.getElementById("cell-map");
  if (!box || !window.L) return;
  const L = window.L, editable = "edit" in box.dataset, $ = (id) => document.getElementById(id);
  const css = getComputedStyle(document.documentElement), colour = (name) => css.getPropertyValue(name).trim() || "#444";
  const SNAP = 12, SAME = 2e-8, STEPS = 100;
  const map = L.map(box, { preferCanvas: true, zoomControl: true, attributionControl: false, doubleClickZoom: !editable });
  const canvas = L.canvas({ padding: 0.3, tolerance: 4 });
  let cells = new Map(), layers = new Map(), chosen = new Set(), changed = new Set(), handles = L.layerGroup().addTo(map);
  let mode = "look", trace = [], ghost = null, past = [], saving = null, outline = null;

  const key = (p) => `${Math.round(p[0] / SAME)}:${Math.round(p[1] / SAME)}`;
  const polygonsOf = (g) => (g.type === "Polygon" ? [g.coordinates] : g.coordinates);
  const ringsOf = (cell) => polygonsOf(cell.geometry).flat();
  const latlngs = (g) => polygonsOf(g).map((rings) => rings.map((ring) => ring.slice(0, -1).map(([x, y]) => [y, x])));
  const style = (code) => ({
    color: changed.has(code) ? colour("--amber") : chosen.has(code) ? colour("--blue") : colour("--grey"),
    weight: chosen.has(code) || changed.has(code) ? 2.5 : 1, fillOpacity: chosen.has(code) ? 0.2 : 0.04, fillColor: colour("--blue"), renderer: canvas,
  });

  // --- show -----------------------------------------------------------------------------------------------------------
  async function load(keepView) {
    const answer = await fetch(box.dataset.source, { headers: { Accept: "application/json" }, signal: AbortSignal.timeout(20000) });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).sentence || "网格没有载入，请刷新页面。");
    const found = await answer.json();
    for (const layer of layers.values()) layer.remove();
    cells = new Map(found.features.map((f) => [f.properties.code, f]));
    layers = new Map(); changed = new Set(); past = [];
    chosen = new Set([...chosen].filter((c) => cells.has(c)));
    if (outline) outline.remove();
    if (!keepView) map.setView([27.9, 113.1], 12);
    outline = L.geoJSON(found.outline, { interactive: false, style: { color: colour("--ink"), weight: 1.5, fill: false, renderer: canvas } }).addTo(map);
    for (const [code] of cells) show(code);
    const within = box.dataset.within, own = [...layers].filter(([c]) => c.startsWith(within.replace(/(000)+$/, ""))).map(([, l]) => l);
    const all = L.featureGroup(own.length ? own : [outline]);
    if (!keepView && all.getBounds().isValid()) map.fitBounds(all.getBounds(), { padding: [8, 8] });
    box.dataset.cells = cells.size;
    tools();
  }
  function show(code) {
    layers.get(code)?.remove();
    const cell = cells.get(code);
    const layer = L.polygon(latlngs(cell.geometry), style(code)).addTo(map);
    layer.bindTooltip(cell.properties.name, { className: "map-tip", sticky: true });
    layer.on("click", (event) => {
      if (mode !== "look") return;
      L.DomEvent.stop(event);
      choose(code, event.originalEvent.ctrlKey || event.originalEvent.metaKey);
    });
    layers.set(code, layer);
  }
  function restyle() { for (const [code, layer] of layers) layer.setStyle(style(code)); }
  function choose(code, add) {
    if (!add) chosen = new Set([code]);
    else if (chosen.has(code)) chosen.delete(code);
    else chosen.add(code);
    restyle(); tools();
    document.dispatchEvent(new CustomEvent("wangge:select", { detail: { id: code } }));
  }
  document.addEventListener("wangge:current", (event) => {
    const layer = layers.get(event.detail.id);
    if (!layer || mode !== "look") return;
    choose(event.detail.id, false);
    map.fitBounds(layer.getBounds(), { maxZoom: 15, padding: [40, 40] });
  });
  $("cell-list")?.addEventListener("click", (event) => {
    const row = event.target.closest("tr[data-id]");
    if (row && !event.target.closest("a") && layers.has(row.dataset.id)) {
      choose(row.dataset.id, event.ctrlKey);
      map.fitBounds(layers.get(row.dataset.id).getBounds(), { maxZoom: 15, padding: [40, 40] });
    }
  });
  load().catch((error) => say(error.message));

  function say(text, bad = true) {
    const hint = $("draw-hint");
    if (hint) { hint.textContent = text; hint.style.color = bad ? colour("--red") : ""; } else if (bad) box.insertAdjacentText("beforebegin", text);
  }
  function tools() {
    const bar = $("draw-bar");
    if (!bar) return;
    const busy = mode !== "look", dirty = changed.size > 0 || trace.length > 2 || (mode === "split" && trace.length > 1);
    for (const button of bar.querySelectorAll("[data-do]")) {
      const act = button.dataset.do;
      if (act === "edit" || act === "split") button.disabled = !editable || (mode !== act && (busy || chosen.size !== 1));
      if (act === "merge") button.disabled = !editable || busy || chosen.size < 2;
      if (act === "draw") button.disabled = !editable || (busy && mode !== "draw");
      if (act === "undo") button.disabled = !past.length && !trace.length;
      if (act === "save") button.hidden = !dirty;
      if (act === "drop") button.hidden = !busy;
      button.setAttribute("aria-pressed", String(mode === act));
    }
  }
  if (!editable) return;

  // --- snapping --------------------------------------------------------------------------------------------------------
  function snap(at, { except = null } = {}) {
    const here = map.latLngToLayerPoint(at), view = map.getBounds().pad(0.1);
    let best = null, far = SNAP;
    const sides = [];
    for (const [code, layer] of layers) {
      if (code === except || !layer.getBounds().intersects(view)) continue;
      for (const ring of ringsOf(cells.get(code))) for (let i = 0; i + 1 < ring.length; i++) {
        const a = map.latLngToLayerPoint([ring[i][1], ring[i][0]]), d = a.distanceTo(here);
        if (d < far) { far = d; best = ring[i]; }
        sides.push([ring[i], ring[i + 1], a]);
      }
    }
    if (best) return best.slice();
    for (const [p, q, a] of sides) {
      const b = map.latLngToLayerPoint([q[1], q[0]]), d = L.LineUtil.pointToSegmentDistance(here, a, b);
      if (d < far) {
        far = d;
        const c = L.LineUtil.closestPointOnSegment(here, a, b), whole = a.distanceTo(b) || 1, t = a.distanceTo(c) / whole;
        best = [p[0] + (q[0] - p[0]) * t, p[1] + (q[1] - p[1]) * t];
      }
    }
    return best || [at.lng, at.lat];
  }

  // --- corners ---------------------------------------------------------------------------------------------------------
  function remember() {
    past.push(new Map([...cells].map(([code, f]) => [code, f.geometry])));
    if (past.length > STEPS) past.shift();
  }
  const clone = (g) => JSON.parse(JSON.stringify(g));
  /** Rewrite every ring that `change` answers with another ring; note the cells concerned. */
  function rewrite(change) {
    const touched = [];
    for (const [code, cell] of cells) {
      let hit = false;
      const geometry = clone(cell.geometry);
      for (const rings of polygonsOf(geometry)) rings.forEach((ring, i) => {
        const open = ring.slice(0, -1), made = change(open);
        if (made) { hit = true; rings[i] = [...made, made[0].slice()]; }
      });
      if (hit) { cells.set(code, { ...cell, geometry }); changed.add(code); touched.push(code); }
    }
    for (const code of touched) layers.get(code).setLatLngs(latlngs(cells.get(code).geometry));
    restyle();
  }
  const moveCorner = (from, to) => rewrite((ring) => (ring.some((p) => key(p) === from) ? ring.map((p) => (key(p) === from ? to.slice() : p)) : null));
  const dropCorner = (from) => rewrite((ring) => (ring.length > 3 && ring.some((p) => key(p) === from) ? ring.filter((p) => key(p) !== from) : null));
  function addCorner(p, q, at) {
    const a = key(p), b = key(q);
    rewrite((ring) => {
      for (let i = 0; i < ring.length; i++) {
        const x = key(ring[i]), y = key(ring[(i + 1) % ring.length]);
        if ((x === a && y === b) || (x === b && y === a)) return [...ring.slice(0, i + 1), at.slice(), ...ring.slice(i + 1)];
      }
      return null;
    });
  }
  function dot(at, small) {
    return L.marker([at[1], at[0]], {
      draggable: true, keyboard: false,
      icon: L.divIcon({ className: "corner", iconSize: small ? [9, 9] : [13, 13],
        html: `<i style="display:block;width:100%;height:100%;border:2px solid ${colour("--blue")};background:${small ? colour("--blue-ground") : "#fff"}"></i>` }),
    });
  }
  function corners() {
    handles.clearLayers();
    if (mode !== "edit") return;
    const code = [...chosen][0], cell = cells.get(code);
    if (!cell) return;
    for (const ring of ringsOf(cell)) for (let i = 0; i + 1 < ring.length; i++) {
      const here = ring[i], next = ring[i + 1];
      const corner = dot(here, false).addTo(handles);
      let from = key(here);
      corner.on("dragstart", remember);
      corner.on("drag", (event) => {
        const at = event.target.getLatLng(), to = [at.lng, at.lat];
        moveCorner(from, to); from = key(to);
      });
      corner.on("dragend", (event) => {
        const to = snap(event.target.getLatLng(), { except: code });
        moveCorner(from, to); corners(); tools();
      });
      corner.on("contextmenu dblclick", (event) => { L.DomEvent.stop(event); remember(); dropCorner(key(here)); corners(); tools(); });
      const middle = [(here[0] + next[0]) / 2, (here[1] + next[1]) / 2];
      const half = dot(middle, true).addTo(handles);
      half.on("dragstart", () => { remember(); addCorner(here, next, middle); });
      let moving = key(middle);
      half.on("drag", (event) => { const at = event.target.getLatLng(), to = [at.lng, at.lat]; moveCorner(moving, to); moving = key(to); });
      half.on("dragend", (event) => { moveCorner(moving, snap(event.target.getLatLng(), { except: code })); corners(); tools(); });
    }
  }

  // --- tracing: a new cell, or a cut ---------------------------------------------------------------------------------------
  function retrace() {
    ghost?.remove(); ghost = null;
    handles.clearLayers();
    if (!trace.length) return tools();
    const points = trace.map(([x, y]) => [y, x]);
    ghost = (mode === "draw" ? L.polygon(points, { color: colour("--blue"), dashArray: "4 3" }) : L.polyline(points, { color: colour("--red"), weight: 3 })).addTo(map);
    trace.forEach((p, i) => {
      const one = dot(p, false).addTo(handles);
      one.on("drag", (event) => { const at = event.target.getLatLng(); trace[i] = [at.lng, at.lat]; ghost.setLatLngs(trace.map(([x, y]) => [y, x])); });
      one.on("dragend", (event) => { if (mode === "draw") trace[i] = snap(event.target.getLatLng()); retrace(); });
      one.on("click", () => { if (mode === "draw" && i === 0 && trace.length > 2) open("draw"); });
    });
    tools();
  }
  map.on("click", (event) => {
    if (mode === "look") { chosen = new Set(); restyle(); tools(); return; }
    if (mode !== "draw" && mode !== "split") return;
    trace.push(mode === "draw" ? snap(event.latlng) : [event.latlng.lng, event.latlng.lat]);
    retrace();
  });
  const HINTS = {
    look: "点击网格可选中，按住 Ctrl 可选多个。",
    draw: "依次点击各个顶点，靠近已有边界会自动贴合；点回第一个顶点或“保存改动”完成。",
    edit: "拖动方块移动顶点，相邻网格随之移动；拖动小方块增加顶点，双击方块删去顶点。",
    split: "从网格外一侧点到另一侧画出分割线，再点“保存改动”。",
  };
  function go(next) {
    mode = next; trace = []; ghost?.remove(); ghost = null;
    for (const layer of layers.values()) layer.closeTooltip();
    say(HINTS[next], false);
    corners(); tools();
  }
  function undo() {
    if (trace.length) { trace.pop(); retrace(); return; }
    const before = past.pop();
    if (!before) return;
    for (const [code, geometry] of before) {
      const cell = cells.get(code);
      if (cell && cell.geometry !== geometry) { cells.set(code, { ...cell, geometry }); layers.get(code).setLatLngs(latlngs(geometry)); }
    }
    if (!past.length) changed = new Set();
    restyle(); corners(); tools();
  }

  // --- check and save ----------------------------------------------------------------------------------------------------
  async function post(url, body) {
    const answer = await fetch(url, {
      method: "POST", body: JSON.stringify(body), signal: AbortSignal.timeout(30000),
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": document.body.dataset.csrf },
    }).catch(() => { throw new Error("没有连上服务器。画好的内容还在屏幕上，请稍后再试。"); });
    const found = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(found.sentence || "没有保存。请刷新后再试。");
    return found;
  }
  const changes = () => [...changed].map((code) => ({ code, geometry: cells.get(code).geometry, seen_boundary: cells.get(code).properties.boundary }));
  async function check() {
    const list = $("findings");
    try {
      const { findings } = await post(box.dataset.check, { within: box.dataset.within, changes: changes() });
      list.replaceChildren(...(findings.length ? findings.slice(0, 100) : [{ sentence: "没有发现缝隙、重叠或越界。", good: true }]).map((f) => {
        const item = document.createElement("li");
        if (f.good) { item.className = "good"; item.textContent = f.sentence; return item; }
        const button = document.createElement("button");
        button.type = "button"; button.textContent = f.sentence;
        button.addEventListener("click", () => { map.setView([f.lat, f.lng], 18); L.circleMarker([f.lat, f.lng], { radius: 14, color: colour("--red") }).addTo(map); });
        item.append(button);
        return item;
      }));
      list.hidden = false;
    } catch (error) { say(error.message); }
  }
  function open(what) {
    saving = what;
    const names = [...(what === "edit" ? changed : chosen)].map((c) => cells.get(c)?.properties.name).filter(Boolean);
    $("draw-save-what").textContent = what === "draw" ? "新画 1 个网格。" : what === "edit" ? `修改 ${names.length} 个网格的边界：${names.slice(0, 6).join("、")}。`
      : what === "split" ? `把“${names[0]}”按分割线拆成新的网格，原网格撤销。` : `把${names.slice(0, 6).map((n) => `“${n}”`).join("")}合并成一个新网格，原网格撤销。`;
    for (const field of document.querySelectorAll("#draw-save [data-for]")) field.hidden = !field.dataset.for.split(" ").includes(what);
    $("draw-save-error").hidden = true;
    $("draw-save").showModal();
  }
  async function save() {
    const from_on = $("draw-from").value || null, name = $("draw-name").value, one = [...chosen][0], button = $("draw-save-go");
    button.disabled = true;
    try {
      if (saving === "draw") await post(box.dataset.draw, { community: $("draw-community").value, kind: $("draw-kind").value, name, from_on, geometry: { type: "Polygon", coordinates: [[...trace, trace[0]]] } });
      else if (saving === "edit") await post(box.dataset.redraw, { changes: changes(), from_on });
      else if (saving === "split") await post(box.dataset.split, { code: one, line: trace, seen_boundary: cells.get(one).properties.boundary, from_on });
      else await post(box.dataset.merge, { codes: [...chosen], name, from_on });
      $("draw-save").close();
      $("draw-name").value = "";
      go("look");
      await load(true);
      say(from_on && from_on > new Date().toISOString().slice(0, 10) ? `已保存，${from_on} 起生效。` : "已保存，边界即刻生效。刷新页面可更新列表。", false);
    } catch (error) {
      $("draw-save-error").textContent = error.message; $("draw-save-error").hidden = false;
    } finally { button.disabled = false; }
  }
  $("draw-save-go").addEventListener("click", save);
  $("draw-save").querySelector("form").addEventListener("submit", (event) => { event.preventDefault(); save(); });
  $("draw-bar").addEventListener("click", (event) => {
    const act = event.target.closest("[data-do]")?.dataset.do;
    if (!act) return;
    if (act === "undo") undo();
    else if (act === "check") check();
    else if (act === "merge") open("merge");
    else if (act === "save") open(mode);
    else if (act === "drop") { go("look"); load(true).catch((error) => say(error.message)); }
    else go(mode === act && !changed.size ? "look" : act);
  });
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input, select, textarea") || $("draw-save").open) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "z") { event.preventDefault(); undo(); }
    if (event.key === "Escape" && mode !== "look" && !changed.size) go("look");
  });
  window.addEventListener("beforeunload", (event) => { if (changed.size || trace.length > 2) event.preventDefault(); });
})();
