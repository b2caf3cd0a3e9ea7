/* Signing out on purpose takes along the unsent texts that the editor kept in this browser. */
document.addEventListener("submit", (event) => {
  if (!new URL(event.target.action).pathname.endsWith("/accounts/logout/")) return;
  try {
    for (const name of Object.keys(localStorage)) if (name.startsWith("post-mortem-draft:")) localStorage.removeItem(name);
  } catch {
    /* no storage, nothing kept */
  }
});
