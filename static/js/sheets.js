/* Opens <dialog id="x"> from data-sheet="x" and gives focus and caret back to where the person was. */
let cameFrom = null;

const remember = () => {
  const field = document.activeElement;
  const hasCaret = field && "selectionStart" in field && field.selectionStart !== null;
  cameFrom = { field, start: hasCaret ? field.selectionStart : null, end: hasCaret ? field.selectionEnd : null };
};
const giveBack = () => {
  if (!cameFrom || !cameFrom.field || !cameFrom.field.isConnected) return;
  cameFrom.field.focus();
  if (cameFrom.start !== null) cameFrom.field.setSelectionRange(cameFrom.start, cameFrom.end);
  cameFrom = null;
};

/* A press moves the focus to the button before the click arrives, so the caret is noted earlier. */
document.addEventListener("pointerdown", (event) => {
  if (event.target.closest("[data-sheet]")) remember();
});
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-sheet]");
  if (opener) {
    const sheet = document.getElementById(opener.dataset.sheet);
    if (!sheet || typeof sheet.showModal !== "function") return;
    event.preventDefault();
    if (!cameFrom) remember();
    sheet.showModal();
    return;
  }
  const sheet = event.target.closest("dialog");
  if (!sheet) return;
  if (event.target === sheet || event.target.closest("[data-close]")) sheet.close();
  else if (event.target.closest("a[href^='#']")) {
    cameFrom = null;
    sheet.close();
  }
});
document.addEventListener("close", giveBack, true);
