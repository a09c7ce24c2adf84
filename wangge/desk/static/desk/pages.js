/* Desk pages: selects that are searched by words, pinyin initials or code; small maps; buttons that fill a field. */
(() => {
  "use strict";
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  /** Put a search field above a long select. Without script it stays a plain select. */
  function finder(select) {
    if (select.dataset.found !== undefined || select.options.length < 12) return;
    select.dataset.found = "";
    const box = document.createElement("span"), input = document.createElement("input");
    box.className = "finder";
    input.type = "search";
    input.placeholder = "输名称、拼音首字母或编码";
    input.setAttribute("aria-label", "筛选下面的选项");
    input.autocomplete = "off";
    select.before(box);
    box.append(input, select);
    const all = [...select.options].map((option) => ({ option, text: `${option.text} ${option.dataset.key || ""} ${option.value}`.toLowerCase() }));
    input.addEventListener("input", () => {
      const words = input.value.trim().toLowerCase();
      let first = null;
      for (const { option, text } of all) {
        const fits = !words || text.includes(words);
        option.hidden = !fits && !option.selected;
        option.disabled = option.hidden;
        if (fits && words && !first && option.value) first = option;
      }
      for (const group of $$("optgroup", select)) group.hidden = !$$("option", group).some((o) => !o.hidden);
      if (!select.multiple && first) { select.value = first.value; select.dispatchEvent(new Event("change", { bubbles: true })); }
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown") { event.preventDefault(); select.focus(); }
      if (event.key === "Enter" && !select.closest("[data-filters]")) event.preventDefault();
    });
  }

  /** The same above a long list of boxes to tick; what is ticked stays in sight. */
  function sieve(list) {
    const rows = $$("label", list);
    if (list.dataset.found !== undefined || rows.length < 12) return;
    list.dataset.found = "";
    const input = document.createElement("input");
    input.type = "search";
    input.placeholder = "输名称、拼音首字母或编码";
    input.setAttribute("aria-label", "筛选下面的选项");
    list.before(input);
    input.addEventListener("input", () => {
      const words = input.value.trim().toLowerCase();
      for (const row of rows) {
        const box = $$("input", row)[0];
        row.hidden = !!words && !box.checked && !`${row.textContent} ${box.dataset.key || ""} ${box.value}`.toLowerCase().includes(words);
      }
    });
    input.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  }

  function dress(root = document) {
    for (const list of $$(".checks", root)) sieve(list);
    for (const el of $$("[data-pick]", root)) picker(el);
    for (const select of $$("select[data-search]", root)) finder(select);
    for (const el of $$("[data-map]", root)) {
      if (el.dataset.drawn || !window.WanggeMap) continue;
      el.dataset.drawn = "1";
      const lng = +el.dataset.lng, lat = +el.dataset.lat;
      const map = window.WanggeMap(el, { cells: el.dataset.cells, points: [{ id: "here", lng, lat, state: el.dataset.state, title: el.dataset.title }], cluster: false, heatTool: false, tools: false });
      map.ready.then(() => { map.leaflet.setView([lat, lng], 16, { animate: false }); map.select("here", { pan: false }); }).catch(() => {});
    }
  }
  /** A map to pick a place on; the two fields stay the truth, so that typing works as well. */
  function picker(el) {
    if (el.dataset.drawn || !window.WanggeMap) return;
    el.dataset.drawn = "1";
    const [lng, lat] = el.dataset.pick.split(",").map((selector) => document.querySelector(selector));
    const said = document.querySelector("[data-picked]");
    const tell = (cell) => { if (said) said.textContent = cell ? `所在网格：${cell.name}` : "这个位置不在本区网格内，请重新点选。"; };
    const map = window.WanggeMap(el, {
      cells: el.dataset.cells, list: document.querySelector("[data-pick-list]"), label: "点选地点",
      pick: (place) => { lng.value = place.lng; lat.value = place.lat; tell(place.cell); },
    });
    const typed = () => {
      if (!lng.value || !lat.value) return;
      const place = { lng: +lng.value, lat: +lat.value };
      map.pick(place);
      tell(map.cellAt(place));
    };
    map.ready.then(typed).catch(() => {});
    for (const field of [lng, lat]) field.addEventListener("change", typed);
  }
  document.addEventListener("click", (event) => {
    const fill = event.target.closest?.("[data-fill]");
    if (!fill) return;
    const field = document.querySelector(fill.dataset.fill);
    if (field) { field.value = fill.dataset.value; field.dispatchEvent(new Event("input", { bubbles: true })); field.focus(); }
  });
  // A filter that was left empty has no place in the address, but for "all" of a list that begins with less.
  document.addEventListener("submit", (event) => {
    if (event.target.matches("form.filters")) for (const field of event.target.elements) if (field.name && !field.value && !field.dataset.start) field.disabled = true;
  });
  document.addEventListener("htmx:after:swap", () => {
    dress();
    const form = document.querySelector("#act .command, #panel .command");
    if (form && !form.contains(document.activeElement)) form.querySelector("[data-focus], select, textarea, input:not([type=hidden])")?.focus();
  });
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => dress()); else dress();
})();
