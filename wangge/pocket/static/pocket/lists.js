/** Home, to-dos, history, my cells, and the plain list of what was sent and what was not. */
import { drafts, outbox, reopen } from "./store.js";
import { begin } from "./report.js";
import { mayCollect } from "./doors.js";
import { day, refreshDay } from "./held.js";
import { alarms } from "./visits.js";
import { boot, keptAt, leave, refresh, signedOut, switchPost } from "./session.js";
import { status, sync, withdraw } from "./sync.js";
import { caseRow, empty, h, toast, when } from "./dom.js";

const account = () => boot().account.id;
/** Something was sent: visits and alarms are fetched anew the next time this page is drawn. */
export const sent = () => { dayAt = 0; };
let camera = null, dayAt = 0;
const login = () => h("p", { class: "say", "data-tone": "red" }, "登录已过期。本机保存的内容都在，请重新登录后继续。 ", h("a", { class: "btn wide", href: "/login?next=/pocket/" }, "重新登录"));

export async function home(root, go) {
  const problem = h("p", { class: "say", "data-tone": "red", role: "alert", hidden: true });
  const open = async (file) => { try { go(await begin(file)); } catch (error) { problem.textContent = error.message; problem.hidden = false; } };
  // One input for all drawings of this page: the camera may be open while the list below it is drawn anew.
  camera ||= h("input", { type: "file", accept: "image/*", capture: "environment" });
  camera.value = "";
  camera.onchange = () => camera.files[0] && open(camera.files[0]);
  if (signedOut()) root.append(login());
  root.append(...(await alarms(go)), problem, h("label", { class: "shoot" }, "拍照上报", h("small", {}, "拍照、选类别、上报"), camera));
  const said = status();
  root.append(h("a", { class: "sync", "data-tone": said.tone, href: "#/sync" }, h("span", {}, said.words), h("b", {}, "查看")));
  root.append(h("p", {}, h("button", { class: "btn wide", type: "button", id: "no-photo", onclick: () => open(null) }, "不拍照，直接上报")));
  if (mayCollect()) {
    const due = ((await day())?.visits || []).filter((v) => Date.parse(v.due_on) <= Date.now()).length;
    root.append(h("div", { class: "grid2" }, h("a", { class: "btn", href: "#/doors" }, "入户采集"), h("a", { class: "btn", href: "#/visits" }, due ? `走访 ${due} 户到期` : "走访")));
  }
  // Names of residents and alarms are fetched apart from the rest, at most every minute, and drawn when they have come.
  if (navigator.onLine && Date.now() - dayAt > 60000) { dayAt = Date.now(); refreshDay().then((came) => { if (came && (location.hash || "#/") === "#/" && !document.querySelector("dialog[open]")) go("#/", true); }); }
  const kept = (await drafts.of(account())).sort((a, b) => (a.made_at < b.made_at ? 1 : -1));
  if (kept.length) root.append(h("h2", {}, `未完成的草稿 ${kept.length} 份`), h("ul", { class: "rows" }, kept.map((d) => h("li", {}, h("a", { href: `#/report/${d.id}` },
    h("span", { class: "t" }, d.text || boot().categories.find((c) => c.code === d.category)?.name || "未填写内容"), h("span", {}, `照片 ${d.photos.length} 张`), h("span", { class: "m" }, when(d.made_at)))))));
  const todos = boot().todos;
  root.append(h("h2", {}, `我的待办${todos.length ? ` ${todos.length} 件` : ""}`));
  root.append(todos.length ? h("ul", { class: "rows" }, todos.slice(0, 8).map(caseRow)) : empty("目前没有待办。", "派到本岗位的件会出现在这里。"));
  if (todos.length > 8) root.append(h("p", {}, h("a", { class: "btn wide", href: "#/todo" }, "全部待办")));
}

const stamp = () => h("p", { class: "muted small" }, `更新于 ${when(new Date(keptAt()).toISOString())} `, h("button", { class: "btn", type: "button", onclick: async () => toast((await refresh()) ? "已更新。" : "没有连上服务器，显示的是本机保存的内容。") }, "更新"));

const reported = () => (mayCollect() ? h("p", {}, h("a", { class: "btn wide", href: "#/history" }, "我上报过的")) : "");
export function todo(root) {
  root.append(stamp(), reported(), boot().todos.length ? h("ul", { class: "rows" }, boot().todos.map(caseRow)) : empty("目前没有待办。", "派到本岗位的件会出现在这里。"));
}

export function history(root) {
  root.append(stamp(), boot().mine.length ? h("ul", { class: "rows" }, boot().mine.map(caseRow)) : empty("还没有上报过。", "上报并发送后，可以在这里查看办理情况。"));
}

export function cells(root, go) {
  const list = boot().cells.features || [];
  root.append(h("p", {}, h("b", {}, boot().account.name), h("br"), boot().post.name || "当前没有岗位"));
  if (boot().posts.length > 1) {
    const pick = h("select", { id: "post", onchange: async () => { toast((await switchPost(pick.value)) ? "已切换岗位。" : "没有连上服务器，岗位未切换。"); go("#/cells", true); } },
      boot().posts.map((p) => h("option", { value: p.id, selected: p.id === boot().post.id }, p.name)));
    root.append(h("div", { class: "field" }, h("label", { for: "post" }, "切换岗位（代班时使用）"), pick));
  }
  let map = null;
  if (list.length && window.WanggeMap) {
    const box = h("div", {}), names = h("div", {});
    root.append(box, h("h2", {}, `网格 ${list.length} 个`), names);
    const todos = boot().todos.length;
    map = window.WanggeMap(box, { cells: boot().cells, tileUrl: document.body.dataset.tiles, label: "我的网格", fitWords: "我的网格", list: names, select: (what) => what.kind === "cell" && toast(`${what.name}${list.length === 1 && todos ? `，待办 ${todos} 件` : ""}`) });
  } else root.append(empty("这个岗位没有网格。", "网格员、网格长的岗位会在这里显示责任网格。"));
  root.append(h("h2", {}, "账号"), h("button", { class: "btn wide", type: "button", onclick: async () => {
    const waiting = (await outbox.of(account())).filter((r) => r.status === "waiting").length;
    if (waiting && !window.confirm(`还有 ${waiting} 条待发送。退出后仍保存在本机，下次用本账号登录时再发送；下载的居民信息会清除。退出吗？`)) return;
    if (await leave()) location.href = "/login?next=/pocket/"; else toast("没有连上服务器，暂时不能退出。");
  } }, "退出登录"));
  return () => map?.remove();
}

export async function queue(root, go) {
  const said = status(), rows = (await outbox.of(account())).sort((a, b) => b.seq - a.seq);
  if (signedOut() || said.login) root.append(login());
  root.append(h("div", { class: "sync", "data-tone": said.tone }, h("span", {}, said.words)));
  if (said.waiting) root.append(h("p", {}, h("button", { class: "btn wide", type: "button", onclick: async () => { await sync(); toast(status().words); } }, "现在发送")));
  if (!rows.length) root.append(empty("没有发送记录。", "上报和办理后，每一条的结果会列在这里，保留一周。"));
  root.append(h("ul", { class: "rows", id: "queue" }, rows.map((r) => {
    const words = { waiting: "待发送", done: "已发送", refused: "未被接收" }[r.status], tone = { waiting: "blue", done: "green", refused: "red" }[r.status];
    const line = h("div", { class: "row", "data-status": r.status }, h("span", { class: "t" }, r.label), h("span", { class: "tag", "data-tone": tone }, words),
      h("span", { class: "m" }, r.result?.sentence || "保存在本机，尚未发送。", h("br"), when(new Date(r.at).toISOString())));
    const acts = h("p", { class: "actions" });
    if (r.status === "done" && r.result.number) acts.append(h("a", { class: "btn", href: `#/case/${r.result.number}` }, "查看"));
    if (r.status === "refused" && r.kind === "report") acts.append(h("button", { class: "btn btn-primary", type: "button", onclick: async () => { await reopen(r, { ...r.draft }); await sync(); go(`#/report/${r.id}`); } }, "补充后重新上报"));
    if (r.status === "refused" && r.kind === "door") acts.append(h("a", { class: "btn btn-primary", href: `#/door/${r.target}` }, "修改后重新提交"));
    if (r.status === "refused" && r.kind === "command") acts.append(h("a", { class: "btn", href: `#/case/${r.body.number}` }, "核对后重办"));
    if (r.status === "refused") acts.append(h("button", { class: "btn", type: "button", onclick: async () => { if (window.confirm("删除后不能找回。删除这条记录吗？")) { await withdraw(r); go("#/sync", true); } } }, "删除"));
    const open = (r.result?.results || []).filter((one) => ["waiting", "skipped"].includes(one.result));
    if (open.length) line.append(h("ul", { class: "m fields" }, open.map((one) => h("li", {}, h("b", {}, one.title), ` ${one.sentence}`))));
    return h("li", {}, line, r.status === "refused" && r.body.text ? h("p", { class: "say" }, `您填写的内容：${r.body.text}`) : "", acts.childNodes.length ? acts : "");
  })));
}
