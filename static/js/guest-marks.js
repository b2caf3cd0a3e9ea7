/* A guest's marks stay in this browser. After sign-in they are offered once, to be kept or forgotten. */
import { uuid7 } from "./reading-ids.js";

const STORE = "reading-guest";
const load = () => {
  try { return JSON.parse(localStorage.getItem(STORE)) ?? {}; } catch { return {}; }
};
const save = (marks) => {
  try {
    if (Object.keys(marks).length) localStorage.setItem(STORE, JSON.stringify(marks));
    else localStorage.removeItem(STORE);
  } catch { /* private mode: this page only */ }
};

/* Without signing in: mark, and take the mark back. */
const article = document.querySelector("[data-reading]");
for (const row of document.querySelectorAll("[data-guest]")) {
  const [said, button] = row.children;
  const section = row.dataset.guest;
  const heading = row.parentElement.querySelector("h2, h3")?.textContent ?? "the beginning";
  const show = () => {
    const read = section in load();
    said.textContent = read ? "Read, kept in this browser" : "Not read";
    button.textContent = read ? "Take the mark back" : "Mark as read";
    button.setAttribute("aria-label", `${button.textContent}: ${heading}`);
  };
  button.addEventListener("click", () => {
    const marks = load();
    if (section in marks) delete marks[section];
    else marks[section] = { id: uuid7(), edition: Number(article.dataset.edition), at: Date.now() };
    save(marks);
    show();
  });
  show();
  row.hidden = false;
}

/* Signed in: "You read 6 sections before signing in. Keep them?" */
const page = document.querySelector("[data-keep]");
const waiting = page ? Object.keys(load()).length : 0;
if (waiting) {
  const offer = Object.assign(document.createElement("form"), { className: "message", action: page.dataset.keep });
  offer.dataset.guestOffer = "";
  offer.innerHTML = `<div class="cluster"><p role="status"></p><button class="button button--small">Keep them</button>
    <button type="button" class="button button--small" data-guest-forget>No, forget them</button></div>`;
  document.getElementById("messages").after(offer);
  const says = offer.querySelector("p");
  says.textContent = `You read ${waiting === 1 ? "one section" : `${waiting} sections`} before signing in. Keep ${waiting === 1 ? "it" : "them"}?`;
  offer.querySelector("[data-guest-forget]").addEventListener("click", () => {
    save({});
    offer.remove();
  });
  offer.addEventListener("submit", async (event) => {
    event.preventDefault();
    const sent = load();
    const marks = Object.entries(sent).slice(0, 250).map(([section, mark]) => ({ section: Number(section), ...mark }));
    const form = new FormData();
    form.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
    form.set("marks", JSON.stringify({ sent_at: Date.now(), marks }));
    try {
      const answer = await fetch(offer.action, { method: "POST", body: form, redirect: "error" });
      if (!answer.ok && answer.status !== 400) throw new Error(answer.status);
      save({});
      location.reload();
    } catch {
      says.textContent = "Not kept yet: the portal did not answer. Your marks are still in this browser.";
    }
  });
}
