/** One door: everything held is shown; “all is right” is one tap, anything else is said person by person. */
import { submit as queueUp, takeBack, uuid } from "./store.js";
import { all, arrived, door as load, draft as loadDraft, dropDraft, keepDraft, pack, waiting } from "./held.js";
import { add, edit, label, leave, shown } from "./people.js";
import { boot } from "./session.js";
import { sync, withdraw } from "./sync.js";
import { short } from "./doors.js";
import { dialog, empty, h, toast } from "./dom.js";

const fresh = (value) => ({ id: uuid(), replaces: null, people: {}, added: [], home: null, text: "", base: value.people.map((p) => [p.id, p.step]) });

export async function doorScreen(root, key, go) {
  const value = await load(key);
  if (!value) { root.append(empty("本机没有这一户。", "可能已搬迁或已清除，请在“入户”中更新后再找。"), h("a", { class: "btn wide", href: "#/doors" }, "回到入户清单")); return; }
  const account = boot().account.id, row = (await all("door")).find((r) => r.key === `door:${key}`);
  const words = (await pack(row.cell)) || {}, queued = (await waiting()).get(key);
  if (queued) { root.append(...pending(queued, value, key, go)); return; }
  let draft = (await loadDraft(key)) || fresh(value), timer = 0, sent = false;
  // A draft of an act that has arrived says nothing new: under its id nothing would be taken in any more.
  if (await arrived(draft.id)) draft = fresh(value);
  const opened = Date.now();
  const keep = () => { clearTimeout(timer); timer = setTimeout(() => keepDraft(key, draft).catch((error) => refuse(error.message)), 150); };
  const problem = h("div", { class: "say", "data-tone": "red", role: "alert", hidden: true, tabIndex: -1 });
  const refuse = (sentence) => { problem.textContent = sentence; problem.hidden = false; problem.focus(); };
  const cards = h("div", {}), send = h("button", { class: "btn btn-primary wide", type: "button", id: "right", onclick: () => submit(true) });
  const nobody = h("button", { class: "btn", type: "button", id: "nobody", onclick: () => submit(false) }, "家中无人");
  const changed = () => Object.values(draft.people).filter((p) => p.does !== "same" || Object.keys(p.answers || {}).length).length + draft.added.length + (draft.home ? 1 : 0);

  function draw() {
    cards.replaceChildren(...value.people.map((person) => {
      const part = draft.people[person.id] || {};
      return shown(person, part, words, {
        edit: () => edit(person, part, words, (next) => { draft.people[person.id] = { ...part, ...next }; keep(); draw(); }),
        leave: () => leave(person, part, (next) => { draft.people[person.id] = { ...part, ...next }; keep(); draw(); }, value),
        undo: () => { delete draft.people[person.id]; keep(); draw(); },
      });
    }), ...draft.added.map((one, i) => h("section", { class: "person", "data-state": "add" }, h("h3", {}, one.changes.name, h("span", { class: "tag", "data-tone": "blue" }, "新增")),
      h("p", { class: "actions" }, h("button", { class: "btn", type: "button", onclick: () => add(value, words, one, (next) => { draft.added[i] = next; keep(); draw(); }) }, "修改"),
        h("button", { class: "btn", type: "button", onclick: () => { draft.added.splice(i, 1); keep(); draw(); } }, "不新增")))));
    const n = changed(), people = value.people.length;
    send.textContent = n ? `提交 ${n} 处变动，其余无误` : people ? "信息无误" : "无人居住，已核实";
  }

  async function submit(met) {
    send.disabled = nobody.disabled = true;
    clearTimeout(timer);
    const parts = value.people.map((person) => {
      const part = draft.people[person.id] || {}, step = Object.fromEntries(draft.base)[person.id] ?? person.step;
      return { does: part.does || "same", person: person.id, step, label: person.values.name, seen: part.seen || {}, changes: part.changes || {}, on: part.on || null, note: part.note || "", answers: part.answers || {} };
    });
    const target = value.dwelling ? { dwelling: value.dwelling } : value.household ? { household: value.household } : { person: value.person };
    const body = { ...target, seen_at: new Date().toISOString(), post: boot().post.id, met, text: draft.text, people: met ? [...parts, ...draft.added] : [], home: met ? draft.home : null, replaces: draft.replaces, seconds: Math.min(3600, Math.max(0, Math.round((Date.now() - opened) / 1000))) };
    const item = { id: draft.id, account, kind: "door", status: "waiting", at: Date.now(), files: [], target: key, draft, label: `${met ? "入户采集" : "家中无人"} ${value.full || value.name}`, body };
    try { await queueUp(item, key); sent = true; }
    catch (error) { send.disabled = nobody.disabled = false; return refuse(error.message); }
    toast(navigator.onLine ? "已保存，正在发送。" : "已保存在本机，有信号后自动发送。");
    sync();
    go("#/doors");
  }

  const [on, by] = value.checked, rental = value.rental;
  root.append(problem, h("h2", { class: "lead" }, value.full || value.name),
    h("p", { class: "muted" }, on ? `${short(on)} ${by} 入户核实` : "尚未入户核实", rental ? "，出租房屋" : "", rental?.hazards?.length ? `，有隐患：${rental.hazards.map((c) => label(words, "hazards", c)).join("、")}` : ""),
    value.people.length ? cards : h("div", {}, empty("没有登记居住的人。", "有人居住时请新增；确实无人居住的，核实即可。"), cards),
    h("div", { class: "grid2" }, h("button", { class: "btn", type: "button", id: "add", onclick: () => add(value, words, null, async (next) => { draft.added.push(next); keep(); draw(); }) }, "新增人员"),
      value.dwelling ? h("button", { class: "btn", type: "button", id: "home", onclick: () => home(value, words, draft, () => { keep(); draw(); }) }, "出租和隐患") : ""),
    h("details", { class: "more" }, h("summary", {}, "备注（选填）"), h("div", { class: "field" }, h("label", { for: "note" }, "看到、听到的情况"), h("textarea", { id: "note", rows: 2, maxLength: 500, value: draft.text, oninput: (event) => { draft.text = event.target.value; keep(); } }))),
    h("div", { class: "send two" }, nobody, send));
  draw();
  return () => { clearTimeout(timer); if (sent) return; if (changed() || draft.text) keepDraft(key, draft).catch(() => {}); else dropDraft(key).catch(() => {}); };
}

/** Submitted and not sent yet: it can be taken back and corrected. */
function pending(row, value, key, go) {
  const refused = row.status === "refused";
  return [h("h2", { class: "lead" }, value.full || value.name), h("p", { class: "say", "data-tone": refused ? "red" : "" }, refused ? row.result.sentence : "这一户已采集，保存在本机，待发送。"),
    h("p", {}, h("button", { class: "btn wide", type: "button", id: "again", onclick: async () => {
      // The server may have taken it although its answer was lost: the corrected act says which one it replaces.
      const draft = { ...row.draft, id: refused ? row.draft.id : uuid(), replaces: refused ? row.draft.replaces : row.id };
      if (!(await withdraw(row))) { toast("刚刚已发送。"); return go(`#/door/${key}`, true); }
      await takeBack(row, key, draft);
      go(`#/door/${key}`, true);
    } }, "修改后重新提交")), h("a", { class: "btn wide", href: "#/doors" }, "回到入户清单")];
}

function home(value, words, draft, done) {
  const seen = draft.home || {}, held = Boolean(value.rental);
  const rented = h("input", { type: "checkbox", checked: seen.is_rented ?? held });
  const landlord = h("input", { id: "landlord", maxLength: 50, value: seen.landlord || "" }), phone = h("input", { id: "landlord-phone", type: "tel", maxLength: 20, value: seen.landlord_phone || "" });
  const who = h("div", { hidden: !rented.checked || held }, h("div", { class: "field" }, h("label", { for: "landlord" }, "房东姓名（选填）"), landlord), h("div", { class: "field" }, h("label", { for: "landlord-phone" }, "房东电话（选填）"), phone));
  rented.onchange = () => { who.hidden = !rented.checked || held; };
  const picked = new Set(seen.hazards ?? []);
  const boxes = (words.codes?.hazards || []).map(([code, name]) => h("label", { class: "check" }, h("input", { type: "checkbox", checked: picked.has(code), onchange: (event) => (event.target.checked ? picked.add(code) : picked.delete(code)) }), name));
  const note = h("textarea", { id: "hazard-note", rows: 2, maxLength: 200, value: seen.note || "" });
  dialog("出租和隐患", [h("label", { class: "check" }, rented, "出租房屋"), who, h("h3", {}, "发现的隐患"), ...boxes, h("div", { class: "field" }, h("label", { for: "hazard-note" }, "隐患在哪里、什么情况"), note), h("p", { class: "muted small" }, "有隐患的，发送后自动转为事件办理。")], "记下", (refuse) => {
    if (picked.size && note.value.trim().length < 4) return refuse("请写明隐患在哪里、什么情况。");
    const rent = rented.checked === held ? null : rented.checked;
    draft.home = rent === null && !picked.size ? null : { is_rented: rent ?? (picked.size ? true : null), landlord: landlord.value.trim(), landlord_phone: phone.value.trim(), hazards: [...picked], note: note.value.trim() };
    done();
    return true;
  });
}
