/* Copies HTML and plain text together, so that tables stay tables: data-copy-rich="id of a template". */
const canWrite = Boolean(navigator.clipboard && window.ClipboardItem && window.isSecureContext);

for (const button of document.querySelectorAll("[data-copy-rich]")) {
  button.hidden = !canWrite;
  button.addEventListener("click", async () => {
    const html = document.getElementById(button.dataset.copyRich).innerHTML;
    const plain = document.getElementById(button.dataset.copyPlain).value;
    const before = button.textContent;
    try {
      const item = new ClipboardItem({
        "text/html": new Blob([html], { type: "text/html" }),
        "text/plain": new Blob([plain], { type: "text/plain" }),
      });
      await navigator.clipboard.write([item]);
      button.textContent = "Copied. Paste it into a page";
    } catch {
      button.textContent = "Not copied: take the Markdown below";
    }
    button.setAttribute("aria-live", "polite");
    setTimeout(() => { button.textContent = before; }, 3000);
  });
}
