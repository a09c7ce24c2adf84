/** One case: what it is, what has happened, and the few things this person may do now. */
import { cache, enqueue, outbox, uuid } from "./store.js";
import { keepPhoto, urlOf } from "./media.js";
import { boot } from "./session.js";
import { sync } from "./sync.js";
import { clock, empty, h, state, toast, when } from "./dom.js";

const WORDS = { finish: "怎样处置的", confirm: "核实情况", refute: "核实情况", verify: "核查情况（选填）", rework: "哪里没有办好", send_back: "退回的理由和依据", hand_up: "为什么需要上级办理", note: "进展", support_done: "完成情况", resume: "说明（选填）", sign: "说明（选填）" };
const DONE = { refute: "核实不属实", verify: "核查通过", rework: "核查不通过" };

async function load(account, number) {
  try {
    const answer = await fetch(`/pocket/case/${encodeURIComponent(number)}.json`, { credentials: "same-origin", cache: "no-store", redirect: "manual", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(12000) });
    if (answer.ok) { const value = await answer.json(); await cache.set(account, `case:${number}`, value).catch(() => {}); return { value, at: 0 }; }
    if (answer.status === 404) return { missing: (await answer.json()).sentence };
  } catch { /* no signal: what was kept is shown */ }
  const kept = await cache.get(account, `case:${number}`);
  return kept ? { value: kept.value, at: kept.at } : {};
}

export async function caseScreen(root, number, go) {
  const account = boot().account.id;
  root.append(h("p", { class: "muted" }, "正在打开"));
  const { value: one, at, missing } = await load(account, number);
  root.replaceChildren();
  if (!one) { root.append(missing ? h("p", { class: "say", "data-tone": "amber" }, missing) : empty("本机还没有保存这一件的详情。", "有信号时打开一次，之后没有信号也能查看。")); return; }
  const pending = (await outbox.of(account)).filter((r) => r.status === "waiting" && r.body.number === number);
  if (at) root.append(h("p", { class: "say", "data-tone": "amber" }, `没有连上服务器，以下是 ${when(new Date(at).toISOString())} 保存在本机的内容。`));
  for (const row of pending) root.append(h("p", { class: "say" }, `${row.label}，已保存在本机，待发送。`));
  root.append(h("h2", {}, one.title), h("p", {}, state(one.state, one.state_name), " ", clock(one.due_at, one.received_at, one.state) || ""),
    h("p", { class: "pre" }, one.text));
  const photos = one.timeline.flatMap((s) => s.files);
  if (photos.length) root.append(gallery(photos));
  root.append(actions(one, pending.length, account, go, number));
  root.append(h("dl", { class: "facts" }, ...facts(one)));
  for (const c of one.clocks) root.append(h("details", { class: "more" }, h("summary", {}, `${c.name}时限 ${when(c.due_at)}，怎样算的`), h("ul", {}, c.lines.map((line) => h("li", {}, line)))));
  if (window.WanggeMap && boot().cells.features.length) {
    const box = h("div", {});
    root.append(h("h2", {}, "位置"), box);
    window.WanggeMap(box, { cells: boot().cells, points: [{ id: number, lng: one.lng, lat: one.lat, state: one.state, title: one.title }], heatTool: false, tileUrl: document.body.dataset.tiles, label: "事发位置" });
  }
  root.append(h("h2", {}, "办理经过"), h("ol", { class: "timeline" }, one.timeline.map((s, i) => h("li", { class: i ? "" : "now" },
    h("p", {}, h("b", {}, s.what), " ", h("span", { class: "who" }, `${s.who}${s.post ? `（${s.post}）` : ""} ${when(s.at)}`)), s.text ? h("blockquote", {}, s.text) : ""))));
}

const facts = (one) => [["编号", one.number], ["类别", one.category], ["地点", one.place], ["来源", one.source], ["现由", one.holder || "网格员"], ["发现时间", when(one.seen_at)]]
  .flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]);

const gallery = (list) => h("ul", { class: "files" }, list.map((f, i) => h("li", {}, h("a", { href: f.url, target: "_blank" },
  f.thumb ? h("img", { src: f.thumb, alt: `第 ${i + 1} 张照片`, loading: "lazy" }) : h("span", { class: "paper" }, f.kind.startsWith("audio") ? "录音" : "文件")))));

function actions(one, waiting, account, go, number) {
  if (waiting) return h("p", { class: "muted" }, "本件有操作待发送，发送后再继续办理。");
  if (!one.allowed.length) return h("p", { class: "muted" }, "当前没有需要您办理的操作。");
  return h("div", { class: "grid2" }, one.allowed.map((a, i) => h("button", { class: `btn${i === 0 && a.command !== "note" ? " btn-primary" : ""}${["refute", "rework", "send_back"].includes(a.command) ? " btn-danger" : ""}`, type: "button",
    onclick: () => (a.command === "sign" || a.command === "resume" ? submit(one, a, {}, [], account).then(() => go(`#/case/${number}`, true), (e) => toast(e.message)) : form(one, a, account, go, number)) }, DONE[a.command] || a.label)));
}

async function submit(one, action, given, shas, account) {
  await enqueue({ id: uuid(), account, kind: "command", status: "waiting", at: Date.now(), files: shas, label: `${one.number} ${action.label}`,
    body: { number: one.number, command: action.command, seen_step: one.step, post: boot().post.id, ...given } });
  toast(navigator.onLine ? "已保存，正在发送。" : "已保存在本机，有信号后自动发送。");
  await Promise.race([sync(), new Promise((done) => setTimeout(done, 2500))]);
}

function form(one, action, account, go, number) {
  const key = `pocket-words-${account}-${number}-${action.command}`, shas = [];
  const needs = (name) => action.needs.includes(name);
  const problem = h("p", { class: "say", "data-tone": "red", role: "alert", hidden: true });
  const text = h("textarea", { id: "words", rows: 4, maxLength: 2000, value: localStorage.getItem(key) || "", oninput: () => { try { localStorage.setItem(key, text.value); } catch { /* still on the screen */ } } });
  const pick = (id, first, pairs) => h("select", { id }, first ? h("option", { value: "" }, first) : "", pairs.map(([value, name]) => h("option", { value }, name)));
  const parts = [];
  const field = (id, label, control) => parts.push(h("div", { class: "field" }, h("label", { for: id }, label), control));
  const outcome = action.command === "finish" ? pick("outcome", "", boot().outcomes) : null;
  const reason = needs("reason") ? pick("reason", "请选择", boot().decline_reasons) : null;
  const proposed = needs("proposed") ? pick("proposed", "请选择", boot().offices.map((o) => [o.code, o.name])) : null;
  if (outcome) field("outcome", "办理结果", outcome);
  if (reason) field("reason", "原因", reason);
  field("words", WORDS[action.command] || "说明", text);
  if (proposed) field("proposed", "建议承办单位", proposed);
  const row = h("ul", { class: "photos" });
  const draw = async () => {
    const input = h("input", { type: "file", accept: "image/*", capture: "environment", "aria-label": "拍照", onchange: async () => {
      for (const file of input.files) try { shas.push(await keepPhoto(account, file)); } catch (error) { problem.textContent = error.message; problem.hidden = false; }
      draw();
    } });
    const shown = await Promise.all(shas.map(async (sha, i) => h("li", {}, h("img", { src: await urlOf(account, sha), alt: `第 ${i + 1} 张照片` }))));
    row.replaceChildren(...shown, h("li", {}, h("label", { class: "add" }, "拍照", input)));
  };
  if (action.photo) draw();
  const label = DONE[action.command] || action.label;
  const dialog = h("dialog", { "aria-label": label, onclose: () => dialog.remove() }, h("h2", {}, label), problem, ...parts, action.photo ? row : "",
    h("div", { class: "actions" }, h("button", { class: "btn btn-primary", type: "button", onclick: async (event) => {
      const missing = (needs("text") && !text.value.trim() && "请写明情况后再提交。") || (reason && !reason.value && "请选择原因。") || (proposed && !proposed.value && "请选择建议承办单位。");
      if (missing) { problem.textContent = missing; problem.hidden = false; return; }
      event.currentTarget.disabled = true;
      const given = { text: text.value.trim(), ...(reason ? { reason: reason.value } : {}), ...(proposed ? { proposed: proposed.value } : {}), ...(outcome ? { outcome: outcome.value } : {}) };
      try { await submit(one, action, given, [...new Set(shas)], account); localStorage.removeItem(key); dialog.close(); go(`#/case/${number}`, true); }
      catch (error) { problem.textContent = error.message; problem.hidden = false; dialog.querySelector(".btn-primary").disabled = false; }
    } }, `提交${label}`), h("button", { class: "btn", type: "button", onclick: () => dialog.close() }, "先不提交")));
  document.body.append(dialog);
  dialog.showModal();
}
