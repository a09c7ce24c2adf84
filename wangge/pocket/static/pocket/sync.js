/** Sending: in order, once each, one tab at a time, never waiting without an end. The server knows every id, so a lost answer is no loss. */
import { files, meta, outbox, tidy, transact } from "./store.js";
import { boot, refresh } from "./session.js";
import { renew } from "./held.js";

const BATCH = 10, PATIENCE = { file: 60000, sync: 25000 };
const AGAIN = new Set(["busy", "unknown_file"]);
const listeners = new Set();
const channel = "BroadcastChannel" in self ? new BroadcastChannel("wangge-pocket") : null;
let said = { tone: "green", words: "没有待发送的内容", waiting: 0, refused: 0, login: false }, timer = 0, running = null, pause = 5000;

export const status = () => said;
export const onChange = (listener) => { listeners.add(listener); return () => listeners.delete(listener); };
function tell(local = true) {
  for (const listener of listeners) listener(said);
  if (local) channel?.postMessage("changed");
}
if (channel) channel.onmessage = () => look().then(() => tell(false));

async function look(why = "") {
  const account = boot()?.account.id, rows = account ? await outbox.of(account) : [];
  const waiting = rows.filter((r) => r.status === "waiting").length, refused = rows.filter((r) => r.status === "refused").length;
  const reason = why || said.why || "", login = waiting > 0 && reason === "login";
  const ending = { login: "请重新登录，登录后继续发送", other: "当前登录的是其他账号，请用原账号登录后发送", sending: "正在发送", slow: "网络不稳，稍后自动再发" }[reason] || (navigator.onLine ? "正在等待发送" : "有信号后自动发送");
  const words = waiting ? `${waiting} 条待发送，${ending}` : refused ? `${refused} 条未被接收，请查看` : "内容已全部发送";
  const tone = login || (reason === "other" && waiting) ? "red" : refused ? "amber" : waiting ? "blue" : "green";
  said = { tone, words, waiting, refused, login, why: waiting ? reason : "" };
}

/** Look at the queue and say how it stands; send what waits. Safe to call at any time, from any tab. */
export function sync() {
  running ||= drain().finally(() => { running = null; });
  return running;
}

async function drain() {
  await look();
  tell(false);
  const account = boot()?.account.id;
  if (!account || !said.waiting) return;
  const work = () => send(account);
  const why = navigator.locks ? await navigator.locks.request(`pocket-sync-${account}`, work) : await work();
  await look(why || "none");
  if (!why) { said.why = ""; pause = 5000; await tidy(account).catch(() => {}); refresh().catch(() => {}); }
  tell();
  clearTimeout(timer);
  if (said.waiting && !["login", "other"].includes(why)) {
    timer = setTimeout(sync, pause);
    pause = Math.min(pause * 2, 60000);
  }
}

/** Send everything that waits; returns "" or why it stopped. */
async function send(account) {
  let renewed = false;
  for (;;) {
    const rows = (await outbox.of(account)).filter((r) => r.status === "waiting").sort((a, b) => a.seq - b.seq).slice(0, BATCH);
    if (!rows.length) return "";
    if (!navigator.onLine) return "offline";
    await look("sending");
    tell();
    const ready = [];
    let stop = "";
    for (const row of rows) {
      const answer = await sendFiles(account, row);
      if (answer.stop) { stop = answer.stop; break; }
      if (answer.refused) await settle(row, { ok: false, code: "file", sentence: answer.refused });
      else ready.push(row);
    }
    if (ready.length) {
      const answer = await post(account, ready);
      if (answer.stop === "token" && !renewed) { renewed = true; await refresh().catch(() => {}); continue; }
      if (answer.stop) return answer.stop === "token" ? "slow" : answer.stop;
      let again = false;
      for (const row of ready) {
        const result = answer.results.find((r) => r.id === row.id);
        if (!result) { again = true; continue; }
        if (!result.ok && AGAIN.has(result.code) && (row.tries || 0) < 5) {
          again = true;
          if (result.code === "unknown_file") for (const sha of row.files) await unsent(account, sha);
          await outbox.put({ ...row, tries: (row.tries || 0) + 1 });
        } else await settle(row, result);
      }
      if (again) return "slow";
    }
    if (stop === "token" && !renewed) { renewed = true; await refresh().catch(() => {}); continue; }
    if (stop) return stop === "token" ? "slow" : stop;
  }
}

/** Keep the answer. What was said of residents leaves the phone with the answer that it has arrived. */
async function settle(row, result) {
  const about = ["door", "visit"].includes(row.kind), { door, ...answer } = result;
  await outbox.put({ ...row, ...(about && result.ok ? { body: {}, draft: null } : {}), status: result.ok ? "done" : "refused", result: answer, done_at: Date.now() });
  if (about && result.ok && result.key) await renew(row.account, result.key, door).catch(() => {});
}
async function unsent(account, sha) { const file = await files.get(account, sha); if (file) await files.put({ ...file, sent: false }); }

async function ask(url, options, patience) {
  try {
    const answer = await fetch(url, { credentials: "same-origin", cache: "no-store", redirect: "manual", ...options,
      headers: { Accept: "application/json", "X-CSRFToken": boot()?.csrf || "", ...options.headers }, signal: AbortSignal.timeout(patience) });
    if (answer.status === 401 || answer.type === "opaqueredirect") return { stop: "login" };
    const body = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
    if (answer.status === 403 && !body.code) return { stop: "token" };
    if (body.code === "other_account") return { stop: "other" };
    if (answer.status === 429 || answer.status >= 500) return { stop: "slow" };
    return { ok: answer.ok, body };
  } catch { return { stop: navigator.onLine ? "slow" : "offline" }; }
}

async function sendFiles(account, row) {
  for (const sha of row.files) {
    const file = await files.get(account, sha);
    if (!file || file.sent) continue;
    const answer = await ask(`/pocket/files/${sha}`, { method: "PUT", body: file.bytes, headers: { "Content-Type": file.type } }, PATIENCE.file);
    if (answer.stop) return answer;
    if (!answer.ok) return { refused: answer.body.sentence || "照片未被接收，请重新拍摄后提交。" };
    await files.put({ ...file, sent: true });
  }
  return {};
}

async function post(account, rows) {
  const items = rows.map((r) => ({ ...r.body, id: r.id, seq: r.seq, kind: r.kind, files: r.files }));
  const answer = await ask("/pocket/sync", { method: "POST", body: JSON.stringify({ account, items }), headers: { "Content-Type": "application/json" } }, PATIENCE.sync);
  if (answer.stop) return answer;
  if (!answer.ok || !answer.body.results) return { stop: "slow" };
  return { results: answer.body.results };
}

/** Withdraw an item that the server has not taken. False when it has just been sent. */
export async function withdraw(row) {
  let gone = false;
  const work = () => transact(["outbox"], "readwrite", (queue) => {
    const asked = queue.get(row.seq);
    asked.onsuccess = () => { if (asked.result && asked.result.status !== "done") { queue.delete(row.seq); gone = true; } };
  });
  await (navigator.locks ? navigator.locks.request(`pocket-sync-${row.account}`, work) : work());
  await look();
  tell();
  return gone;
}

export function start() {
  addEventListener("online", () => { pause = 5000; sync(); });
  addEventListener("offline", () => look("offline").then(() => tell(false)));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { pause = 5000; sync(); } });
  navigator.storage?.persist?.().catch(() => {});
  return meta.get("current").then(() => sync());
}
