/* Steps through the findings (j, k) and keeps document and list at the same one. Without script the links do the same. */
(() => {
  "use strict";
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const items = () => $$(".finding").filter((item) => !item.hidden);
  let at = "";

  /** Make finding `number` the current one; scroll the list, the document, or both. */
  function show(number, { list = true, text = true } = {}) {
    const item = document.getElementById(`f${number}`);
    if (!item) return;
    at = number;
    for (const old of $$(".finding.current, .doc-no.current")) { old.classList.remove("current"); old.removeAttribute("aria-current"); }
    item.classList.add("current");
    item.setAttribute("aria-current", "true");
    for (const mark of $$(`.doc-no[data-finding="${number}"]`)) mark.classList.add("current");
    const place = document.getElementById(`m${number}`);
    if (text && place) {
      const box = place.closest(".doc-table");
      if (box) box.style.contentVisibility = "visible";
      (place.parentElement || place).scrollIntoView({ block: "center", inline: "nearest" });
    }
    if (list) item.scrollIntoView({ block: "nearest" });
    history.replaceState(null, "", `#f${number}`);
  }
  function step(by) {
    const all = items();
    if (!all.length) return;
    const here = all.findIndex((item) => item.dataset.finding === at);
    const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, here + by))];
    show(next.dataset.finding);
    next.querySelector("a")?.focus({ preventScroll: true });
  }
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.('a[href^="#m"], a[href^="#f"]');
    const number = link && /^#[mf](\d+)$/.exec(link.getAttribute("href"))?.[1];
    if (!number || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(number);
    if (link.matches(".doc-no")) document.querySelector(`#f${at} a`)?.focus({ preventScroll: true });
  });
  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest?.("input, textarea, select") || document.querySelector("dialog[open]")) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else return;
    event.preventDefault();
  });
  // The page of the command filters in place; the desk asks the server.
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-filter]")) return;
    const wanted = Object.fromEntries($$("[data-filter]").map((box) => [box.dataset.filter, box.value]));
    for (const item of $$(".finding")) item.hidden = Object.entries(wanted).some(([name, value]) => value && item.dataset[name] !== value);
    for (const group of $$(".found [data-group]")) group.hidden = !$$(".finding", group).some((item) => !item.hidden);
  });
  /** Decided findings are quieter in the document. */
  function settle() {
    for (const mark of $$(".doc-no")) {
      mark.classList.toggle("gone", document.getElementById(`f${mark.dataset.finding}`)?.dataset.decision === "dismissed");
    }
  }
  document.addEventListener("submit", (event) => { at = event.target.closest?.(".finding")?.dataset.finding || at; });
  document.addEventListener("htmx:after:swap", () => {
    settle();
    if (!at) return;
    show(at, { text: false });
    if (document.activeElement === document.body) document.querySelector(`#f${at} a, #f${at} summary`)?.focus({ preventScroll: true });
  });
  const start = () => { settle(); if (/^#[fm]\d+$/.test(location.hash)) show(location.hash.slice(2)); };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
