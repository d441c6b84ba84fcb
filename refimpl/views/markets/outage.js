// The live face of an Outages: a slider over every outage, a box for each clearing house, a menu for at how many of them an
// entity is; beneath them a picture for each mode, which Python draws.
// What has the focus keeps the arrow keys, which JupyterLab would otherwise take for its own.

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const KEYS = { "data-lm-suppress-shortcuts": "true" };

function render({ model, el }) {
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  const words = () => model.get("words")[Number(slider.value)] ?? "";

  const outages = model.get("outages");
  const slider = make("input", { type: "range", min: 0, max: outages.length - 1, step: 1, "aria-label": "Outage", ...KEYS });
  slider.oninput = () => set("down", outages[Number(slider.value)]);

  const boxes = Array.from({ length: model.get("houses") }, (_, index) => {
    const box = make("input", { type: "checkbox", "aria-label": `Clearing house ${index + 1} is down`, ...KEYS });
    box.onchange = () => {
      const down = boxes.flatMap((one, number) => (one.checked ? [number + 1] : []));
      set("down", down);
    };
    return box;
  });
  const houses = make("div", { class: "bar", role: "group", "aria-label": "Clearing houses that are down" }, "Down:");
  houses.append(...boxes.map((box, index) => make("label", {}, box, `clearing house ${index + 1}`)));

  const at = make("select", { "aria-label": "Each is at", ...KEYS });
  at.append(...model.get("ats").map(([value, text]) => new Option(text, value)));
  at.onchange = () => set("at", Number(at.value));

  const status = make("p", { role: "status" });
  const modes = make("div", { class: "modes" });
  const key = make("p", { class: "key" }, "A square: this CSP and this CSO still roam. A cross: they are cut off. " +
    "Where a mode puts one clearing house between two, a CSP is at all of them, and the menu is for CSOs.");

  const showChosen = () => {
    const down = model.get("down");
    slider.value = outages.findIndex((one) => JSON.stringify(one) === JSON.stringify(down));
    slider.setAttribute("aria-valuetext", words());
    boxes.forEach((box, index) => { box.checked = down.includes(index + 1); });
    at.value = model.get("at");
  };
  const showModes = () => {
    status.textContent = model.get("summary");
    modes.replaceChildren(...model.get("modes").map(({ title, says, svg }) => {
      const caption = make("figcaption", {}, make("b", {}, title), says);
      const figure = make("figure", {}, caption);
      figure.insertAdjacentHTML("beforeend", svg);
      return figure;
    }));
  };
  model.on("change:down change:at", showChosen);
  model.on("change:modes change:summary", showModes);

  const root = make("div", { class: "iec63119 iec63119-outages" });
  root.append(
    make("div", { class: "bar" }, make("label", {}, "Outage", slider), make("label", {}, "Each is at", at)),
    houses, status, modes, key,
  );
  el.append(root);
  showChosen();
  showModes();
}

export default { render };
