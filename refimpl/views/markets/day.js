// The live face of a Day: three menus, a button that simulates, one that stops, a bar, and the tables that Python makes.
// The page asks for one lot after the other, so that it can be stopped at any time and what is there stays.

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const KEYS = { "data-lm-suppress-shortcuts": "true" };
const LABELS = { mode: "Mode", lose: "Transmissions lost", sessions: "Sessions" };

function render({ model, el }) {
  let running = false;

  const selects = {}, menus = make("div", { class: "bar", role: "group", "aria-label": "What is simulated" });
  for (const [name, words] of Object.entries(LABELS)) {
    const select = make("select", { "aria-label": words, ...KEYS });
    select.append(...Object.entries(model.get("choices")[name]).map(([value, text]) => new Option(text, value)));
    selects[name] = select;
    menus.append(make("label", {}, words, select));
  }

  const button = (text, deed) => {
    const made = make("button", { type: "button", ...KEYS }, text);
    made.onclick = () => { if (made.getAttribute("aria-disabled") !== "true") deed(); };
    return made;
  };
  const start = button("Simulate", () => {
    model.set("mode", selects.mode.value);
    model.set("lose", selects.lose.value);
    model.set("sessions", Number(selects.sessions.value));
    model.save_changes();
    running = true;
    showState();
    model.send({ do: "begin" });
  });
  const stop = button("Stop", () => { running = false; showState(); });
  const bar = make("progress", { max: 1, "aria-label": "Sessions simulated" });
  const status = make("span", { role: "status" });
  const deeds = make("div", { class: "bar", role: "group", "aria-label": "Simulating" }, start, stop, bar, status);

  const tables = make("div");
  const showTables = () => {
    const unfolded = tables.querySelector("details")?.open ?? false;
    tables.innerHTML = model.get("shown");
    tables.querySelector("details").open = unfolded;
  };
  // Not `disabled`: a button that vanishes from under the keyboard takes the keys with it.
  const showState = () => {
    const done = model.get("done"), sessions = model.get("sessions");
    start.setAttribute("aria-disabled", running);
    stop.setAttribute("aria-disabled", !running);
    bar.value = done / sessions;
    const how = running ? "simulating" : done < sessions ? "stopped" : "done";
    status.textContent = `${done.toLocaleString("en")} of ${sessions.toLocaleString("en")} sessions, ${how}`;
  };
  const goOn = ({ done }) => {
    if (done >= model.get("sessions")) running = false;
    showState();
    if (running) model.send({ do: "go on" });
  };
  for (const [name, select] of Object.entries(selects)) {
    const show = () => { select.value = model.get(name); };
    model.on(`change:${name}`, show);
    show();
  }
  model.on("change:shown", showTables);
  model.on("msg:custom", goOn);

  const root = make("div", { class: "iec63119 iec63119-day" }, menus, deeds, tables);
  el.append(root);
  showTables();
  showState();
  return () => { running = false; model.off("msg:custom", goOn); };
}

export default { render };
