// The live face of an IdentifierField: what is typed goes to Python, which reads it in every profile.

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "iec63119 iec63119-listing iec63119-identifier";
  const label = document.createElement("label"), field = document.createElement("input");
  // A field with the focus keeps its keys, which JupyterLab would otherwise take for its own.
  Object.assign(field, { type: "text", size: 32, maxLength: model.get("longest"), value: model.get("text"), spellcheck: false, autocomplete: "off" });
  field.setAttribute("aria-label", "identifier");
  field.dataset.lmSuppressShortcuts = "true";
  label.append("identifier", field);
  const bar = document.createElement("div");
  bar.className = "bar";
  bar.append(label);
  const status = document.createElement("p");
  status.setAttribute("role", "status");
  const shown = document.createElement("div");
  field.oninput = () => {
    model.set("text", field.value);
    model.save_changes();
  };
  const show = () => {
    const open = shown.querySelector("details")?.open;
    status.textContent = model.get("summary");
    shown.innerHTML = model.get("shown");
    if (open) shown.querySelector("details").open = true;
    for (const box of shown.querySelectorAll(".box")) {
      const name = box.querySelector("caption").textContent;
      for (const [key, value] of Object.entries({ tabindex: "0", role: "region", "aria-label": name, "data-lm-suppress-shortcuts": "true" })) box.setAttribute(key, value);
    }
  };
  model.on("change:text", () => { if (field.value !== model.get("text")) field.value = model.get("text"); });
  model.on("change:shown", show);
  root.append(bar, status, shown);
  el.append(root);
  show();
}

export default { render };
