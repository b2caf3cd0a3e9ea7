/* Copies text on press: data-copy="text", or data-copy-from="id of an element". Hidden until it works. */
const supported = Boolean(navigator.clipboard && window.isSecureContext);

const reveal = (root) => {
  if (!supported) return;
  for (const button of root.querySelectorAll("[data-copy][hidden], [data-copy-from][hidden]")) button.hidden = false;
};
const textOf = (button) => {
  if (button.dataset.copy) return button.dataset.copy;
  const source = document.getElementById(button.dataset.copyFrom);
  return source ? (source.value ?? source.textContent) : "";
};

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy], [data-copy-from]");
  if (!button || !supported) return;
  event.preventDefault();
  const label = button.querySelector("[data-copy-label]") ?? button;
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText(textOf(button));
    label.textContent = "Copied";
    button.classList.add("copy-done");
  } catch {
    label.textContent = "Not copied: select the text instead";
  }
  button.setAttribute("aria-live", "polite");
  setTimeout(() => {
    label.textContent = before;
    button.classList.remove("copy-done");
  }, 2000);
});

reveal(document);
document.addEventListener("htmx:afterSwap", (event) => reveal(event.target));
