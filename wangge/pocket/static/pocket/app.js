/** The shell of 网格通: routes, the bottom line, the service worker. Opens from the phone's own copy, signal or not. */
import { begin, boot, onBoot, refresh, restore, signedOut } from "./session.js";
import { onChange, start, status, sync } from "./sync.js";
import { caseScreen } from "./case.js";
import { report } from "./report.js";
import { doorScreen } from "./door.js";
import { doors, mayCollect } from "./doors.js";
import { expire } from "./held.js";
import * as lists from "./lists.js";
import { visitScreen, visits } from "./visits.js";
import { h, toast } from "./dom.js";

const screen = document.getElementById("screen"), top = document.getElementById("top"), bottom = document.getElementById("bottom");
const FIRST = [["#/", "首页"], ["#/todo", "待办"]], LAST = [["#/cells", "网格"], ["#/sync", "同步"]];
/** Who collects at doors has them one tap away; what was reported is then found from the to-dos. */
const TABS = () => [...FIRST, boot() && mayCollect() ? ["#/doors", "入户"] : ["#/history", "历史"], ...LAST];
let leave = null, drawing = Promise.resolve(), shownAt = "", left = 0;

const ROUTES = [
  [/^#\/$/, "网格通", (root) => lists.home(root, go)],
  [/^#\/todo$/, "待办", (root) => lists.todo(root)],
  [/^#\/history$/, "历史", (root) => lists.history(root)],
  [/^#\/cells$/, "我的网格", (root) => lists.cells(root, go)],
  [/^#\/doors$/, "入户", (root) => doors(root, go)],
  [/^#\/door\/([dhp]\d+)$/, "入户采集", (root, key) => doorScreen(root, key, go)],
  [/^#\/visits$/, "走访", (root) => visits(root, go)],
  [/^#\/visit\/([vo]\d+)$/, "走访", (root, key) => visitScreen(root, key, go)],
  [/^#\/sync$/, "同步", (root) => lists.queue(root, go)],
  [/^#\/report\/([0-9a-f-]+)$/, "上报", (root, id) => report(root, id, go)],
  [/^#\/case\/([^/]+)$/, "件", (root, number) => caseScreen(root, decodeURIComponent(number), go)],
];

/** Go to a page; `again` draws it also when it is the one that is open. */
function go(hash, again = false) {
  if (location.hash === hash) { if (again) draw(); } else location.hash = hash;
}

function tabs() {
  const at = location.hash || "#/";
  bottom.replaceChildren(...TABS().map(([href, words]) => {
    const count = href === "#/todo" ? boot()?.todos.length : href === "#/sync" ? status().waiting + status().refused : 0;
    return h("a", { href, "aria-current": at === href ? "page" : null }, words, count ? h("span", { class: "count" }, count > 99 ? "99+" : String(count)) : "");
  }));
}

const UP = { "#/door/": ["#/doors", "返回入户清单"], "#/visit/": ["#/visits", "返回走访清单"] };
function back(hash) {
  const [href, words] = UP[hash.match(/^#\/[a-z]+\//)?.[0]] || ["#/", "返回首页"];
  return h("a", { href, "aria-label": words }, "‹ 返回");
}

function draw() { drawing = drawing.then(show).catch((error) => { console.error(error); screen.replaceChildren(h("p", { class: "say", "data-tone": "red" }, error.message || "本机没有打开这一页。请关闭后重新打开网格通。")); }); return drawing; }
async function show() {
  const hash = location.hash || "#/";
  if (leave) { leave(); leave = null; }
  tabs();
  if (!boot()) return void nobody();
  const [, title, page, found] = ROUTES.map(([pattern, name, act]) => [pattern, name, act, hash.match(pattern)]).find((r) => r[3]) || [null, ...ROUTES[0].slice(1), []];
  const root = document.createDocumentFragment(), holder = h("div", {});
  root.append(holder);
  top.replaceChildren(TABS().some(([href]) => href === hash) ? "" : back(hash), h("h1", {}, title));
  // A list that is drawn anew is put in place when it is whole; a page that is entered appears at once (maps need their size).
  const again = shownAt === hash && /^#\/(|todo|history|sync|doors|visits)$/.test(hash);
  if (!again) screen.replaceChildren(holder);
  document.title = title === "网格通" ? title : `${title} - 网格通`;
  leave = (await page(holder, ...(found || []).slice(1))) || null;
  if (again) screen.replaceChildren(holder); else scrollTo(0, 0);
  shownAt = hash;
}

function nobody() {
  top.replaceChildren(h("h1", {}, "网格通"));
  const words = signedOut() ? "请先登录。登录后，没有信号时也能使用。" : "本机还没有登录过，需要有信号时登录一次。";
  screen.replaceChildren(h("p", { class: "say" }, words), h("a", { class: "btn btn-primary wide", href: "/login?next=/pocket/" }, "登录"));
}

const quiet = () => /^#\/(|todo|history|sync)$/.test(location.hash || "#/") && !document.querySelector("dialog[open]");

async function worker() {
  if (!("serviceWorker" in navigator)) return;
  const first = !navigator.serviceWorker.controller;
  const kept = await navigator.serviceWorker.register("/pocket/sw.js", { scope: "/pocket/" });
  const offer = () => {
    if (!kept.waiting || !navigator.serviceWorker.controller || document.getElementById("renew")) return;
    screen.before(h("p", { class: "say", id: "renew" }, "网格通有新版本。草稿和待发送内容不受影响。 ", h("button", { class: "btn", type: "button", onclick: () => kept.waiting?.postMessage("use") }, "更新网格通")));
  };
  offer();
  kept.addEventListener("updatefound", () => kept.installing?.addEventListener("statechange", offer));
  let reloaded = first;
  navigator.serviceWorker.addEventListener("controllerchange", () => { if (!reloaded) { reloaded = true; location.reload(); } reloaded = false; });
}

async function main() {
  if (!window.isSecureContext || !window.indexedDB) {
    screen.replaceChildren(h("p", { class: "say", "data-tone": "red" }, "网格通需要安全连接（https）才能在本机保存内容。请向管理员索取正确的地址。"));
    return;
  }
  await restore();
  await expire();
  addEventListener("hashchange", draw);
  onChange(() => {
    tabs();
    // Lists of doors and visits stand still while they are read, and are drawn anew when something has been sent.
    const sent = status().waiting < left;
    left = status().waiting;
    if (sent) lists.sent();
    if (boot() && (quiet() || (sent && /^#\/(doors|visits)$/.test(location.hash)))) draw();
  });
  onBoot(() => { tabs(); if (!boot() || quiet()) draw(); });
  const came = begin();
  await draw();
  worker().catch(() => {});
  await came;
  if (!boot()) await draw();
  await start();
  addEventListener("online", () => refresh().then(() => sync()));
  setInterval(() => { if (!document.hidden) refresh(); }, 120000);
  setInterval(() => { expire().catch(() => {}); }, 3600000);
}
main().catch((error) => { console.error(error); toast("网格通没有完全打开，请关闭后重新打开。"); });
