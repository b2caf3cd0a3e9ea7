/* A screenshot pasted or dropped into a text, or chosen from the device, becomes a picture there. */
import { post } from "./editor-requests.js";

export const startImages = (editor, { tell, schedule }) => {
  const put = (field, from, to, text) => {
    field.setRangeText(text, from, to, "end");
    schedule(field);
  };
  const upload = async (field, file) => {
    const at = field.selectionStart ?? field.value.length;
    tell("saving", "Adding the picture...");
    try {
      const { status, answer } = await post(editor.dataset.imagesUrl, { image: file, alt: "Screenshot" });
      if (status === 201) put(field, Math.min(at, field.value.length), Math.min(at, field.value.length), `\n${answer.markdown}\n`);
      else tell("failed", answer.error ?? "The picture was not stored. Please try again");
    } catch {
      tell("waiting", "No connection. The picture was not stored");
    }
  };
  const pictures = (data) => [...(data?.files ?? [])].filter((file) => file.type.startsWith("image/"));

  const take = (event, data) => {
    const field = event.target.closest("textarea[data-images]");
    const files = pictures(data);
    if (!field || !files.length) return;
    event.preventDefault();
    for (const file of files) upload(field, file);
  };
  editor.addEventListener("paste", (event) => take(event, event.clipboardData));
  editor.addEventListener("drop", (event) => take(event, event.dataTransfer));
  editor.addEventListener("click", (event) => {
    const link = event.target.closest("[data-add-picture]");
    if (!link) return;
    event.preventDefault();
    const chooser = Object.assign(document.createElement("input"), { type: "file", accept: "image/png,image/jpeg,image/webp" });
    const field = document.getElementById(link.dataset.addPicture);
    chooser.addEventListener("change", () => chooser.files[0] && upload(field, chooser.files[0]));
    chooser.click();
  });
};
