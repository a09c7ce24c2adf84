/* Files dropped onto the upload form go into its own field; a long upload says that it is under way. */
(() => {
  "use strict";
  for (const form of document.querySelectorAll("[data-drop]")) {
    const field = form.querySelector("input[type=file]");
    for (const name of ["dragenter", "dragover"]) form.addEventListener(name, (event) => { event.preventDefault(); form.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => form.classList.remove("over"));
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer.files.length) field.files = event.dataTransfer.files;
    });
    form.addEventListener("submit", () => {
      form.querySelector("[data-busy]").hidden = false;
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
  }
})();
