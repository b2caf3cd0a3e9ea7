/* Rows edited in place: Enter makes the next, "+ Now" stamps one, a removed one can be put back. */
import { post } from "./editor-requests.js";

export const startRows = (editor, { tell }) => {
  const { rowsUrl } = editor.dataset;
  const listOf = (kind) => editor.querySelector(`[data-rows="${kind}"]`);
  const cells = (row) => [...row.querySelectorAll(":scope > div [data-field]")];

  const add = async (kind, extra = {}) => {
    try {
      const { status, answer } = await post(rowsUrl, { add: kind, ...extra });
      if (status !== 200) return tell("waiting", status === 401 ? "You are signed out. Sign in, then add the row" : "The row was not added. Please try again");
      listOf(kind).insertAdjacentHTML("beforeend", answer.html);
      const row = document.getElementById(answer.id);
      const first = cells(row).find((cell) => !cell.value) ?? cells(row)[0];
      row.scrollIntoView({ block: "nearest" });
      first.focus();
    } catch {
      tell("waiting", "No connection. What you typed is kept; the row was not added");
    }
    return undefined;
  };
  const remove = async (button) => {
    try {
      const { status, answer } = await post(button.getAttribute("formaction"), {});
      if (status === 200) {
        const row = button.closest("[data-row]");
        row.insertAdjacentHTML("afterend", answer.html);
        const back = row.nextElementSibling.querySelector("button");
        row.remove();
        back?.focus();
      } else tell("failed", answer.error ?? "The row was not removed. Please try again");
    } catch {
      tell("waiting", "No connection. The row was not removed");
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-add], [data-now], [data-remove]");
    if (!button) return;
    event.preventDefault();
    if (button.dataset.add) add(button.dataset.add);
    else if ("now" in button.dataset) add("timeline", { now: "1" });
    else remove(button);
  });
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && "oneLine" in event.target.dataset) return void event.preventDefault();
    const row = event.target.closest("[data-row]");
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !row || !("field" in event.target.dataset)) return;
    if (event.target.closest("details")) return;
    event.preventDefault();
    const own = cells(row);
    const next = own[own.indexOf(event.target) + 1];
    const following = row.nextElementSibling?.matches("[data-row]") ? row.nextElementSibling : null;
    if (next && (event.target.name.endsWith(":at") || !next.value)) next.focus();
    else if (following) cells(following)[0].focus();
    else if (own.some((cell) => cell.value.trim())) add(row.closest("[data-rows]").dataset.rows);
  });
  editor.addEventListener("focusin", (event) => {
    if (event.target.matches("input[list=people]")) event.target.select();
  });
  const now = document.querySelector(".now-button");
  if (!now || !listOf("timeline")) return;
  now.hidden = false;
  const screen = window.visualViewport;
  screen?.addEventListener("resize", () => {
    const keyboard = window.innerHeight - screen.height;
    now.style.bottom = keyboard > 100 ? `${keyboard + 8}px` : "";
  });
};
