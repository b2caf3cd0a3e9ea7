/* Saves each field about 0.8 s after typing stops. Text leaves the browser's keeping only when the server has it. */
import { draftsOf } from "./editor-drafts.js";
import { newKey, post } from "./editor-requests.js";
import { offerDrafts } from "./editor-offer.js";

const PAUSE = 800;
const LONGEST_WAIT = 30_000;

export const startSaving = (editor) => {
  const { review, person, url, signIn } = editor.dataset;
  const drafts = draftsOf(person, review);
  const states = new Map();
  const saved = document.getElementById("saved");
  let wait = 1000;
  let retry = null;

  const hiddenBase = (target) => editor.querySelector(`input[name="b:${CSS.escape(target)}"]`);
  const control = (target) =>
    editor.querySelector(`[data-field][name="f:${CSS.escape(target)}"], [data-many="${CSS.escape(target)}"]`);
  const read = (element) =>
    element.dataset.many
      ? [...element.querySelectorAll("input:checked")].map((box) => box.value).join(", ")
      : element.value;
  const targetOf = (element) => element.dataset.many ?? element.name.slice(2); // "f:" and the target
  const stateOf = (target) => {
    if (!states.has(target)) states.set(target, { base: hiddenBase(target)?.value ?? "", open: null, shown: null });
    return states.get(target);
  };

  const tell = (kind, text) => {
    saved.dataset.saved = kind;
    saved.className = `saved${kind === "waiting" || kind === "failed" ? ` saved--${kind}` : ""}`;
    saved.textContent = text;
  };
  const signedOut = () => {
    tell("waiting", "You are signed out. Your text is kept in this browser. ");
    const link = Object.assign(document.createElement("a"), { href: signIn, target: "_blank", textContent: "Sign in" });
    saved.append(link);
  };
  const complain = (element, words) => {
    let place = document.getElementById(`${element.id}-error`);
    if (words && !place) {
      place = Object.assign(document.createElement("p"), { className: "field__error", id: `${element.id}-error`, role: "alert" });
      element[element.dataset.many ? "append" : "after"](place);
    }
    if (words) place.textContent = words;
    else place?.remove();
    element.toggleAttribute("aria-invalid", Boolean(words));
  };

  const markPart = (element) => {
    const part = element.closest("[data-part]")?.dataset.part;
    if (!part || part === "head") return;
    const texts = [...editor.querySelectorAll(`[data-part="${part}"] textarea[data-field]`)];
    const filled = texts.some((text) => text.value.trim());
    for (const link of document.querySelectorAll(`.parts [href="#part-${part}"]`)) {
      link.classList.toggle("is-filled", filled);
      link.querySelector("[data-part-says]").textContent = filled ? ", filled" : ", empty";
    }
  };

  const accept = (element, target, sentText, answer) => {
    const state = stateOf(target);
    const typedOn = read(element) !== sentText;
    // What is typed now grew out of the text that was sent, not out of what others joined to it meanwhile.
    state.base = typedOn ? sentText : answer.base;
    if (hiddenBase(target)) hiddenBase(target).value = state.base;
    complain(element, "");
    if (answer.times) editor.querySelector("[data-times-bar]").innerHTML = answer.times;
    if (answer.notice) element.title = answer.notice;
    if (typedOn) return schedule(element);
    drafts.drop(target);
    if (!element.dataset.many && answer.shown !== element.value) {
      if (document.activeElement === element && answer.outcome !== "merged") state.shown = answer.shown;
      else element.value = answer.shown;
    }
    markPart(element);
    return undefined;
  };
  const showConflict = (element, target, sentText, answer) => {
    editor.querySelector(`[data-conflict="${CSS.escape(target)}"]`)?.remove();
    const after = document.getElementById(`${element.id}-error`) ?? element;
    after.insertAdjacentHTML("afterend", answer.panel);
    tell("failed", "Two texts: please choose below the field");
    if (read(element) === sentText) drafts.drop(target); // the server keeps this text beside the other one
    else schedule(element);
  };
  const tryLater = () => {
    clearTimeout(retry);
    retry = setTimeout(() => sendAll(), wait);
    wait = Math.min(wait * 2, LONGEST_WAIT);
  };

  const send = async (element, options = {}) => {
    const target = targetOf(element);
    const state = stateOf(target);
    clearTimeout(state.timer);
    const text = read(element);
    if (state.busy) return;
    if (!state.open) {
      if (text === state.refused) return;
      if (text === state.base || text === state.settled) return void drafts.drop(target);
      state.open = { base: state.base, value: text, key: newKey() };
    }
    // A save without an answer goes first, as it was: the server may have it already and knows its key.
    const open = state.open;
    state.busy = true;
    drafts.keep(target, state.base, text, open);
    tell("saving", "Saving...");
    try {
      const { status, answer } = await post(url, { target, ...open }, options);
      state.busy = false;
      receive(element, target, open.value, status, answer);
    } catch {
      state.busy = false;
      tell("waiting", "Not sent yet, kept in this browser");
      tryLater();
    }
  };
  const receive = (element, target, text, status, answer) => {
    const state = stateOf(target);
    if (status === 200 || status === 409 || status === 422) {
      wait = 1000;
      state.open = null;
      state.refused = status === 422 ? text : null;
      state.settled = status === 200 ? answer.shown : status === 409 ? text : null;
    }
    if (status === 200) {
      tell("saved", answer.says);
      accept(element, target, text, answer);
    } else if (status === 409) showConflict(element, target, text, answer);
    else if (status === 422) {
      complain(element, answer.error);
      tell("failed", "One field is not saved; it says why");
      drafts.keep(target, state.base, read(element));
      if (read(element) !== text) schedule(element);
    } else if (status === 401) {
      signedOut();
      tryLater();
    } else if (status === 404) tell("failed", "You can no longer open this post-mortem. Your text is kept in this browser.");
    else {
      if (status < 500) state.open = null; // refused whole, so nothing of it is there
      tell("waiting", "Not sent yet, kept in this browser");
      tryLater();
    }
  };
  const schedule = (element) => {
    const target = targetOf(element);
    const state = stateOf(target);
    state.shown = null;
    drafts.keep(target, state.base, read(element), state.open);
    tell("saving", "Saving...");
    clearTimeout(state.timer);
    state.timer = setTimeout(() => send(element), PAUSE);
  };
  const sendAll = (options = {}) => {
    for (const { target, text } of drafts.all()) {
      const element = control(target);
      if (element && read(element) === text) send(element, options);
    }
  };

  editor.addEventListener("input", (event) => {
    const element = event.target.closest("[data-field]");
    if (element && element.tagName !== "SELECT") schedule(element);
  });
  editor.addEventListener("change", (event) => {
    const element = event.target.closest("select[data-field], [data-many]");
    if (element) schedule(element);
  });
  editor.addEventListener("focusout", (event) => {
    const element = event.target.closest("[data-field]");
    if (!element) return;
    const state = stateOf(targetOf(element));
    if (state.shown !== null) element.value = state.shown;
    state.shown = null;
  });
  editor.addEventListener("submit", (event) => {
    const button = event.submitter;
    if (button?.dataset.conflictChoice) drafts.drop(button.dataset.conflictChoice);
    if (button && (button.hasAttribute("formaction") || button.name)) return;
    if (event.target.id !== "writing") return;
    event.preventDefault();
    sendAll();
  });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") sendAll({ keepalive: true });
    else sendAll();
  });
  window.addEventListener("online", () => sendAll());

  const putBack = ({ target, base, text, open }) => {
    const element = control(target);
    if (!element) {
      const keep = { target, base, value: text, key: newKey() };
      return void post(url, keep).then(({ status }) => (status === 200 || status === 409) && drafts.drop(target), () => {});
    }
    Object.assign(stateOf(target), { base, open: open ?? null });
    if (element.dataset.many) for (const box of element.querySelectorAll("input")) box.checked = text.split(", ").includes(box.value);
    else element.value = text;
    return send(element);
  };
  offerDrafts(editor, drafts, { control, read, putBack });
  // Somebody may have typed before this script was there to hear it.
  for (const element of editor.querySelectorAll("textarea[data-field], input[data-field]")) {
    if (element.value !== element.defaultValue) schedule(element);
  }
  return { drafts, tell, schedule, control };
};
