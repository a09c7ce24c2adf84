/** Residents on the phone: taken along for a cell, shown without a signal, wiped at logout, for another account, and after seven days. */
import { meta, outbox, transact } from "./store.js";
import { boot, isKnown, known } from "./session.js";

const DAY = 86400000;
let asked = 0, newest = 0;
const account = () => boot().account.id;
async function get(key, who = account()) {
  await known();
  if (boot()?.account.id !== who) return null;
  return (await transact(["held"], "readonly", (s) => s.get([who, key]))) || null;
}
const put = (rows) => transact(["held"], "readwrite", (s) => { for (const row of rows) s.put(row); });

export const door = (key) => get(`door:${key}`).then((row) => row?.value || null);
export const pack = (cell) => get(`pack:${cell}`).then((row) => row?.value || null);
/** Visits and alarms of the day; null for a moment after opening, until it is known who holds the phone. */
export const day = async () => (isKnown() ? (await get("day"))?.value || null : null);
export const draft = (key) => get(`draft:${key}`).then((row) => row?.value || null);
export const keepDraft = (key, value) => put([{ account: account(), key: `draft:${key}`, value, at: Date.now() }]);
export const dropDraft = (key) => transact(["held"], "readwrite", (s) => { s.delete([account(), `draft:${key}`]); });

/** Everything of one kind that this account holds. */
export async function all(kind) {
  await known();
  if (!boot()) return [];
  const rows = await transact(["held"], "readonly", (s) => s.getAll(IDBKeyRange.bound([account(), `${kind}:`], [account(), `${kind};`])));
  return rows;
}

/** Nothing of anybody stays. Drafts go too: what was submitted is in the queue, which is not touched. */
export const wipe = () => transact(["held"], "readwrite", (s) => { s.clear(); });

/** Before anything is shown: another account's residents go, and so does what was taken along too long ago. */
export async function expire(now = Date.now()) {
  const rows = await transact(["held"], "readonly", (s) => s.getAll());
  const mine = boot()?.account.id, cells = new Map();
  for (const row of rows) if (row.key.startsWith("pack:")) cells.set(`${row.account} ${row.key.slice(5)}`, row);
  const gone = rows.filter((row) => {
    if (row.account !== mine) return true;
    if (row.key.startsWith("draft:")) return now - row.at > 7 * DAY;
    const of = row.cell ? cells.get(`${row.account} ${row.cell}`) : row;
    const limit = (of?.value?.keep_days || 7) * DAY, at = Math.min(row.at, of?.at || row.at);
    return now - at > limit || at - now > DAY;
  });
  if (gone.length) await transact(["held"], "readwrite", (s) => { for (const row of gone) s.delete([row.account, row.key]); });
  return gone.length;
}

async function page(url) {
  const answer = await fetch(url, { credentials: "same-origin", cache: "no-store", redirect: "manual", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(25000) });
  if (!answer.ok) {
    const body = (answer.headers.get("Content-Type") || "").includes("json") ? await answer.json() : {};
    throw new Error(answer.status === 401 || answer.type === "opaqueredirect" ? "登录已过期，请重新登录后下载。" : body.sentence || "没有下载成功，请稍后再试。");
  }
  return answer.json();
}

/** Take a cell along, page by page. Until the last page is here the old copy stands beside the new one; then the old one goes. */
export async function take(cell, tell = () => {}) {
  const who = account(), run = `${Date.now()}-${Math.random()}`;
  let after = "", first = null, count = 0;
  for (;;) {
    const found = await page(`/pocket/doors.json?cell=${cell}&after=${encodeURIComponent(after)}`);
    if (boot()?.account.id !== who || found.account !== who) throw new Error("账号已更换，下载已停止。");
    first ||= found;
    await put(found.rows.map((value) => ({ account: who, key: `door:${value.key}`, cell: String(cell), run, value, at: Date.now() })));
    count += found.rows.length;
    tell(count);
    if (!found.next) break;
    after = found.next;
  }
  const { rows, next, ...rest } = first;
  const old = (await all("door")).filter((row) => row.cell === String(cell) && row.run !== run && row.run !== "one");
  const single = (await all("door")).filter((row) => row.cell === String(cell) && row.run === "one" && row.at < Number(run.split("-")[0]));
  await transact(["held"], "readwrite", (s) => {
    for (const row of [...old, ...single]) s.delete([row.account, row.key]);
    s.put({ account: who, key: `pack:${cell}`, cell: String(cell), value: { ...rest, count }, at: Date.now() });
  });
  return count;
}

/** The server's answer to an act brings the door as it now stands. */
export async function renew(who, key, value) {
  const row = await get(`door:${key}`, who);
  if (!row) return; // wiped meanwhile, or another account
  if (value) await put([{ ...row, value, run: "one", at: Date.now() }]);
  else await transact(["held"], "readwrite", (s) => { s.delete([who, `door:${key}`]); });
}

/** Visits that are due and alarms that are open; the old copy stands when there is no signal. */
export async function refreshDay() {
  const who = account(), turn = ++asked;
  try {
    const value = await page("/pocket/day.json");
    // An answer that was overtaken by a later one is old.
    if (boot()?.account.id !== who || value.account !== who || turn < newest) return false;
    newest = turn;
    await put([{ account: who, key: "day", value, at: Date.now() }]);
    return true;
  } catch { return false; }
}

/** What waits to be sent, by door or person. */
export async function waiting() {
  const found = new Map();
  for (const row of await outbox.of(account())) if (row.status !== "done" && row.target) found.set(row.target, row);
  return found;
}

/** Has the server taken an act with this id? */
export const arrived = async (id) => (await outbox.of(account())).some((row) => row.id === id && row.status === "done");

export const remember = (group) => meta.set(`doors-open-${account()}`, group);
export const remembered = () => meta.get(`doors-open-${account()}`);
