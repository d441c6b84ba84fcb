// The live face of a Menus: one menu for each control, and beneath them the picture that Python draws for what is chosen.
// Every picture that has come is kept, so that what was seen once, or asked for in an idle moment, is there at once.
// A menu with the focus keeps the arrow keys, which JupyterLab would otherwise take for its own.

// How long nothing must have been chosen, and nothing have come, until a picture is asked for ahead.
const IDLE_MS = 400, APART_MS = 100;

// The same name for what is chosen as in Python.
const key = (chosen) => Object.values(chosen).join("\n");

function keep({ model, pictures }) {
  const add = () => {
    for (const [chosen, picture] of Object.entries(model.get("pictures"))) pictures.set(chosen, picture);
  };
  model.on("change:pictures", add);
  add();
}

function render({ model, el, pictures }) {
  const root = document.createElement("div");
  root.className = "iec63119 iec63119-menus";

  // Asks for the pictures of one menu, one after the other, while nothing else is going on.
  let wanted = Object.keys(model.get("options"))[0], pause;
  const lookAhead = (idle) => {
    clearTimeout(pause);
    pause = setTimeout(() => {
      const chosen = model.get("chosen");
      const others = wanted in model.get("silent") ? [] : model.get("options")[wanted];
      const ahead = others.map((label) => ({ ...chosen, [wanted]: label }));
      const next = [chosen, ...ahead].find((one) => !pictures.has(key(one)));
      if (next) model.send({ ahead: next });
    }, idle);
  };

  const menus = document.createElement("div");
  menus.className = "menus";
  for (const [name, options] of Object.entries(model.get("options"))) {
    const label = document.createElement("label"), select = document.createElement("select");
    const words = name.replaceAll("_", " "), why = document.createElement("span");
    why.className = "why";
    why.id = `why-${crypto.randomUUID()}`;
    label.append(`${words} `, select);
    select.setAttribute("aria-label", words);
    select.dataset.lmSuppressShortcuts = "true";
    select.append(...options.map((option) => new Option(option)));
    const show = () => { select.value = model.get("chosen")[name]; };
    const showSilent = () => {
      const reason = model.get("silent")[name] ?? "";
      select.disabled = reason !== "";
      why.textContent = reason;
      if (reason) select.setAttribute("aria-describedby", why.id);
      else select.removeAttribute("aria-describedby");
    };
    select.onchange = () => {
      model.set("chosen", { ...model.get("chosen"), [name]: select.value });
      model.save_changes();
    };
    select.onfocus = () => { wanted = name; lookAhead(APART_MS); };
    model.on("change:chosen", show);
    model.on("change:silent", showSilent);
    const menu = document.createElement("div");
    menu.className = "menu";
    menu.append(label, why);
    menus.append(menu);
    show();
    showSilent();
  }

  const picture = document.createElement("div");
  picture.className = "picture";
  picture.setAttribute("role", "status");
  let shown;
  const draw = () => {
    const next = pictures.get(key(model.get("chosen")));
    if (next === undefined || next === shown) return lookAhead(APART_MS);
    lookAhead(IDLE_MS);
    const unfolded = picture.querySelector("details")?.open;
    picture.innerHTML = shown = next;
    picture.querySelector("details").open = unfolded;
    // Which menus change nothing now takes the kernel longer to say than the picture.
    // What is chosen goes with the question: of a busy kernel it may overtake the choice itself.
    requestAnimationFrame(() => setTimeout(() => model.send({ silent: model.get("chosen") })));
  };
  model.on("change:chosen change:pictures", draw);
  root.append(menus, picture);
  el.append(root);
  draw();
  return () => clearTimeout(pause);
}

// Every view of a model shares what has come for it.
export default () => {
  const pictures = new Map();
  return { initialize: ({ model }) => keep({ model, pictures }), render: ({ model, el }) => render({ model, el, pictures }) };
};
