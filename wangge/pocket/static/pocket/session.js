/** Who holds the phone, and the copy of the day's data that belongs to them. A second account never sees the first one's. */
import { cache, meta, transact } from "./store.js";

let data = null, kept = 0, out = false, first = null;
const listeners = new Set();
export const boot = () => data;
export const keptAt = () => kept;
export const signedOut = () => out;
export const onBoot = (listener) => listeners.add(listener);

/** Open with what the phone has; null when nobody has ever logged in here. */
export async function restore() {
  const account = await meta.get("current");
  if (!account) return null;
  const found = await cache.get(account, "bootstrap");
  if (found) { data = found.value; kept = found.at; }
  return data;
}

/** Residents are shown only once it is known who holds the phone: the first answer, or that there is none for now. */
export function begin() {
  const answer = refresh();
  first = Promise.race([answer, new Promise((done) => setTimeout(done, navigator.onLine ? 4000 : 0))]).then(() => { first = null; });
  return answer;
}
export const isKnown = () => first === null;
export const known = async () => { await first; };

/** Fetch the day's data; true when it came. Throws nothing: without a signal the old copy stands. */
export async function refresh() {
  let answer;
  try {
    answer = await fetch("/pocket/bootstrap.json", { credentials: "same-origin", cache: "no-store", redirect: "manual", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(15000) });
  } catch { return false; }
  if (answer.status === 401 || answer.type === "opaqueredirect") { out = true; for (const l of listeners) l(); return false; }
  if (!answer.ok) return false;
  let fresh;
  try { fresh = await answer.json(); } catch { return false; }
  out = false;
  // Somebody else holds the phone now: the residents of the one before them go before anything is shown.
  if ((await meta.get("current")) !== fresh.account.id) await forget();
  data = fresh;
  kept = Date.now();
  await meta.set("current", fresh.account.id);
  await cache.set(fresh.account.id, "bootstrap", fresh).catch(() => {});
  for (const listener of listeners) listener();
  return true;
}

const forget = () => transact(["held"], "readwrite", (held) => { held.clear(); });

async function form(url, fields) {
  const body = new URLSearchParams(fields);
  return fetch(url, { method: "POST", body, credentials: "same-origin", redirect: "manual", headers: { "X-CSRFToken": data?.csrf || "", "Content-Type": "application/x-www-form-urlencoded" }, signal: AbortSignal.timeout(15000) });
}
export async function switchPost(id) {
  try { await form("/post/switch", { post: id, next: "/pocket/" }); } catch { return false; }
  return refresh();
}
export async function leave() {
  try { await form("/logout", {}); } catch { return false; }
  await meta.drop("current");
  await forget();
  data = null;
  return true;
}
