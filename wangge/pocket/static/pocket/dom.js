/** Build elements without markup strings: nothing that a person wrote can become code. */
export function h(tag, props = {}, ...children) {
  const el = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) el.addEventListener(name.slice(2), value);
    else if (name === "class") el.className = value;
    else if (name in el && !["list", "form", "capture", "role"].includes(name) && !name.startsWith("aria")) el[name] = value;
    else el.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) if (child !== null && child !== undefined && child !== false) el.append(child);
  return el;
}

const pad = (n) => String(n).padStart(2, "0");

export function when(text) {
  if (!text) return "";
  const at = new Date(text), now = new Date();
  const year = at.getFullYear() === now.getFullYear() ? "" : `${at.getFullYear()}年`;
  return `${year}${at.getMonth() + 1}月${at.getDate()}日 ${pad(at.getHours())}:${pad(at.getMinutes())}`;
}

function span(ms) {
  const minutes = Math.floor(Math.abs(ms) / 60000), days = Math.floor(minutes / 1440), hours = Math.floor((minutes % 1440) / 60);
  if (days >= 10 || (days && !hours)) return `${days} 天`;
  if (days) return `${days} 天 ${hours} 小时`;
  return hours ? `${hours} 小时` : `${Math.max(1, minutes)} 分钟`;
}

/** What is left until a due time: red past it, amber in the last tenth of the way or the last two hours. */
export function clock(due, start, state) {
  if (!due || ["closed", "archived", "merged", "void", "declined"].includes(state)) return null;
  if (state === "held") return h("span", { class: "clock", "data-tone": "grey" }, "时限暂停");
  const now = Date.now(), at = Date.parse(due), from = start ? Date.parse(start) : at - 2 * 86400000;
  const late = now > at, near = !late && now > from + (at - from) * 0.9;
  const el = h("span", { class: "clock", "data-tone": late ? "red" : near ? "amber" : "blue" }, `${late ? "超" : "剩"} ${span(at - now)}`);
  if (near) el.append(h("span", { class: "word" }, "将到期"));
  return el;
}

export const state = (code, name) => h("span", { class: "state", "data-state": code }, name);

let toastTimer = 0;
/** A sentence for eye and ear; it goes by itself, and nothing depends on having read it. */
export function toast(sentence) {
  document.querySelector(".toast")?.remove();
  const el = h("div", { class: "toast" }, sentence);
  document.body.append(el);
  document.getElementById("live").textContent = sentence;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => el.remove(), 6000);
}

export const empty = (why, fill = "") => h("div", { class: "empty" }, h("strong", {}, why), fill);

/** One line of a list of cases. */
export function caseRow(one) {
  return h("li", {}, h("a", { href: `#/case/${encodeURIComponent(one.number)}` },
    h("span", { class: "t" }, one.title), clock(one.due_at, one.received_at, one.state) || h("span", {}),
    h("span", { class: "m" }, state(one.state, one.state_name), ` · ${one.place} · `, h("span", {}, one.number))));
}

/** A sheet with one act; `act(refuse)` returns true when it is done. */
export function dialog(title, parts, verb, act) {
  const problem = h("p", { class: "say", "data-tone": "red", role: "alert", hidden: true });
  const refuse = (sentence) => { problem.textContent = sentence; problem.hidden = false; problem.scrollIntoView({ block: "center" }); return false; };
  const sheet = h("dialog", { "aria-label": title, onclose: () => sheet.remove() }, h("h2", {}, title), problem, ...parts,
    h("div", { class: "actions" }, h("button", { class: "btn btn-primary", type: "button", onclick: async () => { if (await act(refuse)) sheet.close(); } }, verb), h("button", { class: "btn", type: "button", onclick: () => sheet.close() }, "不改")));
  document.body.append(sheet);
  sheet.showModal();
  return sheet;
}
