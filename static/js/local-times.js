/* Adds the reader's own local time to <time data-local datetime="...">, as a title; never replaces the written one. */
const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

const annotate = (root) => {
  for (const time of root.querySelectorAll("time[data-local][datetime]")) {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) time.title = `${format.format(at)} where you are (${zone})`;
  }
};

annotate(document);
document.addEventListener("htmx:afterSwap", (event) => annotate(event.target));
