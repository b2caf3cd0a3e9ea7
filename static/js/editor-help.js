/* Help follows the focus: beside the text on wide screens, as a sheet on narrow ones. It is fetched once. */
export const startHelp = (editor) => {
  const panel = editor.querySelector("[data-help-panel]");
  const sheet = document.querySelector("[data-help-sheet]");
  const wide = matchMedia("(min-width: 75em)");
  const helps = new Map();
  let shown = null;
  let here = editor.querySelector('[data-part="summary"]') ?? editor.querySelector("[data-part]");

  const partOf = (element) => element.closest("[data-part]")?.dataset.part;
  const fill = (place, part) => {
    place.replaceChildren(...helps.get(part).cloneNode(true).children);
    window.htmx?.process(place);
  };
  const follow = (element) => {
    here = element;
    const part = partOf(element);
    for (const link of document.querySelectorAll(".parts a")) {
      if (link.hash === `#part-${part}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (!wide.matches || shown === part || !helps.has(part)) return;
    shown = part;
    fill(panel, part);
  };
  const load = async () => {
    const answer = await fetch(editor.dataset.helpUrl, { headers: { "HX-Request": "true" } });
    if (!answer.ok) return;
    const all = Object.assign(document.createElement("template"), { innerHTML: await answer.text() });
    for (const help of all.content.querySelectorAll("[data-help]")) helps.set(help.dataset.help, help);
    follow(here);
  };

  editor.dataset.guided = "";
  editor.addEventListener("focusin", (event) => follow(event.target));
  document.addEventListener(
    "click",
    (event) => {
      const part = event.target.closest("a[data-sheet='help']") && partOf(event.target);
      if (!part) return;
      if (helps.has(part)) fill(sheet, part);
      else event.stopPropagation(); // not here yet: the link opens the page of the help
    },
    true,
  );
  load().catch(() => {});
  follow(here);
};
