/* Desk behaviour: keyboard, selection, dialogs, drafts that survive everything. No inline script anywhere, so that a strict policy holds. */
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
  const ROWS = "table.list[data-keys] tbody tr[data-id], .queue-item[data-id]";

  // htmx sends the token that the page was rendered with; the cookie itself is closed to scripts.
  document.addEventListener("htmx:config:request", (event) => {
    const request = event.detail.ctx.request;
    if (!["GET", "HEAD"].includes((request.method || "GET").toUpperCase())) request.headers["X-CSRFToken"] = document.body.dataset.csrf;
  });
  document.addEventListener("htmx:error", () => say("没有连上服务器。已填写的内容保留在本机，请稍后再试。", "error"));
  document.addEventListener("htmx:after:swap", () => { restoreDrafts(); count(); label(); });

  /** Show a sentence in the corner; errors stay until closed. */
  function say(sentence, tone = "info") {
    const box = $("#messages");
    if (!box) return;
    const note = document.createElement("p");
    note.className = "note";
    note.dataset.tone = tone;
    note.textContent = sentence;
    box.append(note);
    dress(note);
  }
  function dress(note) {
    const close = document.createElement("button");
    close.type = "button";
    close.textContent = "关闭";
    close.setAttribute("aria-label", "关闭这条提示");
    close.addEventListener("click", () => note.remove());
    note.append(close);
    if (note.dataset.tone !== "error") setTimeout(() => note.remove(), 8000);
  }

  // --- rows: j k Enter x ---------------------------------------------------------------------------------------
  const rows = () => $$(ROWS);
  const current = () => $(".current[data-id]");
  function mark(row, { quiet = false, scroll = true } = {}) {
    if (!row) return;
    for (const old of $$(".current[data-id]")) { old.classList.remove("current"); old.removeAttribute("aria-current"); }
    row.classList.add("current");
    row.setAttribute("aria-current", "true");
    row.classList.remove("fresh");
    if (scroll) row.scrollIntoView({ block: "nearest" });
    if (!quiet) row.dispatchEvent(new CustomEvent("wangge:current", { bubbles: true, detail: { id: row.dataset.id } }));
  }
  function step(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.indexOf(current());
    mark(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))]);
  }
  function open(row) {
    const link = row && (row.matches("a[href]") ? row : $("a[href]", row));
    if (link) link.click();
  }
  // The map asks for a row by `document.dispatchEvent(new CustomEvent("wangge:select", {detail: {id}}))`.
  document.addEventListener("wangge:select", (event) => mark(rows().find((r) => r.dataset.id === String(event.detail.id)), { quiet: true }));

  // --- selection ------------------------------------------------------------------------------------------------
  let lastPick = null;
  const picks = () => $$('input[type="checkbox"][name="pick"]');
  function count() {
    const chosen = picks().filter((box) => box.checked);
    for (const box of picks()) box.closest("[data-id]")?.classList.toggle("selected", box.checked);
    for (const bar of $$("[data-bulk]")) bar.hidden = !chosen.length;
    for (const place of $$("[data-bulk-count]")) place.textContent = String(chosen.length);
    const all = $("[data-pick-all]");
    if (all) { all.checked = chosen.length > 0 && chosen.length === picks().length; all.indeterminate = chosen.length > 0 && !all.checked; }
  }
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (box.matches("[data-pick-all]")) for (const one of picks()) one.checked = box.checked;
    if (box.matches('[name="pick"], [data-pick-all]')) count();
    if (box.matches("select[data-submit]")) box.form.submit();
  });
  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target.matches?.('input[name="pick"]')) {
      const all = picks();
      if (event.shiftKey && lastPick && all.includes(lastPick)) {
        const [from, to] = [all.indexOf(lastPick), all.indexOf(target)].sort((a, b) => a - b);
        for (const one of all.slice(from, to + 1)) one.checked = target.checked;
        count();
      }
      lastPick = target;
      return;
    }
    const opener = target.closest?.("[data-open]");
    if (opener) return void showDialog(document.getElementById(opener.dataset.open));
    if (target.closest?.("[data-close]")) return void target.closest("dialog")?.close();
    if (target.closest?.("[data-back]") && history.length > 1) { event.preventDefault(); history.back(); return; }
    if (target.closest?.("[data-print]")) { window.print(); return; }
    for (const menu of $$("details[data-menu][open]")) if (!menu.contains(target)) menu.open = false;
    const row = target.closest?.(ROWS);
    if (row && !target.closest("a, button, input, select, label")) mark(row, { scroll: false });
  });
  function showDialog(dialog) {
    if (!dialog) return;
    // The window gives the focus back to what had it; a menu that closes hands that on to its own word first.
    for (const menu of $$("details[data-menu][open]")) { if (menu.contains(document.activeElement)) $("summary", menu).focus(); menu.open = false; }
    dialog.showModal();
  }

  // --- keys -----------------------------------------------------------------------------------------------------
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    const unfolded = event.key === "Escape" && event.target.closest?.("details[data-menu][open], details.pop[open]");
    if (unfolded) { unfolded.open = false; $("summary", unfolded).focus(); return; }
    if (event.key === "Escape" && typing) return void event.target.blur();
    if (typing || $("dialog[open]")) return;
    const row = current();
    switch (event.key) {
      case "j": step(1); break;
      case "k": step(-1); break;
      case "Enter": if (event.target.closest("a, button, summary")) return; open(row); break;
      case "x": {
        const box = row && $('input[name="pick"]', row);
        if (box) { box.checked = !box.checked; count(); }
        break;
      }
      case "/": $("#search")?.focus(); $("#search")?.select(); break;
      case "?": showDialog($("#keys")); break;
      default: return;
    }
    event.preventDefault();
  });

  // --- drafts: every textarea[data-draft=key] and every field of form[data-draft=key] ------------------------------
  const fields = () => $$("textarea[data-draft], form[data-draft] textarea, form[data-draft] input[type=text], form[data-draft] select");
  const keyOf = (field) => {
    const form = field.closest("form[data-draft]");
    return `draft:${document.body.dataset.account || ""}:${field.dataset.draft || form.dataset.draft}:${field.name}`;
  };
  const store = {
    get: (key) => { try { return localStorage.getItem(key); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, value); return true; } catch { return false; } },
    drop: (key) => { try { localStorage.removeItem(key); } catch { /* nothing was kept */ } },
  };
  function restoreDrafts() {
    for (const field of fields()) {
      const kept = store.get(keyOf(field));
      if (kept === null || field.dataset.restored) continue;
      field.dataset.restored = "1";
      if (!field.value || field.value === field.defaultValue || field.tagName === "SELECT") field.value = kept;
    }
  }
  document.addEventListener("input", (event) => {
    const field = event.target;
    if (!field.matches?.("textarea[data-draft], form[data-draft] textarea, form[data-draft] input[type=text], form[data-draft] select")) return;
    if (field.value) {
      if (!store.set(keyOf(field), field.value)) say("本机存储空间不足，正在填写的内容暂不能自动保存，请尽快提交。", "error");
    } else store.drop(keyOf(field));
  });
  // A draft goes only when the answer to its submit is seen and is no refusal.
  const SENT = "draft-sent";
  document.addEventListener("submit", (event) => {
    const keys = fields().filter((f) => f.form === event.target).map(keyOf);
    if (keys.length) try { sessionStorage.setItem(SENT, JSON.stringify(keys)); } catch { /* then the draft stays */ }
  });
  function settleDrafts() {
    let keys = null;
    try { keys = sessionStorage.getItem(SENT); sessionStorage.removeItem(SENT); } catch { return; }
    if (!keys) return;
    const refused = $(".errors, .refusal, .sheet, .note[data-tone=error]") || document.contentType !== "text/html";
    if (!refused) for (const key of JSON.parse(keys)) store.drop(key);
  }
  document.addEventListener("htmx:after:request", (event) => {
    const ctx = event.detail.ctx, status = ctx?.response?.raw?.status ?? ctx?.response?.status ?? 0;
    if (status >= 200 && status < 400) settleDrafts();
  });

  /** On a phone a row is a card without the table's head; each value then carries the word of its column. */
  function label() {
    for (const table of $$("table.cards")) {
      const words = $$("thead th", table).map((head) => $(".visually-hidden", head) ? "" : head.textContent.replace(/[↑↓]/g, "").trim());
      for (const row of $$("tbody tr", table)) [...row.cells].forEach((cell, at) => {
        if (at && words[at] && !cell.dataset.label && !cell.matches(".title, .person, .pick") && !$("button, details", cell)) cell.dataset.label = words[at];
      });
    }
  }

  const start = () => {
    settleDrafts();
    restoreDrafts();
    count();
    label();
    const here = $('.rail [aria-current="page"]'), rail = $(".rail");
    if (here && rail.scrollWidth > rail.clientWidth) rail.scrollLeft = here.offsetLeft - rail.clientWidth / 2;
    for (const note of $$("#messages .note")) dress(note);
    const first = $("[data-focus]");
    first?.focus();
    // An address that ends in #content (the skip link was used) takes the focus there once the page is whole.
    if (first && location.hash) window.addEventListener("load", () => setTimeout(() => first.focus(), 0));
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
  window.Wangge = { say, mark, refresh: () => { restoreDrafts(); count(); } };
})();
