/** A person at a door: shown in full, corrected field by field, added, gone. What is held is never asked for. */
import { uuid } from "./store.js";
import { all } from "./held.js";
import { short, today } from "./doors.js";
import { dialog, h } from "./dom.js";

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
// What changes from visit to visit stands first; what a person is born with stands last.
const OFTEN = new Set(["phone", "employer", "occupation", "marriage", "education", "home_address"]);
const CITIZEN = new Set(["111", "113", "818", ""]);

/** What is wrong with a value, in a sentence; "" when nothing is. The server judges again. */
export function fault(name, text, type = "111") {
  if (!text) return "";
  if (name === "phone") return /^(1\d{10}|0\d{2,3}-?\d{7,8})$/.test(text) ? "" : "联系方式应是 11 位手机号码，或带区号的固定电话。";
  if (name === "birth_on") return text > today() ? "出生日期在今天之后，请核对。" : "";
  if (name !== "id_number" || !CITIZEN.has(type)) return "";
  const upper = text.toUpperCase();
  if (!/^\d{17}[\dX]$/.test(upper)) return "公民身份号码应是 18 位，最后一位可以是 X。";
  const sum = WEIGHTS.reduce((total, w, i) => total + w * +upper[i], 0);
  return "10X98765432"[sum % 11] === upper[17] ? "" : "公民身份号码的校验位不对，请对照证件核对。";
}

const pairs = (words, name) => words.codes?.[name] || [];
export const label = (words, name, code) => pairs(words, name).find(([key]) => key === code)?.[1] || code;
const age = (day) => (day ? Math.floor((Date.parse(today()) - Date.parse(day)) / 31557600000) : null);
const origin = (person, name) => { const [source, on, by] = person.proof[name] || person.by; return [source, short(on), by].filter(Boolean).join(" "); };
const tag = (text, tone = "grey") => h("span", { class: "tag", "data-tone": tone }, text);
const SAID = { left: "搬走", departed: "迁出本区", died: "去世" };

export function shown(person, part, words, acts) {
  const v = person.values, years = age(v.birth_on), gone = SAID[part.does], edits = Object.keys(part.changes || {}).length + Object.keys(part.answers || {}).length;
  const line = [person.relation && label(words, "relation", person.relation), v.sex && label(words, "sex", v.sex), years !== null && `${years} 岁`].filter(Boolean).join("，");
  const open = asked(words, person).filter(([name]) => part.changes?.[name] === undefined);
  return h("section", { class: "person", "data-person": person.id, "data-state": gone ? "gone" : edits ? "edited" : "same" },
    h("h3", {}, v.name || "未登记姓名", line ? h("span", { class: "who" }, line) : ""),
    h("p", { class: "tags" }, ...person.roles.map((r) => tag(words.roles?.[r] || r)), ...person.care.map((c) => tag(words.care?.[c] || c, "amber")), gone ? tag(gone, "red") : edits ? tag(`更新 ${edits} 项`, "blue") : ""),
    h("dl", { class: "facts brief" }, ...[["证件", v.id_number || "未登记"], ["电话", part.changes?.phone || v.phone || "未登记"], ["单位", part.changes?.employer || v.employer || "未登记"]].flatMap(([k, x]) => [h("dt", {}, k), h("dd", {}, x)])),
    open.length ? h("p", { class: "muted small" }, `本次请问：${open.map(([, title]) => title).join("、")}`) : "",
    h("details", { class: "more" }, h("summary", {}, "全部登记内容和来源"), h("dl", { class: "facts" }, ...(words.fields || []).flatMap(([name, title]) => [h("dt", {}, title),
      h("dd", {}, part.changes?.[name] !== undefined ? h("b", {}, label(words, name, part.changes[name]) || "（删去）") : v[name] ? label(words, name, v[name]) : "未登记", v[name] ? h("small", {}, origin(person, name)) : "")]))),
    h("p", { class: "actions" }, gone ? "" : h("button", { class: "btn", type: "button", onclick: acts.edit }, edits ? "继续更新" : "更新"),
      edits ? "" : h("button", { class: "btn", type: "button", onclick: acts.leave }, gone ? "改登记" : "搬走、去世"), gone || edits ? h("button", { class: "btn", type: "button", onclick: acts.undo }, "恢复为无误") : ""));
}

/** May a grid ask this field at all? What is held may be put right; what is empty is asked only when a list in force names it. */
const may = (words, name) => !words.askable || words.askable.includes(name);

/** The fields that running campaigns still ask of this person: what is held and fresh is not among them. */
const asked = (words, person) => { const names = new Set(Object.values(person.asked || {}).flat()); return (words.fields || []).filter(([name]) => names.has(name)); };

function control(name, words, value, longest, id) {
  if (words.codes?.[name]) return pick(id, [["", "请选择"], ...pairs(words, name)], value);
  return h("input", { id, value, maxLength: longest, autocomplete: "off", type: name === "birth_on" ? "date" : name === "phone" ? "tel" : "text", ...(name === "birth_on" ? { max: today() } : {}) });
}
const pick = (id, pairs, value) => h("select", { id }, pairs.map(([code, text]) => h("option", { value: code, selected: code === value }, text)));
const field = (id, text, input, under = "") => h("div", { class: "field" }, h("label", { for: id }, text), under ? h("small", { class: "muted" }, under) : "", input);

/** Every field stands there as it is held; a tap opens the one that is to be corrected. */
export function edit(person, part, words, done) {
  const inputs = new Map(), wanted = new Set(asked(words, person).map(([name]) => name));
  const turn = ([name]) => (wanted.has(name) && !person.values[name] ? -1 : OFTEN.has(name) ? 0 : 1);
  const rows = [...words.fields].sort((a, b) => turn(a) - turn(b)).map(([name, title, longest]) => {
    const held = person.values[name] || "", sealed = ["id_number", "phone"].includes(name), id = `f-${name}`, box = h("div", {});
    const openUp = (value, focus) => { const input = control(name, words, value, longest, id); inputs.set(name, input); box.replaceChildren(field(id, title, input, held ? `现为：${label(words, name, held)}` : wanted.has(name) ? "本次需要登记" : "")); if (focus) input.focus(); };
    if (part.changes?.[name] !== undefined) openUp(part.changes[name]);
    else if (!held && wanted.has(name)) openUp("");
    else box.append(h("div", { class: "held" }, h("span", { class: "k" }, title), h("span", { class: "v" }, held ? label(words, name, held) : "未登记", held ? h("small", {}, origin(person, name)) : ""), held || may(words, name) ? h("button", { class: "btn", type: "button", "data-field": name, onclick: () => openUp(sealed ? "" : held, true) }, held ? "改" : "补") : ""));
    return box;
  });
  const questions = (words.campaigns || []).filter((c) => person.asked?.[c.id]?.includes("questions")).flatMap((c) => c.questions.map((q) => [c, q]));
  const replies = questions.map(([c, q], i) => {
    const value = part.answers?.[c.id]?.[q.key] || "", id = `q-${i}`;
    const choices = q.kind === "yes_no" ? ["是", "否"] : q.kind === "choice" ? q.choices : null;
    const input = choices ? pick(id, [["", "请选择"], ...choices.map((one) => [one, one])], value) : h("input", { id, maxLength: 200, value });
    return [c, q.key, input, field(id, q.label, input, c.why)];
  });
  dialog(`更新 ${person.values.name || ""}`, [...replies.map((r) => r[3]), ...rows], "记下", (refuse) => {
    const changes = {}, seen = {}, answers = {};
    for (const [name, input] of inputs) {
      const text = name === "id_number" ? input.value.trim().toUpperCase() : input.value.trim(), held = person.values[name] || "";
      if (text === held || (!text && ["id_number", "phone", "name"].includes(name))) continue;
      const wrong = fault(name, text, person.id_type);
      if (wrong) return refuse(wrong);
      changes[name] = text;
      if (!["id_number", "phone"].includes(name)) seen[name] = held;
    }
    for (const [c, key, input] of replies) if (input.value.trim()) (answers[c.id] ||= {})[key] = input.value.trim();
    done({ does: Object.keys(changes).length ? "change" : "same", changes, seen, answers });
    return true;
  });
}

/** Gone from here: moved away, left the district, died; with the day. */
export function leave(person, part, done, value) {
  const kinds = [...(value.person ? [] : [["left", "搬走（仍在本区或去向不明）"]]), ["departed", "迁出本区"], ["died", "去世"]];
  let chosen = part.does in SAID ? part.does : "";
  const group = h("div", { role: "radiogroup", "aria-label": "变动" }), on = h("input", { id: "gone-on", type: "date", value: part.on || today(), max: today() }), note = h("input", { id: "gone-note", maxLength: 100, value: part.note || "" });
  const draw = () => group.replaceChildren(...kinds.map(([code, text]) => h("button", { class: "btn wide", type: "button", role: "radio", "aria-checked": String(chosen === code), onclick: () => { chosen = code; draw(); } }, text)));
  draw();
  dialog(`${person.values.name || ""} 的变动`, [group, field("gone-on", "哪一天", on), field("gone-note", "去向或说明（选填）", note)], "记下", (refuse) => {
    if (!chosen) return refuse("请选择是搬走、迁出本区还是去世。");
    if (!on.value || on.value > today()) return refuse("日期不能在今天之后。");
    done({ does: chosen, on: on.value, note: note.value.trim(), changes: {}, seen: {}, answers: {} });
    return true;
  });
}

/** Somebody new: the name is enough; what the document says is not asked again. */
export function add(value, words, before, done) {
  const old = before?.changes || {}, field_ = (name) => words.fields.find((f) => f[0] === name);
  const inputs = Object.fromEntries(["name", "id_number", "sex", "birth_on", "phone", "employer", "hukou_address"].map((name) => [name, control(name, words, old[name] || "", field_(name)[2], `n-${name}`)]));
  const type = pick("n-type", pairs(words, "id_type"), before?.id_type || "111");
  const homes = [...value.households.map((one) => [String(one.id), one.number ? `户号 ${one.number}` : "本户"]), ["0", "另立一户，本人为户主"], ["", "不登记户"]];
  const household = pick("n-home", homes, before ? String(before.household ?? "") : homes[0][0]);
  const relation = control("relation", words, before?.relation || "", 2, "n-relation"), living = pick("n-living", Object.entries(words.residence), before?.residence || (value.rental ? "rent" : "own"));
  const since = h("input", { id: "n-since", type: "date", value: before?.on || today(), max: today() });
  const sure = h("input", { type: "checkbox", checked: before?.sure_is_new }), twins = h("div", { hidden: true });
  const byDocument = h("div", {}, field("n-sex", "性别", inputs.sex), field("n-birth_on", "出生日期", inputs.birth_on));
  const citizen = () => CITIZEN.has(type.value) && /^\d{17}[\dXx]$/.test(inputs.id_number.value.trim());
  const look = async () => {
    byDocument.hidden = citizen();
    const name = inputs.name.value.trim(), same = name ? (await all("door")).flatMap((r) => r.value.people.map((p) => [r.value, p])).filter(([, p]) => p.values.name === name) : [];
    twins.hidden = !same.length;
    twins.replaceChildren(...(same.length ? [h("p", { class: "say", "data-tone": "amber" }, `本网格已有同名的人：${same.slice(0, 3).map(([d, p]) => `${d.full || d.name}（${p.values.birth_on || "出生日期未登记"}）`).join("；")}。是同一人的，请核对证件号码后填写，系统会把住处改到这里，不重复建档。`), h("label", { class: "check" }, sure, "核对过，不是同一人")] : []));
  };
  inputs.name.onchange = inputs.id_number.oninput = type.onchange = look;
  const sheet = dialog("新增人员", [field("n-name", "姓名", inputs.name), twins, field("n-id_number", "证件号码", inputs.id_number, "填写后，性别和出生日期不用再填"), byDocument, field("n-phone", "联系方式", inputs.phone), field("n-relation", "与户主关系", relation), field("n-home", "属于哪一户", household), field("n-living", "居住方式", living), field("n-since", "从哪一天住在这里", since),
    h("details", { class: "more" }, h("summary", {}, "证件类型、单位、户籍地址（选填）"), field("n-type", "证件类型", type), ...[["employer", "服务处所"], ["hukou_address", "户籍门（楼）详址"]].filter(([name]) => may(words, name)).map(([name, text]) => field(`n-${name}`, text, inputs[name])))], "记下", (refuse) => {
    const changes = {};
    for (const [name, input] of Object.entries(inputs)) { const text = name === "id_number" ? input.value.trim().toUpperCase() : input.value.trim(); if (text && !(citizen() && ["sex", "birth_on"].includes(name))) changes[name] = text; }
    if (!changes.name) return refuse("请填写姓名。");
    for (const [name, text] of Object.entries(changes)) { const wrong = fault(name, text, type.value); if (wrong) return refuse(wrong); }
    if (household.value && household.value !== "0" && !relation.value) return refuse("请选择与户主关系，或选择不登记户。");
    done({ does: "add", client: before?.client || uuid(), label: changes.name, changes, id_type: changes.id_number ? type.value : "", relation: relation.value, household: household.value === "" ? null : +household.value, residence: living.value, sure_is_new: sure.checked && !twins.hidden, on: since.value || today(), step: 0, seen: {}, note: "", answers: {} });
    return true;
  });
  look();
  return sheet;
}
