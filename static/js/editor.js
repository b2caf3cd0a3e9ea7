/* The editor of a post-mortem. Each part works by itself; without any of them the plain forms save. */
import { startSaving } from "./editor-saving.js";
import { startRows } from "./editor-rows.js";
import { startHelp } from "./editor-help.js";
import { startImages } from "./editor-images.js";

const editor = document.querySelector("[data-editor]");
if (editor) {
  const saving = startSaving(editor);
  startRows(editor, saving);
  startImages(editor, saving);
  startHelp(editor);
  const rail = document.getElementById("rail");
  document.getElementById("parts").append(rail.firstElementChild.cloneNode(true));
  for (const plain of editor.querySelectorAll("[data-plain-save]")) plain.hidden = true;
  // A link to a row ("needs an owner") goes on where something is missing.
  const row = location.hash && document.querySelector(`[data-row]${location.hash}`);
  if (row) [...row.querySelectorAll(":scope > div [data-field]")].find((cell) => !cell.value)?.focus();
  const summary = document.getElementById("answer-summary");
  if (summary && !summary.value && !location.hash && matchMedia("(min-width: 62em)").matches) {
    summary.focus({ preventScroll: true });
  }
}
