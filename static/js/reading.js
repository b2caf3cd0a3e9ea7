/* Notices which sections were seen and where the reader is. Off when the person or the site says so.
   A section is seen when its first and last block were in view and it had active time of at least
   max(2 s, min(25 % of its estimate, 60 s)). Events wait in this browser until the server has them. */
import { uuid7 } from "./reading-ids.js";

const article = document.querySelector("[data-notice]");
const MOST = 50;
const STORE = `reading-${article.dataset.reader}`;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
const edition = Number(article.dataset.edition);
const read = () => {
  try { return JSON.parse(localStorage.getItem(STORE)) ?? []; } catch { return []; }
};
const write = (events) => {
  try { localStorage.setItem(STORE, JSON.stringify(events.slice(-500))); } catch { /* private mode: this page only */ }
};

const seconds = article.dataset.seconds.split(" ").map(Number);
const sections = [...article.querySelectorAll("[data-text]")].map((text, place) => {
  const node = text.parentElement;
  return {
    node, blocks: [...text.children], id: Number(node.querySelector("[form=marks]").value), seconds: seconds[place],
    first: false, last: false, active: 0, known: !node.querySelector(".mark-row :is(.mark--none, .chip)"),
  };
});
const edges = new Map();
const observer = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (isIntersecting) edges.get(target)?.forEach((mark) => mark());
}, { rootMargin: "0px 0px -8% 0px" });
const watch = (node, mark) => {
  edges.set(node, [...(edges.get(node) ?? []), mark]);
  observer.observe(node);
};
for (const section of sections.filter((s) => !s.known && s.blocks.length)) {
  watch(section.blocks[0], () => { section.first = true; });
  watch(section.blocks.at(-1), () => { section.last = true; });
}

let lastInput = performance.now();
let lastTick = performance.now();
let active = 0;
let moved = false;
const touched = () => { lastInput = performance.now(); };
for (const kind of ["scroll", "keydown", "pointerdown", "pointermove", "touchmove", "selectionchange"]) {
  document.addEventListener(kind, touched, { passive: true });
}
document.addEventListener("scroll", () => { moved = true; }, { passive: true });

const share = (section) => {
  const box = section.node.getBoundingClientRect();
  const seen = Math.min(box.bottom, innerHeight) - Math.max(box.top, 0);
  return box.height > 0 ? clamp(seen / box.height, 0, 1) : 0;
};
const tick = () => {
  const now = performance.now();
  const passed = Math.min(now - lastTick, 2000); // a throttled tab does not earn minutes at once
  lastTick = now;
  if (document.visibilityState !== "visible" || !document.hasFocus()) return;
  const inView = sections.map((section) => [section, share(section)]).filter(([, part]) => part > 0);
  const text = inView.reduce((sum, [section, part]) => sum + section.seconds * part, 0);
  if (now - lastInput > clamp(1.5 * text, 30, 180) * 1000) return;
  active += passed;
  for (const [section] of inView) {
    section.active += passed;
    const enough = Math.max(2, Math.min(0.25 * section.seconds, 60)) * 1000;
    if (section.known || !section.first || !section.last || section.active < enough) continue;
    section.known = true;
    write([...read(), { id: uuid7(), section: section.id, edition, active_ms: Math.round(section.active), at: Date.now() }]);
  }
};

/* Where the reader is: the line at a third of the window. */
const place = () => {
  const line = innerHeight / 3;
  const here = sections.findLast((section) => section.node.getBoundingClientRect().top <= line) ?? sections[0];
  const box = here.node.getBoundingClientRect();
  const block = here.blocks.find((node) => node.getBoundingClientRect().bottom > line) ?? here.blocks[0];
  const quote = (block?.textContent ?? "").replace(/\s+/g, " ").trim().slice(0, 60);
  return { section: here.id, edition, ratio: clamp((line - box.top) / box.height, 0, 1), quote, at: Date.now() };
};
let sending = false;
const send = async () => {
  const events = read().slice(0, MOST);
  const where = moved && active > 2000;
  if (sending || (!events.length && !where)) return;
  sending = true;
  moved = false;
  const form = new FormData();
  form.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  form.set("batch", JSON.stringify({ sent_at: Date.now(), events, resume: where ? place() : null }));
  try {
    const answer = await fetch(article.dataset.notice, { method: "POST", body: form, keepalive: true, redirect: "error" });
    // 400 means that these events will never be taken: keeping them would block all later ones.
    if (answer.ok || answer.status === 400) {
      const sent = new Set(events.map((event) => event.id));
      write(read().filter((event) => !sent.has(event.id)));
    }
  } catch {
    moved = moved || where; // offline: the next batch brings it
  }
  sending = false;
};

setInterval(tick, 1000);
setInterval(send, 15000);
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") send();
  lastTick = performance.now();
});
addEventListener("pagehide", send);
send();
