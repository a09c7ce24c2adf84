{% autoescape off %}/* Keeps the shell on the phone. Data never pass through here: they have their own store, with an owner. */
"use strict";
const CACHE = "pocket-{{ version }}";
const SHELL = ["/pocket/", "/pocket/manifest.webmanifest"{% for url in urls %}, "{{ url }}"{% endfor %}];

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL.map((url) => new Request(url, { cache: "reload" })))));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter((n) => n.startsWith("pocket-") && n !== CACHE).map((n) => caches.delete(n))))
    .then(() => self.clients.claim()));
});
// The page says when: a new version never takes over in the middle of a report.
self.addEventListener("message", (event) => { if (event.data === "use") self.skipWaiting(); });
self.addEventListener("fetch", (event) => {
  const { request } = event, url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  const key = request.mode === "navigate" && url.pathname === "/pocket/" ? "/pocket/" : url.pathname;
  if (!SHELL.includes(key)) return;
  event.respondWith(caches.open(CACHE).then((cache) => cache.match(key)).then((kept) => kept || fetch(request)));
});
{% endautoescape %}
