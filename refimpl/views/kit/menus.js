// The live face of a Menus: one menu for each control, and beneath them the picture that Python draws for what is chosen.
// The pictures for every option of the first menu are here already.
// A menu with the focus keeps the arrow keys, which JupyterLab would otherwise take for its own.

function render({ model, el }) {
  const root = document.createElement("div");
  root.className = "iec63119 iec63119-menus";

  const menus = document.createElement("div");
  menus.className = "menus";
  for (const [name, options] of Object.entries(model.get("options"))) {
    const label = document.createElement("label"), select = document.createElement("select");
    const words = name.replaceAll("_", " ");
    label.append(`${words} `, select);
    select.setAttribute("aria-label", words);
    select.dataset.lmSuppressShortcuts = "true";
    select.append(...options.map((option) => new Option(option)));
    const show = () => { select.value = model.get("chosen")[name]; };
    select.onchange = () => {
      model.set("chosen", { ...model.get("chosen"), [name]: select.value });
      model.save_changes();
    };
    model.on("change:chosen", show);
    menus.append(label);
    show();
  }

  const picture = document.createElement("div");
  picture.className = "picture";
  picture.setAttribute("role", "status");
  const [first] = Object.keys(model.get("options"));
  let shown;
  const draw = () => {
    const next = model.get("pictures")[model.get("chosen")[first]];
    if (next === shown) return;
    const unfolded = picture.querySelector("details")?.open;
    picture.innerHTML = shown = next;
    picture.querySelector("details").open = unfolded;
  };
  model.on("change:chosen change:pictures", draw);
  root.append(menus, picture);
  el.append(root);
  draw();
}

export default { render };
