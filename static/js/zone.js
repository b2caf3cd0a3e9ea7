// Sets a time zone field to the zone of this device, as long as nobody has chosen one.
for (const form of document.querySelectorAll("form[data-guess-zone]")) {
  const field = form.querySelector("select[name=zone]");
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (field && field.value === "UTC" && [...field.options].some((option) => option.value === here)) {
    field.value = here;
  }
}
