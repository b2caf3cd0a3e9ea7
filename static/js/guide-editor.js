/* Beside django-markdownx: what is typed stays in this browser until the server has it, its refusals are
   said in words, and the keys that markdownx takes away (Tab, Ctrl+D, Ctrl+[) stay the browser's own. */
import { draftsOf } from "./editor-drafts.js";
import { sourcesInPlace } from "./source-sheet.js";

const form = document.querySelector("form[data-guide]");
const editor = form.querySelector(".markdownx-editor");
const root = form.querySelector(".markdownx");
const preview = form.querySelector(".markdownx-preview");
const live = form.querySelector("[data-live]");
const pictures = form.querySelector("[data-pictures]");
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

/* What leads away from the preview opens beside the editor. */
sourcesInPlace(preview);
preview.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  if (link && !link.getAttribute("href").startsWith("#")) Object.assign(link, { target: "_blank", rel: "noopener noreferrer" });
});

/* Pictures: a refusal is said, and markdownx's own words leave the text again. */
const refused = (event) => {
  const [answer] = event.detail ?? [];
  pictures.textContent = errorOf(answer) || "No connection. The picture was not stored.";
  setTimeout(() => {
    const at = editor.value.lastIndexOf(INVALID, editor.selectionEnd);
    if (at >= 0) editor.setRangeText("", at, at + INVALID.length, "start");
    keep();
  });
};
root.addEventListener("markdownx.fileUploadError", refused);
root.addEventListener("fileUploadError", refused);
root.addEventListener("markdownx.fileUploadEnd", () => {
  pictures.textContent = "The picture is in the text. Say what it shows, once as its title and once in words.";
  keep();
});

/* What was typed, in the text and about it. A save adds keys to headings, and perhaps a picture at the end: still
   the same words. Nothing was saved where the text still stands on the version it was typed on. */
const unsaved = "unsaved" in form.dataset;
const { version, edition } = form.elements;
const standing = () => `${version.value}:${edition.value}`;
const fields = [...form.elements].filter(({ name, type }) => name && !["hidden", "file", "submit"].includes(type));
const given = ({ options, defaultValue }) =>
  options ? ([...options].find((option) => option.defaultSelected) ?? options[0]).value : defaultValue;
const keep = () => {
  for (const field of fields) {
    // What is still offered waits for an answer, whatever is typed elsewhere.
    const offered = !offer.hidden && waiting.some(({ target }) => target === field.name);
    if (field.value === given(field) && !unsaved) offered || drafts.drop(field.name);
    else drafts.keep(field.name, standing(), field.value);
  }
};
const PICTURE = /^\s*::figure [^\n]+\s+:::twin\n[^\n]+\n:::$/;
const words = (text) => text.replace(/\s*\{#[^}\n]*\}/g, "").trim();
// PostgreSQL keeps the lines of a list of pairs in an order of its own.
const bare = (text) => text.split("\n").map((line) => line.replace(/\s/g, "")).sort().join("");
const arrived = ({ base, text }, field) => {
  if (field !== editor) return bare(text) === bare(field.value);
  if (base === standing()) return text.trim() === editor.value.trim();
  const [typed, there] = [words(text), words(editor.value)];
  return typed === there || (typed && there.startsWith(typed) && PICTURE.test(there.slice(typed.length)));
};
const offer = form.querySelector("[data-offer]");
const waiting = unsaved ? [] : drafts.all().filter((kept) => {
  const field = fields.find(({ name }) => name === kept.target);
  if (field && !arrived(kept, field)) return true;
  drafts.drop(kept.target);
  return false;
});
if (unsaved) keep();
offer.hidden = !waiting.length;
offer.querySelector("[data-offer-take]").addEventListener("click", () => {
  for (const { target, text } of waiting) form.elements[target].value = text;
  const { base } = waiting.find(({ target }) => target === "body") ?? waiting[0];
  [version.value, edition.value] = base.split(":"); // so that what others saved since is not saved over
  if (waiting.some(({ target }) => target !== "body")) form.querySelector(".guide-editor__about").open = true;
  editor.dispatchEvent(new Event("input", { bubbles: true }));
  offer.hidden = true;
});
offer.querySelector("[data-offer-drop]").addEventListener("click", () => {
  for (const { target } of waiting) drafts.drop(target);
  offer.hidden = true;
});
form.addEventListener("input", keep);
