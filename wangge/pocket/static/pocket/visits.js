/** 走访: whom to call on, why, and what was found; what is said of a person goes into the record at once. */
import { enqueue, uuid } from "./store.js";
import { all, day, refreshDay, waiting } from "./held.js";
import { daysSince, short, today } from "./doors.js";
import { boot } from "./session.js";
import { sync } from "./sync.js";
import { dialog, empty, h, toast, when } from "./dom.js";

const keyOf = (one) => `${one.kind === "person" ? "v" : "o"}${one.id}`;

export async function visits(root, go) {
  await refreshDay();
  const found = await day(), queued = await waiting();
  if (!found) { root.append(empty("本机还没有走访清单。", "有信号时打开一次，之后没有信号也能查看。")); return; }
  root.append(h("p", { class: "muted small" }, `更新于 ${when(found.at)}`));
  if (!found.visits.length) { root.append(empty("一周内没有到期的走访。", "关爱对象和单位的走访快到期时会列在这里。")); return; }
  root.append(h("ul", { class: "rows", id: "visits" }, found.visits.map((one) => {
    const late = one.due_on < today(), wait = queued.get(keyOf(one));
    const words = wait ? (wait.status === "refused" ? "未被接收" : "已走访，待发送") : late ? `超期 ${daysSince(one.due_on)} 天` : one.due_on === today() ? "今天到期" : `${short(one.due_on)} 到期`;
    return h("li", {}, h("a", { href: `#/visit/${keyOf(one)}` }, h("span", { class: "t" }, one.name), h("span", { class: "tag", "data-tone": wait ? "blue" : late ? "red" : "amber" }, words),
      h("span", { class: "m" }, `${one.groups.join("、")}${one.address ? ` · ${one.address}` : ""}`)));
  })));
}

export async function visitScreen(root, key, go) {
  const found = await day(), one = found?.visits.find((v) => keyOf(v) === key);
  if (!one) { root.append(empty("这次走访已完成，或不在清单中。"), h("a", { class: "btn wide", href: "#/visits" }, "回到走访清单")); return; }
  const person = one.kind === "person" ? (await all("door")).flatMap((r) => r.value.people.map((p) => [r.value, p])).find(([, p]) => p.id === one.id) : null;
  const kept = `pocket-words-${boot().account.id}-${key}`;
  const text = h("textarea", { id: "visit-text", rows: 4, maxLength: 2000, value: localStorage.getItem(kept) || "", oninput: () => { try { localStorage.setItem(kept, text.value); } catch { /* still on the screen */ } } });
  const matters = h("textarea", { id: "visit-matters", rows: 2, maxLength: 500 });
  const right = h("input", { type: "checkbox", id: "visit-right" });
  const problem = h("p", { class: "say", "data-tone": "red", role: "alert", hidden: true });
  async function submit(met) {
    if (met && text.value.trim().length < 4) { problem.textContent = "请写明走访看到、听到的情况（不少于 4 个字）。"; problem.hidden = false; return; }
    const part = met && person && right.checked ? { does: "same", person: one.id, step: person[1].step, label: one.name } : null;
    const body = { seen_at: new Date().toISOString(), post: boot().post.id, purpose: one.kind === "person" ? "care" : "enterprise", ...(one.kind === "person" ? { person: one.id } : { organisation: one.id }), met, text: text.value.trim(), matters: one.kind === "organisation" ? matters.value.trim() : "", part };
    try { await enqueue({ id: uuid(), account: boot().account.id, kind: "visit", status: "waiting", at: Date.now(), files: [], target: key, label: `${met ? "走访" : "走访未遇"} ${one.kind === "organisation" ? one.name : one.groups[0]}`, body }); }
    catch (error) { problem.textContent = error.message; problem.hidden = false; return; }
    localStorage.removeItem(kept);
    toast(navigator.onLine ? "已保存，正在发送。" : "已保存在本机，有信号后自动发送。");
    sync();
    go("#/visits");
  }
  root.append(problem, h("h2", { class: "lead" }, one.name), h("p", {}, `${one.groups.join("、")}`, one.address ? h("span", {}, h("br"), one.address) : ""),
    h("p", { class: "say" }, h("b", {}, "为什么走访 "), one.basis, h("br"), one.last_on ? `上次走访 ${short(one.last_on)}，${short(one.due_on)} 前应再走访一次。` : `还没有走访过，${short(one.due_on)} 前应走访一次。`),
    h("div", { class: "field" }, h("label", { for: "visit-text" }, "看到、听到的情况"), text),
    one.kind === "organisation" ? h("div", { class: "field" }, h("label", { for: "visit-matters" }, "单位反映的事项（选填）"), matters) : "",
    person ? h("label", { class: "check" }, right, "顺带核对了档案，信息无误") : "",
    person ? h("p", {}, h("a", { class: "btn wide", href: `#/door/${person[0].key}` }, "查看和更新这一户")) : "",
    h("div", { class: "send two" }, h("button", { class: "btn", type: "button", id: "not-met", onclick: () => submit(false) }, "没有见到"), h("button", { class: "btn btn-primary wide", type: "button", id: "visited", onclick: () => submit(true) }, "提交走访")));
}

// --- alarms -----------------------------------------------------------------------------------------------------------

const VERBS = { sign: "签收", arrive: "已到场", finish: "办结", note: "记录" };
async function answer(one, command, given, go) {
  await enqueue({ id: uuid(), account: boot().account.id, kind: "alarm", status: "waiting", at: Date.now(), files: [], target: `a${one.id}`, label: `${one.kind_name} ${given.words || VERBS[command]}`,
    body: { alarm: one.id, command, seen_step: command === "call" ? null : one.step, post: boot().post.id, text: given.text || "", result: given.result || "", call: given.call ?? null, reached: Boolean(given.reached) } });
  toast(navigator.onLine ? "已保存，正在发送。" : "已保存在本机，有信号后自动发送。");
  go("#/", true); // at once without its buttons: nothing is answered twice from an old picture
  await Promise.race([sync().then(refreshDay), new Promise((done) => setTimeout(done, 4000))]);
  go("#/", true);
}

function finish(one, go) {
  const text = h("textarea", { id: "alarm-text", rows: 3, maxLength: 500 });
  let chosen = "";
  const group = h("div", { role: "radiogroup", "aria-label": "结果" });
  const draw = () => group.replaceChildren(...[["handled", "属实，已处置"], ["passed", "属实，须部门办理"], ["false", "误报"]].map(([code, words]) => h("button", { class: "btn wide", type: "button", role: "radio", "aria-checked": String(chosen === code), onclick: () => { chosen = code; draw(); } }, words)));
  draw();
  dialog(`办结 ${one.kind_name}`, [group, h("div", { class: "field" }, h("label", { for: "alarm-text" }, "现场情况"), text)], "办结告警", (refuse) => {
    if (!chosen) return refuse("请选择结果。");
    if (text.value.trim().length < 5) return refuse("请写明现场情况（不少于 5 个字）。");
    answer(one, "finish", { result: chosen, text: text.value.trim() }, go).catch((error) => toast(error.message));
    return true;
  });
}

/** The alarms of the officer's cells, the one due first on top, with what may be done now. */
export async function alarms(go) {
  const found = await day(), queued = await waiting();
  return (found?.alarms || []).slice(0, 5).map((one) => {
    const wait = queued.get(`a${one.id}`);
    const act = (command) => (command === "finish" ? finish(one, go) : answer(one, command, {}, go).catch((error) => toast(error.message)));
    return h("section", { class: "alarm", "data-alarm": one.id, "data-late": one.is_late || null }, h("h3", {}, one.kind_name, one.code_name ? ` ${one.code_name}` : "", h("span", { class: "tag", "data-tone": one.is_late ? "red" : "amber" }, wait?.status === "waiting" ? "待发送" : one.state_name)),
      h("p", {}, [one.who, one.spot || one.place].filter(Boolean).join("，"), h("br"), h("span", { class: "muted" }, `${when(one.first_at)} 报警${one.signals > 1 ? `，共 ${one.signals} 次` : ""}${one.due_at ? `，${when(one.due_at)} 前办理` : ""}`)),
      wait?.status === "refused" ? h("p", { class: "say", "data-tone": "red" }, wait.result.sentence) : "",
      ...(one.calls || []).filter((c) => c.state === "queued" || c.state === "waiting").slice(0, 1).map((c) => h("p", { class: "actions" }, h("span", {}, `家属 ${c.who}`), h("button", { class: "btn", type: "button", onclick: () => answer(one, "call", { call: c.id, reached: true, words: "已接通家属" }, go) }, "已接通"), h("button", { class: "btn", type: "button", onclick: () => answer(one, "call", { call: c.id, reached: false, words: "家属未接通" }, go) }, "未接通"))),
      wait?.status === "waiting" ? "" : h("p", { class: "actions" }, one.may.filter((c) => c !== "note").map((c) => h("button", { class: "btn btn-primary", type: "button", "data-command": c, onclick: () => act(c) }, VERBS[c]))));
  });
}
