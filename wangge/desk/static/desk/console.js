/* The dispatch console: one selection in map and queue, keys for the verbs, and what is new, without moving what is being read. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const root = $("[data-console]");
  if (!root) return;
  const queue = $("#queue"), chip = $("#fresh"), panel = $("#panel"), query = root.dataset.query;
  const withQuery = (url) => (query ? `${url}${url.includes("?") ? "&" : "?"}${query}` : url);
  let newest = root.dataset.newest, unseen = 0, selected = null;

  const map = window.WanggeMap($("#map"), {
    cells: "/desk/cells.json", points: withQuery("/desk/points.json"), cluster: true, heat: false, legend: true, list: $("#map-list"), label: "在办件地图",
    select: (what) => {
      if (what.kind === "point") choose(what.id, { from: "map" });
      if (what.kind === "cluster") choose(what.ids[0], { from: "map" });
    },
  });
  window.WanggeConsole = { map };

  const rowOf = (id) => $(`.queue-item[data-id="${CSS.escape(String(id))}"]`, queue);
  async function choose(id, { from = "queue" } = {}) {
    selected = String(id);
    const row = rowOf(selected);
    if (row) {
      if (from === "map") window.Wangge.mark(row, { quiet: true });
      for (const old of queue.querySelectorAll('[aria-selected="true"]')) old.setAttribute("aria-selected", "false");
      row.setAttribute("aria-selected", "true");
    }
    if (from !== "map") map.select(selected);
    if (panel) await showPanel(selected);
  }
  async function showPanel(id) {
    if ($("form.command", panel) && panel.dataset.number === id) return;
    try {
      const answer = await fetch(`/desk/case/${id}/panel`, { headers: { "HX-Request": "true" }, credentials: "same-origin", signal: AbortSignal.timeout(15000) });
      if (answer.status === 401) return void location.reload();
      if (selected !== id) return;
      panel.dataset.number = id;
      panel.innerHTML = await answer.text();
      window.htmx?.process(panel);
      window.Wangge.refresh();
    } catch { window.Wangge.say("没有连上服务器，请稍后再试。", "error"); }
  }
  document.addEventListener("wangge:current", (event) => choose(event.detail.id));
  // A click chooses; Enter and a double click open the whole case.
  queue.addEventListener("click", (event) => {
    const row = event.target.closest(".queue-item");
    if (!row || event.ctrlKey || event.metaKey || event.detail === 0) return;
    event.preventDefault();
    window.Wangge.mark(row, { scroll: false });
  });
  queue.addEventListener("dblclick", (event) => { const row = event.target.closest(".queue-item"); if (row) location.assign(row.href); });

  const VERBS = { a: "accept", d: "dispatch", h: "hold", m: "merge", u: "supervise" };
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
    if (event.target.closest?.("input, textarea, select, [contenteditable]") || !VERBS[event.key] || !panel) return;
    const button = $(`[data-do="${VERBS[event.key]}"]`, panel);
    if (button) { event.preventDefault(); button.click(); }
    else if (selected) window.Wangge.say("选中的件现在不能这样办，或本岗位没有这项权限。打开全件可查看原因。");
    else window.Wangge.say("请先选中一件。");
  });
  const extra = $("#console-keys"), list = $("#keys dl");
  if (extra && list) list.append(extra.content.cloneNode(true));

  // --- what is new ------------------------------------------------------------------------------------------------
  const make = (html) => { const t = document.createElement("template"); t.innerHTML = html.trim(); return t.content.firstElementChild; };
  function place(row) {
    const due = row.dataset.due === "" ? Infinity : +row.dataset.due;
    for (const other of queue.children) {
      const theirs = other.dataset.due === "" ? Infinity : +other.dataset.due;
      if (theirs > due || (theirs === due && other.dataset.id > row.dataset.id)) return void other.before(row);
    }
    queue.append(row);
  }
  /** Do something to the list while what the reader looks at stays where it is on the screen. */
  function steady(change) {
    const box = queue.getBoundingClientRect();
    const anchor = queue.scrollTop > 4 ? [...queue.children].find((r) => r.getBoundingClientRect().bottom > box.top + 1) : null;
    const before = anchor?.getBoundingClientRect().top;
    change();
    if (anchor?.isConnected) queue.scrollTop += anchor.getBoundingClientRect().top - before;
  }
  function take(answer) {
    newest = String(answer.newest);
    steady(() => {
      for (const one of answer.rows) {
        const old = rowOf(one.id);
        if (old && +old.dataset.step >= one.step) continue;
        const row = make(one.html);
        if (old) {
          if (old.classList.contains("current")) { row.classList.add("current"); row.setAttribute("aria-selected", "true"); }
          if (old.dataset.due === row.dataset.due) { old.replaceWith(row); continue; }
          old.remove();
        } else {
          row.classList.add("fresh");
          unseen++;
        }
        place(row);
      }
      for (const id of answer.gone) rowOf(id)?.remove();
    });
    for (const [tab, n] of answer.tabs) { const mark = $(`[data-tab-count="${tab}"]`); if (mark) mark.textContent = String(n); }
    map.setPoints({ upsert: answer.rows.map((r) => r.point), remove: answer.gone });
    $("#queue-empty").hidden = queue.children.length > 0;
    tell();
    const touched = [...answer.rows.map((r) => r.id), ...answer.gone];
    if (panel && selected && touched.includes(selected) && !$("form.command", panel)) showPanel(selected);
  }
  function tell() {
    if (queue.scrollTop <= 4) unseen = 0;
    chip.hidden = unseen === 0;
    chip.textContent = `${unseen} 条新件`;
  }
  chip.addEventListener("click", () => { queue.scrollTop = 0; unseen = 0; tell(); });
  queue.addEventListener("scroll", () => { if (queue.scrollTop <= 4) tell(); });

  let failures = 0;
  async function poll() {
    if (!document.hidden) {
      try {
        const answer = await fetch(withQuery(`/desk/changes?after=${newest}`), { headers: { Accept: "application/json" }, credentials: "same-origin", signal: AbortSignal.timeout(10000) });
        if (answer.status === 200) take(await answer.json());
        else if (answer.status === 401) { window.Wangge.say("登录已过期，请重新登录。正在填写的内容保留在本机。", "error"); return; }
        failures = 0;
      } catch { if (++failures === 3) window.Wangge.say("暂时收不到新件，正在重试。", "error"); }
    }
    setTimeout(poll, failures ? Math.min(30000, 3000 * 2 ** failures) : 3000);
  }
  setTimeout(poll, 3000);
  map.ready.then(() => { if (new URLSearchParams(location.search).get("print") === "1") setTimeout(() => window.print(), 400); });
})();
