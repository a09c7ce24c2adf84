/** 入户: the doors of the officer's cells, those not looked at for long first; two taps to an open door. */
import { all, expire, pack, remember, remembered, take, waiting, wipe } from "./held.js";
import { boot } from "./session.js";
import { empty, h, toast, when } from "./dom.js";

const AUTO = 4, OLD = 20 * 3600000;
const DAY = 86400000;
// What was typed and ticked stays when the list is drawn anew.
const sieve = { words: "", only: false };
export const cells = () => (boot().cells.features || []).map((f) => [String(f.properties.code), f.properties.name]);
export const mayCollect = () => boot().rights.includes("registry.edit") && cells().length > 0;
export const today = () => new Date(Date.now() + 8 * 3600000).toISOString().slice(0, 10);
export const daysSince = (day) => (day ? Math.floor((Date.parse(today()) - Date.parse(day)) / DAY) : Infinity);

/** How a door stands: waiting here, seen lately, nobody home, or to be called on. */
export function standing(value, queued, fresh) {
  if (queued) return queued.status === "refused" ? ["red", "未被接收"] : ["blue", "已采集，待发送"];
  const seen = daysSince(value.checked[0]), [on, met] = value.visit || [];
  if (on && !met && (!value.checked[0] || on > value.checked[0])) return ["amber", `${short(on)} 家中无人`];
  if (seen <= fresh) return ["green", `${short(value.checked[0])} 已核实`];
  return value.people.length ? ["grey", value.checked[0] ? `${seen} 天未核实` : "尚未核实"] : ["grey", "无人登记"];
}
export const short = (day) => (day ? `${day.slice(0, 4) === today().slice(0, 4) ? "" : `${day.slice(0, 4)}年`}${+day.slice(5, 7)}月${+day.slice(8)}日` : "");
const done = (tone) => tone === "green" || tone === "blue";

export async function doors(root, go) {
  await expire();
  const list = cells(), kept = (await Promise.all(list.map(async ([code, name]) => [code, name, await pack(code)])));
  const here = kept.filter((k) => k[2]);
  const say = h("p", { class: "say", role: "status", hidden: true });
  const tell = (words, tone = "") => { say.hidden = !words; say.textContent = words; if (tone) say.dataset.tone = tone; else delete say.dataset.tone; };
  async function download(codes) {
    for (const [code, name] of codes) {
      try { await take(code, (n) => tell(`正在下载${name}，已有 ${n} 户。`)); }
      catch (error) { tell(navigator.onLine ? error.message || "没有下载成功，请稍后再试。" : "没有信号，暂时不能下载。有信号后再试。", "amber"); return false; }
    }
    return true;
  }
  root.append(say);
  if (!list.length) { root.append(empty("这个岗位没有网格。", "网格员、网格长的岗位可以在这里入户采集。")); return; }
  const stale = kept.filter((k) => !k[2] || Date.now() - Date.parse(k[2].at) > OLD);
  if (!here.length && navigator.onLine && list.length <= AUTO && (await download(list))) return void go("#/doors", true);
  if (here.length && stale.length && navigator.onLine && list.length <= AUTO) download(stale).then((ok) => { if (ok && location.hash === "#/doors") go("#/doors", true); });

  if (here.length) await listing(root, here);
  else root.append(empty("本机还没有住户清单。", "有信号时下载一次，之后没有信号也能入户采集。"));
  root.append(h("details", { class: "more", open: !here.length }, h("summary", {}, "下载和清除"),
    h("ul", { class: "rows", id: "packs" }, kept.map(([code, name, found]) => h("li", {}, h("div", { class: "row" }, h("span", { class: "t" }, name),
      h("button", { class: "btn", type: "button", "data-cell": code, onclick: async (event) => { event.currentTarget.disabled = true; if (await download([[code, name]])) { toast(`${name}已下载。`); go("#/doors", true); } else draw(event.target); } }, found ? "更新" : "下载"),
      h("span", { class: "m" }, found ? `${found.count} 户，${when(found.at)} 下载，最多保留 ${found.keep_days} 天` : "未下载"))))),
    h("p", { class: "muted small" }, "居民信息只保存在本机，退出登录、换账号或到期后自动清除。"),
    h("button", { class: "btn btn-danger wide", type: "button", onclick: async () => { if (window.confirm("清除本机保存的居民信息和没有提交的采集内容。待发送的不受影响。清除吗？")) { await wipe(); toast("已清除。"); go("#/doors", true); } } }, "清除本机居民信息")));
  function draw(button) { button.disabled = false; }
}

async function listing(root, packs) {
  const queued = await waiting(), fresh = packs[0][2].fresh_days || 90;
  const rows = (await all("door")).map((row) => row.value);
  const drafts = new Set((await all("draft")).map((row) => row.key.slice(6)));
  const groups = new Map();
  for (const value of rows) {
    const [tone, words] = standing(value, queued.get(value.key), fresh);
    if (!groups.has(value.group)) groups.set(value.group, []);
    groups.get(value.group).push({ value, tone, words, text: `${value.full} ${value.name} ${value.people.map((p) => p.values.name).join(" ")}` });
  }
  const count = rows.length, left = [...groups.values()].flat().filter((d) => !done(d.tone)).length;
  for (const campaign of packs.flatMap((p) => p[2].campaigns || [])) root.append(h("p", { class: "say", "data-tone": "amber" }, h("b", {}, campaign.title), h("br"), campaign.why));
  const search = h("input", { type: "search", id: "find-door", autocomplete: "off", value: sieve.words, oninput: () => { sieve.words = search.value; draw(); } });
  const only = h("input", { type: "checkbox", id: "only-left", checked: sieve.only, onchange: () => { sieve.only = only.checked; draw(); } });
  const list = h("div", { id: "doors" });
  root.append(h("p", { id: "door-count" }, `共 ${count} 户，待核实 ${left} 户。`),
    h("div", { class: "field" }, h("label", { for: "find-door" }, "按姓名、楼栋、房号查找"), search),
    h("label", { class: "check" }, only, "只看待核实的"), list);
  const link = (d) => h("li", {}, h("a", { href: `#/door/${d.value.key}` }, h("span", { class: "t" }, d.value.name), h("span", { class: "tag", "data-tone": d.tone }, d.words),
    h("span", { class: "m" }, d.value.people.length ? `${d.value.people.slice(0, 4).map((p) => p.values.name).join("、")}${d.value.people.length > 4 ? `等 ${d.value.people.length} 人` : ""}` : "没有登记居住的人", drafts.has(d.value.key) ? "，有未提交的内容" : "")));
  const open = await remembered();
  function draw() {
    const typed = search.value.trim(), wanted = (d) => (!typed || typed.split(/\s+/).every((t) => d.text.includes(t))) && (!only.checked || !done(d.tone));
    const shown = [...groups].map(([name, some]) => [name, some.filter(wanted)]).filter((g) => g[1].length);
    const first = shown.some((g) => g[0] === open && g[1].some((d) => !done(d.tone))) ? open : shown.find((g) => g[1].some((d) => !done(d.tone)))?.[0] ?? shown[0]?.[0];
    list.replaceChildren(...shown.map(([name, some]) => {
      const rest = some.filter((d) => !done(d.tone)).length, rows = h("ul", { class: "rows" });
      const fill = () => { if (!rows.childNodes.length) rows.append(...some.map(link)); };
      const box = h("details", { class: "more", open: name === first || Boolean(typed && shown.length < 6), ontoggle: () => { if (box.open) { fill(); if (!typed) remember(name); } } }, h("summary", {}, h("span", { class: "group" }, name), h("span", { class: "muted" }, rest ? `待核实 ${rest}/${some.length}` : `已核实 ${some.length}`)), rows);
      if (box.open) fill();
      return box;
    }), shown.length ? "" : empty("没有找到符合条件的户。", "换一个姓名或房号再找，或取消“只看待核实的”。"));
  }
  draw();
}
