/* Asks before leaving a page with a changed form marked data-guard. Before such a form is sent, the server is
   asked who is signed in: nobody, somebody else or no answer, and the page stays with what was typed. */
import { csrf } from "./editor-requests.js";

const SIGN_IN = "/accounts/login/";
const changed = new Set();
const asking = new Set();
const ready = new Set();

/* Everybody has this page, and it names its person; without one it leads to the sign-in. */
const PROFILE = "/settings/profile/";
const person = async () => {
  const answer = await fetch(PROFILE, { redirect: "manual", cache: "no-store" });
  if (answer.status >= 500) throw new Error(answer.status);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  return page.body.dataset.person ?? "";
};
const say = (form, ...words) => {
  form.querySelector("[data-not-sent]")?.remove();
  if (!words.length) return;
  const box = Object.assign(document.createElement("div"), { className: "message message--warning" });
  box.dataset.notSent = "";
  box.setAttribute("role", "alert");
  box.append(document.createElement("p"));
  box.firstChild.append("Nothing is sent yet, and what you typed stays here. ", ...words);
  form.querySelector(".editor-bar, .form__actions").after(box);
  box.scrollIntoView({ block: "center" });
};
const link = (textContent) => Object.assign(document.createElement("a"), { href: SIGN_IN, target: "_blank", textContent });
const ask = async (form, button) => {
  if (asking.has(form)) return;
  asking.add(form);
  try {
    const now = await person();
    if (now && now !== document.body.dataset.person) {
      say(form, "Somebody else is signed in here now: please ", link("sign in as yourself in another tab"), ", then press again.");
    } else if (now) {
      say(form);
      form.elements.csrfmiddlewaretoken.value = csrf(); // whoever signed in meanwhile has another one
      ready.add(form);
      form.requestSubmit(button);
    } else say(form, "You are signed out: please ", link("sign in in another tab"), ", then press again.");
  } catch {
    say(form, "There is no connection: please try again in a moment.");
  }
  asking.delete(form);
};

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) changed.add(form);
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.matches("[data-guard]") && !ready.delete(form)) {
    event.preventDefault();
    ask(form, event.submitter);
  } else changed.delete(form);
});
window.addEventListener("beforeunload", (event) => {
  for (const form of changed) if (form.isConnected) event.preventDefault();
});
