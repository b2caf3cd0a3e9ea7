/* On opening a post-mortem: text that never reached the server is offered again. */
export const offerDrafts = (editor, drafts, { control, read, putBack }) => {
  const waiting = drafts.all().filter(({ target, text }) => {
    const element = control(target);
    if (!element || read(element) !== text) return true;
    drafts.drop(target);
    return false;
  });
  if (!waiting.length) return;
  const names = waiting.map(({ target }) => {
    const element = control(target);
    const label = element && document.querySelector(`label[for="${element.id}"]`);
    return element?.closest("[data-part]")?.querySelector("h2")?.textContent ?? label?.textContent ?? "a row";
  });
  const which = [...new Set(names)].join(", ");
  const box = Object.assign(document.createElement("div"), { className: "message message--warning", role: "status" });
  box.dataset.offer = "";
  box.innerHTML = `<div><p></p><p class="cluster"><button class="button button--small" type="button" data-offer-take>Put it back</button>
    <button class="button button--small button--quiet" type="button" data-offer-drop>Throw it away</button></p></div>`;
  document.getElementById("writing").before(box);
  box.querySelector("p").textContent = `Text you typed here did not reach the server: ${which}. It is kept in this browser.`;
  const close = (each) => {
    waiting.forEach(each);
    box.remove();
  };
  box.querySelector("[data-offer-take]").addEventListener("click", () => close(putBack));
  box.querySelector("[data-offer-drop]").addEventListener("click", () => close(({ target }) => drafts.drop(target)));
};
