/** Reporting: a photo, a category, send. Everything else is optional and below. Every keystroke is kept. */
import { drafts, enqueue, files, uuid } from "./store.js";
import { canRecord, keepPhoto, record, urlOf } from "./media.js";
import { lookUp, suggest } from "./suggest.js";
import { boot } from "./session.js";
import { sync } from "./sync.js";
import { h, toast } from "./dom.js";

const account = () => boot().account.id;
const usedKey = () => `pocket-used-${account()}`;
const used = () => { try { return JSON.parse(localStorage.getItem(usedKey()) || "{}"); } catch { return {}; } };

export const freshDraft = () => ({
  id: uuid(), account: account(), post: boot().post.id, made_at: new Date().toISOString(), seen_at: new Date().toISOString(),
  photos: [], result_photos: [], voice: "", text: "", category: "", place: null, solve: false, solved: "", urgency: "normal",
});

/** A draft with its first photo; the address of its page. */
export async function begin(file) {
  const draft = freshDraft();
  if (file) draft.photos.push(await keepPhoto(draft.account, file));
  await drafts.put(draft);
  return `#/report/${draft.id}`;
}

/** The point in a cell to report at when nobody says more exactly: on the middle of the widest stretch of a level line. */
export function inside(feature) {
  const rings = feature.geometry.type === "Polygon" ? feature.geometry.coordinates : feature.geometry.coordinates.flat();
  const ys = rings.flat().map((p) => p[1]), low = Math.min(...ys), high = Math.max(...ys);
  let best = [0, rings[0][0][0], rings[0][0][1]];
  for (let k = 1; k < 8; k++) {
    const y = low + ((high - low) * k) / 8 + 1e-9, cuts = [];
    for (const ring of rings) for (let i = 1; i < ring.length; i++) {
      const [x0, y0] = ring[i - 1], [x1, y1] = ring[i];
      if (y0 > y !== y1 > y) cuts.push(x0 + ((x1 - x0) * (y - y0)) / (y1 - y0));
    }
    cuts.sort((a, b) => a - b);
    for (let i = 0; i + 1 < cuts.length; i += 2) if (cuts[i + 1] - cuts[i] > best[0]) best = [cuts[i + 1] - cuts[i], (cuts[i] + cuts[i + 1]) / 2, y];
  }
  return { lng: +best[1].toFixed(7), lat: +best[2].toFixed(7) };
}

export async function report(root, id, go) {
  const draft = await drafts.get(id);
  if (!draft || draft.account !== account()) { root.append(h("p", { class: "say" }, "这份草稿已发送或已删除。"), h("a", { class: "btn wide", href: "#/" }, "回到首页")); return () => {}; }
  const all = boot().categories, cells = boot().cells.features || [];
  let timer = 0, gone = false, recording = null, map = null;
  const urls = [];

  const problem = h("div", { class: "say", "data-tone": "red", role: "alert", hidden: true, tabIndex: -1 });
  const saved = h("p", { class: "muted small" }, "草稿已保存在本机");
  function refuse(sentence) { problem.textContent = sentence; problem.hidden = false; problem.focus(); problem.scrollIntoView({ block: "center" }); }
  async function keep() {
    clearTimeout(timer);
    if (gone) return;
    try { await drafts.put(draft); saved.textContent = "草稿已保存在本机"; }
    catch (error) { refuse(error.message); }
  }
  const soon = () => { clearTimeout(timer); saved.textContent = "正在保存"; timer = setTimeout(keep, 250); };
  const hidden = () => { if (document.hidden) keep(); };
  document.addEventListener("visibilitychange", hidden);

  // --- photos ------------------------------------------------------------------------------------------------
  function photoRow(field, words) {
    const row = h("ul", { class: "photos" });
    const draw = async () => {
      const shown = await Promise.all(draft[field].map(async (sha, i) => {
        const url = await urlOf(draft.account, sha);
        urls.push(url);
        return h("li", {}, h("img", { src: url, alt: `第 ${i + 1} 张照片` }), h("button", { type: "button", onclick: () => { draft[field] = draft[field].filter((s) => s !== sha); keep(); draw(); } }, "删除"));
      }));
      const input = h("input", { type: "file", accept: "image/*", capture: "environment", "aria-label": words, onchange: async () => {
        for (const file of input.files) {
          try { const sha = await keepPhoto(draft.account, file); if (!draft[field].includes(sha)) draft[field].push(sha); await keep(); }
          catch (error) { refuse(error.message); }
        }
        draw();
      } });
      row.replaceChildren(...shown, draft[field].length < 9 ? h("li", {}, h("label", { class: "add" }, words, input)) : "");
    };
    draw();
    return row;
  }

  // --- category ----------------------------------------------------------------------------------------------
  const choices = h("div", { class: "grid2", role: "radiogroup", "aria-label": "类别" });
  const chosen = h("p", { class: "muted" });
  function choose(one) {
    draft.category = one.code;
    problem.hidden = true;
    drawCategories();
    drawSolve();
    keep();
  }
  const button = (one) => h("button", { class: "btn", type: "button", role: "radio", "aria-checked": String(draft.category === one.code), onclick: () => choose(one) }, one.name);
  function drawCategories() {
    const own = all.find((c) => c.code === draft.category), some = suggest(draft.text, all, used());
    if (own && !some.includes(own)) some.splice(2, 1, own);
    choices.replaceChildren(...some.map(button), h("button", { class: "btn", type: "button", onclick: others }, "其他类别"));
    chosen.textContent = own ? `已选：${own.group}·${own.name}` : "";
    chosen.hidden = !own;
  }
  function others() {
    const list = h("ul", { class: "rows" });
    const search = h("input", { type: "search", id: "lookup", autocomplete: "off" });
    const draw = () => list.replaceChildren(...lookUp(search.value.trim(), all).map((one) => h("li", {}, h("button", { class: "btn wide", type: "button", onclick: () => { dialog.close(); choose(one); } }, `${one.group}·${one.name}`))));
    search.addEventListener("input", draw);
    const dialog = h("dialog", { "aria-label": "选择类别", onclose: () => dialog.remove() }, h("div", { class: "field" }, h("label", { for: "lookup" }, "输入名称或常用词查找"), search), list,
      h("div", { class: "actions" }, h("button", { class: "btn", type: "button", onclick: () => dialog.close() }, "关闭")));
    draw();
    document.body.append(dialog);
    dialog.showModal();
  }

  // --- place -------------------------------------------------------------------------------------------------
  const where = h("p", {});
  const hereCell = (place) => window.WanggeMap && cells.find((f) => contains(f, place.lng, place.lat));
  function drawPlace() {
    const p = draft.place;
    if (!p) { where.textContent = "正在定位。也可以在地图上选，或按网格选。"; return; }
    const cell = hereCell(p), name = cell ? cell.properties.name : cells.length ? "不在本人网格内" : "";
    const how = { gps: `定位误差约 ${Math.round(p.accuracy)} 米`, map: "在地图上选定", cell: "按网格选定，未精确定位" }[p.how];
    where.textContent = [name, how].filter(Boolean).join("，");
  }
  function setPlace(place) { draft.place = place; drawPlace(); keep(); }
  function locate(asked) {
    const fall = (words) => {
      if (draft.place) return;
      if (cells.length === 1) { setPlace({ ...inside(cells[0]), accuracy: null, how: "cell" }); return; }
      where.textContent = words;
    };
    if (!navigator.geolocation) return fall("本机不能定位，请在地图上选，或按网格选。");
    navigator.geolocation.getCurrentPosition(
      (at) => { if (!asked && draft.place && draft.place.how !== "cell") return; setPlace({ lng: +at.coords.longitude.toFixed(7), lat: +at.coords.latitude.toFixed(7), accuracy: Math.round(at.coords.accuracy), how: "gps" }); },
      () => fall("没有定位成功，请在地图上选，或按网格选。"), { enableHighAccuracy: true, timeout: 12000, maximumAge: 30000 });
  }
  const mapBox = h("div", { hidden: true });
  function openMap() {
    mapBox.hidden = false;
    if (map || !window.WanggeMap) return;
    map = window.WanggeMap(mapBox, { cells: boot().cells, tileUrl: document.body.dataset.tiles, label: "选择位置，可用回车键选地图中心", fitWords: "我的网格",
      pick: (at) => setPlace({ lng: at.lng, lat: at.lat, accuracy: null, how: "map" }) });
    if (draft.place) map.pick(draft.place);
  }
  const cellPick = h("select", { id: "cell", onchange: () => {
    const f = cells.find((c) => c.properties.code === cellPick.value);
    if (f) { const at = inside(f); setPlace({ ...at, accuracy: null, how: "cell" }); map?.pick(at); }
  } }, h("option", { value: "" }, "按网格选"), cells.map((f) => h("option", { value: f.properties.code }, f.properties.name)));

  // --- words, sound, self-solving -----------------------------------------------------------------------------
  const text = h("textarea", { id: "text", rows: 3, maxLength: 2000, value: draft.text, oninput: () => { draft.text = text.value; soon(); drawCategories(); } });
  const voice = h("div", {});
  async function drawVoice() {
    if (!canRecord()) { voice.replaceChildren(h("p", { class: "muted" }, "本机浏览器不支持录音。")); return; }
    const url = draft.voice ? await urlOf(draft.account, draft.voice) : "";
    voice.replaceChildren(
      url ? h("audio", { src: url, controls: true }) : "",
      h("button", { class: "btn wide", type: "button", onclick: toggleVoice }, recording ? "停止录音" : draft.voice ? "重新录音" : "开始录音（最长 1 分钟）"));
  }
  async function toggleVoice() {
    if (recording) { recording.stop(); return; }
    try { recording = await record(draft.account); } catch { refuse("没有录音权限。可在手机设置中允许，或改用文字说明。"); return; }
    drawVoice();
    try { draft.voice = await recording.done; await keep(); } catch (error) { refuse(error.message); }
    recording = null;
    drawVoice();
  }
  const solveBox = h("div", {});
  function drawSolve() {
    const own = all.find((c) => c.code === draft.category), may = boot().rights.includes("events.self_solve");
    if (!may || (own && !own.self_solve)) { solveBox.replaceChildren(own ? h("p", { class: "muted" }, "这一类须由主管单位办理，不能自行处置。") : ""); draft.solve = false; return; }
    const box = h("input", { type: "checkbox", checked: draft.solve, onchange: () => { draft.solve = box.checked; keep(); drawSolve(); } });
    const words = h("textarea", { id: "solved", rows: 2, maxLength: 500, value: draft.solved, oninput: () => { draft.solved = words.value; soon(); } });
    solveBox.replaceChildren(h("label", { class: "check" }, box, "已当场自行处置"),
      draft.solve ? h("div", {}, h("div", { class: "field" }, h("label", { for: "solved" }, "怎样处置的"), words), h("p", {}, "处置后的照片"), photoRow("result_photos", "拍处置后")) : "");
    send.textContent = draft.solve ? "登记自行处置" : "上报";
  }

  // --- send --------------------------------------------------------------------------------------------------
  async function submit() {
    const long = draft.text.trim().length >= 5, own = all.find((c) => c.code === draft.category);
    if (!long && !(own && draft.photos.length)) return refuse(own ? "请拍一张照片，或在“情况说明”中写明情况（不少于 5 个字）。" : "请选择类别，或在“情况说明”中写明情况（不少于 5 个字）。");
    if (own?.photo && !draft.photos.length) return refuse(`“${own.name}”须附照片，请先拍照。`);
    if (draft.solve && !draft.solved.trim()) return refuse("请写明怎样处置的。");
    if (!draft.place) { more.open = true; return refuse("还没有位置。请在地图上选，或按网格选。"); }
    send.disabled = true;
    clearTimeout(timer);
    const shas = [...draft.photos, ...(draft.solve ? draft.result_photos : []), ...(draft.voice ? [draft.voice] : [])];
    const row = {
      id: draft.id, account: draft.account, kind: "report", status: "waiting", at: Date.now(), files: [...new Set(shas)], draft,
      label: `上报 ${own ? own.name : draft.text.slice(0, 20)}`,
      body: { lng: draft.place.lng, lat: draft.place.lat, accuracy: draft.place.how === "gps" ? draft.place.accuracy : null, seen_at: draft.seen_at, post: draft.post, text: draft.text.trim(),
        category: draft.category || null, urgency: draft.urgency, solved: draft.solve ? draft.solved.trim() : "" },
    };
    try { await enqueue(row, draft.id); }
    catch (error) { send.disabled = false; return refuse(error.message); }
    gone = true;
    if (own) try { const n = used(); n[own.code] = (n[own.code] || 0) + 1; localStorage.setItem(usedKey(), JSON.stringify(n)); } catch { /* only an order of buttons */ }
    toast(navigator.onLine ? "已保存，正在发送。" : "已保存在本机，有信号后自动发送。");
    sync();
    go("#/");
  }
  const send = h("button", { class: "btn btn-primary wide", type: "button", id: "send", onclick: submit }, "上报");
  const urgent = h("input", { type: "checkbox", checked: draft.urgency === "urgent", onchange: () => { draft.urgency = urgent.checked ? "urgent" : "normal"; keep(); } });
  const more = h("details", { class: "more", open: draft.photos.length === 0 }, h("summary", {}, "补充说明、位置、自行处置（选填）"),
    h("div", { class: "field" }, h("label", { for: "text" }, "情况说明"), text),
    h("div", { class: "field" }, h("span", { class: "label" }, "语音"), voice),
    h("div", { class: "grid2" }, h("button", { class: "btn", type: "button", onclick: () => locate(true) }, "重新定位"), h("button", { class: "btn", type: "button", onclick: openMap }, "在地图上选")),
    mapBox, h("div", { class: "field" }, h("label", { for: "cell" }, "按网格选"), cellPick),
    h("label", { class: "check" }, urgent, "情况紧急，请加急"), solveBox,
    h("button", { class: "btn btn-danger wide", type: "button", onclick: async () => { gone = true; clearTimeout(timer); await drafts.drop(draft.id); for (const sha of draft.photos) await files.drop(draft.account, sha); toast("草稿已删除。"); go("#/"); } }, "删除这份草稿"));
  root.append(problem, photoRow("photos", "拍照"), h("h2", {}, "类别"), choices, chosen, h("h2", {}, "位置"), where, more, saved, h("div", { class: "send" }, send));
  drawCategories(); drawPlace(); drawVoice(); drawSolve();
  if (!draft.place) locate(false);
  return () => {
    keep();
    document.removeEventListener("visibilitychange", hidden);
    recording?.stop();
    map?.remove();
    for (const url of urls) URL.revokeObjectURL(url);
  };
}

function contains(feature, x, y) {
  const rings = feature.geometry.type === "Polygon" ? feature.geometry.coordinates : feature.geometry.coordinates.flat();
  let inner = false;
  for (const r of rings) for (let i = 0, j = r.length - 1; i < r.length; j = i++) {
    if (r[i][1] > y !== r[j][1] > y && x < ((r[j][0] - r[i][0]) * (y - r[i][1])) / (r[j][1] - r[i][1]) + r[i][0]) inner = !inner;
  }
  return inner;
}
