/** What the phone keeps: drafts, photos, the queue, and a copy of the day's data. Written to disk before we say "saved". */
const NAME = "wangge-pocket", VERSION = 2;
export const FULL = "本机存储空间已满，这一步没有保存；先前保存的内容都在。请删除手机上不用的照片或应用，或连上网络等待发送完成后再试。";

let opening = null;
function open() {
  opening ||= new Promise((resolve, reject) => {
    const ask = indexedDB.open(NAME, VERSION);
    ask.onupgradeneeded = (event) => {
      const db = ask.result;
      if (event.oldVersion < 2) db.createObjectStore("held", { keyPath: ["account", "key"] });
      if (event.oldVersion >= 1) return;
      db.createObjectStore("meta", { keyPath: "key" });
      db.createObjectStore("drafts", { keyPath: "id" }).createIndex("account", "account");
      db.createObjectStore("files", { keyPath: ["account", "sha"] });
      db.createObjectStore("outbox", { keyPath: "seq", autoIncrement: true }).createIndex("account", "account");
      db.createObjectStore("cache", { keyPath: ["account", "key"] });
    };
    ask.onsuccess = () => {
      const db = ask.result;
      db.onversionchange = () => { db.close(); opening = null; };
      db.onclose = () => { opening = null; };
      resolve(db);
    };
    ask.onerror = () => { opening = null; reject(ask.error); };
    ask.onblocked = () => { opening = null; reject(new Error("blocked")); };
  });
  return opening;
}

/** Run `work(store, …)` in one transaction; resolves with its value once everything is on the disk. */
export async function transact(names, mode, work) {
  const db = await open();
  return new Promise((resolve, reject) => {
    const tx = db.transaction(names, mode, { durability: "strict" });
    let value, failed = null;
    tx.oncomplete = () => resolve(value);
    tx.onerror = (event) => { failed ||= event.target.error; };
    tx.onabort = () => reject(explain(failed || tx.error));
    const fail = (error) => { failed = error; try { tx.abort(); } catch { reject(explain(error)); } };
    try {
      const result = work(...names.map((n) => tx.objectStore(n)));
      if (result && "onsuccess" in result) result.onsuccess = () => { value = result.result; };
      else value = result;
    } catch (error) { fail(error); }
  });
}
function explain(error) {
  if (error?.name === "QuotaExceededError") { const full = new Error(FULL); full.name = "QuotaExceededError"; return full; }
  return error || new Error("storage");
}
const one = (store, key) => transact([store], "readonly", (s) => s.get(key));
const put = (store, value) => transact([store], "readwrite", (s) => { s.put(value); });
const drop = (store, key) => transact([store], "readwrite", (s) => { s.delete(key); });
const of = (store, account) => transact([store], "readonly", (s) => s.index("account").getAll(IDBKeyRange.only(account)));

export const meta = { get: async (key) => (await one("meta", key))?.value, set: (key, value) => put("meta", { key, value }), drop: (key) => drop("meta", key) };
export const cache = { get: async (account, key) => (await one("cache", [account, key])) || null, set: (account, key, value) => put("cache", { account, key, value, at: Date.now() }) };
export const drafts = { get: (id) => one("drafts", id), put: (draft) => put("drafts", draft), drop: (id) => drop("drafts", id), of: (account) => of("drafts", account) };
export const files = { get: (account, sha) => one("files", [account, sha]), put: (file) => put("files", file), drop: (account, sha) => drop("files", [account, sha]) };
export const outbox = { of: (account) => of("outbox", account), put: (row) => put("outbox", row), drop: (seq) => drop("outbox", seq) };

/** Move a draft into the queue in one step: after it there is a queued item and no draft, or the other way round. */
export const enqueue = (row, draftId) => transact(["outbox", "drafts"], "readwrite", (queue, kept) => {
  if (draftId) kept.delete(draftId);
  queue.add(row);
});
/** Back to a draft, to be completed and sent again under the same id. */
export const reopen = (row, draft) => transact(["outbox", "drafts"], "readwrite", (queue, kept) => { queue.delete(row.seq); kept.put(draft); });
/** An act at a door moves from its draft into the queue, or back, in one step. */
export const submit = (row, key) => transact(["outbox", "held"], "readwrite", (queue, held) => { held.delete([row.account, `draft:${key}`]); queue.add(row); });
export const takeBack = (row, key, value) => transact(["outbox", "held"], "readwrite", (queue, held) => {
  queue.delete(row.seq);
  held.put({ account: row.account, key: `draft:${key}`, value, at: Date.now() });
});

/** Drop sent files that nothing refers to any more, and results older than a week. */
export async function tidy(account) {
  const [rows, kept] = [await outbox.of(account), await drafts.of(account)];
  const needed = new Set([...rows.filter((r) => r.status !== "done").flatMap((r) => r.files), ...kept.flatMap((d) => draftFiles(d))]);
  const old = Date.now() - 7 * 86400000;
  await transact(["files", "outbox"], "readwrite", (store, queue) => {
    for (const row of rows) if (row.status === "done") {
      for (const sha of row.files) if (!needed.has(sha)) store.delete([account, sha]);
      if (row.done_at < old) queue.delete(row.seq);
    }
  });
}
export const draftFiles = (draft) => [...draft.photos, ...draft.result_photos, ...(draft.voice ? [draft.voice] : [])];
export const uuid = () => crypto.randomUUID();
