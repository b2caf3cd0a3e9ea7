/* Asks before leaving a page with a changed form marked data-guard; sending the form lifts the question. */
const changed = new Set();

document.addEventListener("input", (event) => {
  const form = event.target.closest("form[data-guard]");
  if (form) changed.add(form);
});
document.addEventListener("submit", (event) => changed.delete(event.target));
window.addEventListener("beforeunload", (event) => {
  for (const form of changed) if (form.isConnected) event.preventDefault();
});
