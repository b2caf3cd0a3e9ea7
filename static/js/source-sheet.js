/* Sources: the same card as at the end of the text, without losing the place. */
export const sourcesInPlace = (text) => {
  const sheet = Object.assign(document.createElement("dialog"), { className: "sheet" });
  sheet.setAttribute("aria-labelledby", "source-title");
  sheet.innerHTML = `<div class="sheet__head"><h2 id="source-title">Where this comes from</h2>
    <button type="button" class="button button--quiet" data-source-close>Close</button></div><div data-source-body></div>`;
  text.after(sheet);
  text.addEventListener("click", (event) => {
    const claim = event.target.closest("a.claim");
    const id = claim?.hash.slice(1);
    const source = id && document.querySelector(`[data-claim="${CSS.escape(id)}"]`);
    if (!source || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    const body = sheet.querySelector("[data-source-body]");
    body.replaceChildren(...[...source.childNodes].map((node) => node.cloneNode(true)));
    sheet.showModal();
    sheet.addEventListener("close", () => claim.focus(), { once: true });
  });
  sheet.addEventListener("click", (event) => {
    if (event.target === sheet || event.target.closest("[data-source-close]")) sheet.close();
  });
};
