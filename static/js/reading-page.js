/* Small comforts of the reading page: go on at the exact line, see a source in place, print, copy. */
import { sourcesInPlace } from "./source-sheet.js";

const article = document.querySelector("[data-reading]");

/* Beside the text the list stands open; above it, on a phone, it would push the text away. */
document.querySelector("[data-open-wide]").open = matchMedia("(min-width: 64em)").matches;

/* Resume: the remembered words first, then the share of the section, else its start. */
const button = document.querySelector("[data-resume]");
const remembered = () => {
  const section = document.getElementById(button.dataset.resume)?.closest("section");
  if (!section) return null;
  const words = (node) => node.textContent.replace(/\s+/g, " ").trim();
  const { quote, ratio, same } = button.dataset;
  const block = quote && [...section.querySelector("[data-text]").children].find((node) => words(node).startsWith(quote));
  const top = block ? block.getBoundingClientRect().top
    : section.getBoundingClientRect().top + (same ? Number(ratio) * section.offsetHeight : 0);
  return top + scrollY - innerHeight / 3;
};
const goOn = () => {
  const top = remembered();
  if (top !== null) scrollTo({ top: Math.max(0, top) });
};
if (button) {
  button.addEventListener("click", (event) => {
    event.preventDefault();
    history.replaceState(null, "", button.hash);
    goOn();
  });
  if (location.hash === `#${button.dataset.resume}`) addEventListener("load", () => requestAnimationFrame(goOn));
}

sourcesInPlace(article);

/* The heading one is at, in the list beside the text. */
const links = new Map([...document.querySelectorAll(".on-this-page a")].map((link) => [link.hash.slice(1), link]));
const sections = [...article.querySelectorAll(".reading__section")];
let waiting = false;
const spy = () => {
  waiting = false;
  // Section by section: to ask each heading would have the browser lay out all of a long guide at once.
  const above = (node) => node.getBoundingClientRect().top < innerHeight / 3;
  const section = sections.findLast(above);
  const here = section && ([...section.querySelectorAll(":is(h2, h3)[id]")].findLast(above) ?? sections[sections.indexOf(section) - 1]?.querySelector(":is(h2, h3)[id]"));
  for (const [key, link] of links) {
    if (key === here?.id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  }
};
addEventListener("scroll", () => { if (!waiting) { waiting = true; requestAnimationFrame(spy); } }, { passive: true });
spy();

/* Take it away. */
const print = document.querySelector("[data-print]");
print.addEventListener("click", () => window.print());
if (new URLSearchParams(location.search).has("print")) addEventListener("load", () => window.print());

const fetched = async (address) => {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.text();
};
const pageAsHtml = () => {
  const page = document.createElement("div");
  for (const part of article.querySelectorAll("h1, [data-text], .reading__sources")) page.append(part.cloneNode(true));
  for (const control of page.querySelectorAll(".no-print")) control.remove();
  for (const figure of page.querySelectorAll("figure")) figure.replaceWith(...figure.querySelectorAll(".figure__title, .twin"));
  for (const claim of page.querySelectorAll("a.claim")) claim.replaceWith(` [${claim.textContent}]`);
  for (const block of page.querySelectorAll(".block")) {
    const quote = document.createElement("blockquote");
    quote.append(...block.childNodes);
    block.replaceWith(quote);
  }
  for (const label of page.querySelectorAll(".block__label, .figure__title, .mirror__figure")) {
    const strong = document.createElement("strong");
    strong.append(...label.childNodes);
    label.append(strong);
  }
  for (const link of page.querySelectorAll("a[href]")) link.setAttribute("href", link.href);
  return page.innerHTML;
};
/* The parts may still be on their way: browsers want the write itself in the moment of the press. */
const write = async (html, plain) => {
  const blob = async (text, type) => new Blob([await text], { type });
  await navigator.clipboard.write([new ClipboardItem({ "text/html": blob(html, "text/html"), "text/plain": blob(plain, "text/plain") })]);
};
const offer = (button, parts) => {
  button.disabled = !(window.isSecureContext && navigator.clipboard?.write && window.ClipboardItem);
  button.addEventListener("click", async () => {
    const before = button.textContent;
    try {
      await write(...parts());
      button.textContent = "Copied. Paste it into a page";
    } catch {
      button.textContent = "Not copied: use Markdown instead";
    }
    button.setAttribute("aria-live", "polite");
    setTimeout(() => { button.textContent = before; }, 3000);
  });
};
const page = document.querySelector("[data-copy-page]");
offer(page, () => [pageAsHtml(), fetched(page.dataset.copyPage)]);

/* The empty form, where a guide offers one to download. */
const form = article.querySelector('[data-text] a[href$="?as=form"]');
if (form) {
  const row = Object.assign(document.createElement("p"), { className: "no-print" });
  const button = Object.assign(document.createElement("button"), { type: "button", className: "button button--small", textContent: "Copy the form for Notion" });
  row.append(button);
  form.closest("p").after(row);
  offer(button, () => [fetched(`${form.href}-html`), fetched(form.href)]);
}
