/* Beside django-markdownx: what is typed stays in this browser until the server has it, its refusals are
   said in words, and the keys that markdownx takes away (Tab, Ctrl+D, Ctrl+[) stay the browser's own. */
import { draftsOf } from "./editor-drafts.js";

const form = document.querySelector("form[data-guide]");
const editor = form.querySelector(".markdownx-editor");
const root = form.querySelector(".markdownx");
const preview = form.querySelector(".markdownx-preview");
const live = form.querySelector("[data-live]");
const drafts = draftsOf(form.dataset.person, `guide-${form.dataset.guide}`);
const INVALID = "Invalid response"; // what markdownx writes into the text when an upload is refused
let lastGood = preview.innerHTML;

const say = (words) => {
  live.textContent = words;
};
const errorOf = (answer) => {
  if (answer && typeof answer === "object") return answer.error ?? "";
  try {
    return JSON.parse(answer).error ?? "";
  } catch {
    return /^\s*<(!doctype|html)/i.test(answer ?? "") || !answer ? "The server did not answer as it should. What you type is kept." : "";
  }
};

/* Keys: a trap for the keyboard otherwise. Ctrl+S saves. */
root.addEventListener("keydown", (event) => {
  const command = event.ctrlKey || event.metaKey;
  if (event.key === "Tab" || (command && "d[]".includes(event.key))) event.stopPropagation();
  if (command && event.key === "s") {
    event.preventDefault();
    form.requestSubmit(form.querySelector('[name="then"][value="stay"]'));
  }
}, true);

/* The preview: what is no preview is said above it, and the last one stays. */
root.addEventListener("markdownx.update", (event) => {
  const [answer] = event.detail ?? [];
  const error = answer === "" ? "" : errorOf(answer);
  say(error);
  if (error) preview.innerHTML = lastGood;
  else lastGood = preview.innerHTML;
});
root.addEventListener("markdownx.updateError", () => say("No connection. The preview waits; what you type is kept."));

/* The preview follows the text, by the share that is scrolled past. */
editor.addEventListener("scroll", () => {
  const share = editor.scrollTop / Math.max(1, editor.scrollHeight - editor.clientHeight);
  preview.scrollTop = share * (preview.scrollHeight - preview.clientHeight);
}, { passive: true });

/* Pictures: a refusal is said, and markdownx's own words leave the text again. */
const refused = (event) => {
  const [answer] = event.detail ?? [];
  say(errorOf(answer) || "No connection. The picture was not stored.");
  setTimeout(() => {
    const at = editor.value.lastIndexOf(INVALID, editor.selectionEnd);
    if (at >= 0) editor.setRangeText("", at, at + INVALID.length, "start");
    keep();
  });
};
root.addEventListener("markdownx.fileUploadError", refused);
root.addEventListener("fileUploadError", refused);
root.addEventListener("markdownx.fileUploadEnd", () => {
  say("The picture is in the text. Say what it shows, once as its title and once in words.");
  keep();
});

/* What was typed. A save adds keys to headings, and perhaps a picture at the end: still the same words. */
const unsaved = "unsaved" in form.dataset;
const { version, edition } = form.elements;
const keep = () => {
  if (editor.value === editor.defaultValue && !unsaved) drafts.drop("body");
  else drafts.keep("body", `${version.value}:${edition.value}`, editor.value);
};
const words = (text) => text.replace(/\s*\{#[^}\n]*\}/g, "").trim();
const arrived = (text) => words(text) === words(editor.value) || (words(text) && words(editor.value).startsWith(words(text)));
editor.addEventListener("input", keep);
const offer = form.querySelector("[data-offer]");
const kept = drafts.all().find(({ target }) => target === "body");
if (unsaved) keep();
else if (kept && arrived(kept.text)) drafts.drop("body");
else if (kept) offer.hidden = false;
offer.querySelector("[data-offer-take]").addEventListener("click", () => {
  editor.value = kept.text;
  [version.value, edition.value] = kept.base.split(":"); // so that what others saved since is not saved over
  editor.dispatchEvent(new Event("input", { bubbles: true }));
  offer.hidden = true;
});
offer.querySelector("[data-offer-drop]").addEventListener("click", () => {
  drafts.drop("body");
  offer.hidden = true;
});
