// The live face of a Stepper.  Python plays the story and draws it once; this marks the step that is looked at, fades those
// behind it, and asks for another story.  Nothing is fetched from anywhere.

const LABELS = { journey: "Journey", mode: "Mode", edition: "Edition", strategy: "Clearing house", show: "Show" };

// What has the focus must itself say that JupyterLab is not to take its keys.
const KEYS = { "data-lm-suppress-shortcuts": "true" };

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// Scrolls a box, and nothing around it, until a part of it is in sight beneath what sticks to its top.
function keepInSight(box, part, stuck = 0) {
  const outer = box.getBoundingClientRect(), inner = part.getBoundingClientRect();
  const above = inner.top - outer.top - stuck, below = inner.bottom - outer.top - box.clientHeight;
  if (above < 0) box.scrollTop += above;
  else if (below > 0) box.scrollTop += below;
}

// A control that changes nothing here stays where it is, reached by keyboard, and says why.
function silence(control, why) {
  control.setAttribute("aria-disabled", Boolean(why));
  control.title = why;
}

function render({ model, el }) {
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  const go = (at) => set("at", Math.max(1, Math.min(model.get("steps").length, at)));

  const choose = make("div", { class: "bar", role: "group", "aria-label": "Which story" });
  const selects = {}, reasons = {};
  for (const [name, label] of Object.entries(LABELS)) {
    selects[name] = make("select", { "aria-label": label, ...KEYS });
    selects[name].onchange = () => set(name, selects[name].value);
    reasons[name] = make("small");
    choose.append(make("label", {}, label, selects[name], reasons[name]));
  }

  const button = (text, label, deed) => {
    const made = make("button", { type: "button", "aria-label": label, ...KEYS }, text);
    made.onclick = deed;
    return made;
  };
  const back = button("◀ Back", "Back one step", () => go(model.get("at") - 1));
  const forward = button("Forward ▶", "Forward one step", () => go(model.get("at") + 1));
  const status = make("span", { role: "status" });
  const fate = make("select", { "aria-label": "This message", ...KEYS });
  fate.onchange = () => {
    const { number } = model.get("steps")[model.get("at") - 1];
    const { [number]: _, ...others } = model.get("faults");
    set("faults", fate.value === "delivered" ? others : { ...others, [number]: fate.value });
  };
  const heal = button("Undo all faults", "Undo all faults", () => set("faults", {}));
  const steps = make("div", { class: "bar", role: "group", "aria-label": "Steps" }, back, forward,
    make("label", {}, "This message", fate), heal, status);

  const list = make("ol", { "aria-label": "All steps" });
  const heads = make("div", { class: "heads", "aria-hidden": "true" }), arrows = make("div", { class: "arrows" });
  const drawing = make("div", { class: "drawing", tabindex: "0", role: "group", "aria-label": "Arrows", ...KEYS }, heads, arrows);
  drawing.onclick = (event) => {
    const row = event.target.closest("[data-step]");
    if (row) go(Number(row.dataset.step) + 1);
  };
  const panel = make("div", { class: "panel" });
  const snippet = make("pre", { tabindex: "0", ...KEYS });
  const copy = button("Copy", "Copy the calls that lead back to this view", () => {
    getSelection().selectAllChildren(snippet);
    navigator.clipboard?.writeText(snippet.textContent);
  });

  const root = make("div", { class: "iec63119 iec63119-stepper", ...KEYS });
  root.append(steps, choose, make("div", { class: "story" }, list, drawing), panel, snippet, copy);
  root.addEventListener("keydown", (event) => {
    const deed = { ArrowLeft: () => model.get("at") - 1, ArrowRight: () => model.get("at") + 1, Home: () => 1, End: () => Infinity };
    if (!(event.key in deed) || event.target.tagName === "SELECT") return;
    event.preventDefault();
    event.stopPropagation();
    go(deed[event.key]());
  });

  const fill = (select, options, value) => {
    select.replaceChildren(...Object.entries(options).map(([id, text]) => make("option", { value: id }, text)));
    select.value = value;
  };
  const showChoices = () => {
    for (const [name, select] of Object.entries(selects)) fill(select, model.get("choices")[name], model.get(name));
  };
  const showSilent = () => {
    for (const [name, select] of Object.entries(selects)) {
      select.disabled = name in model.get("silent");
      reasons[name].textContent = select.disabled ? `(${model.get("silent")[name]})` : "";
    }
  };
  const showStory = () => {
    heads.innerHTML = model.get("heads");
    arrows.innerHTML = model.get("rows");
    list.replaceChildren(...model.get("steps").map((step, index) => {
      const entry = button(step.caption, step.caption, () => go(index + 1));
      entry.dataset.fate = step.fate;
      return make("li", {}, entry);
    }));
    silence(heal, Object.keys(model.get("faults")).length ? "" : "Every message arrives");
    showStep();
  };
  const showStep = () => {
    const told = model.get("steps"), at = Math.min(model.get("at"), told.length), step = told[at - 1];
    for (const [index, row] of arrows.querySelectorAll("[data-step]").entries()) {
      row.classList.toggle("current", index === at - 1);
      row.classList.toggle("later", index >= at);
    }
    for (const phase of heads.querySelectorAll("[data-entity]")) phase.textContent = step.phases[phase.dataset.entity];
    status.textContent = `Step ${at} of ${told.length}. Message ${step.caption}`;
    silence(back, at === 1 ? "This is the first step" : "");
    silence(forward, at === told.length ? "This is the last step" : "");
    fill(fate, model.get("fates"), step.fate);
    const refused = fate.querySelector("[value=refused]");
    refused.disabled = step.answer;
    if (step.answer) refused.textContent += " (an answer never is)";
    snippet.textContent = model.get("calls").join(at);
    list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    const entry = list.children[at - 1].firstElementChild;
    entry.setAttribute("aria-current", "step");
    showPanel();
    keepInSight(drawing, arrows.querySelector(".current"), heads.offsetHeight);
    keepInSight(list, entry);
  };
  const showPanel = () => { panel.innerHTML = model.get("panels")[model.get("at") - 1] ?? ""; };
  const askForDetails = () => requestAnimationFrame(() => setTimeout(() => model.send("details")));
  model.on("change:choices", showChoices);
  for (const [name, select] of Object.entries(selects)) model.on(`change:${name}`, () => { select.value = model.get(name); });
  let shown = model.get("drawn");
  model.on("change:drawn", () => {
    shown = model.get("drawn");
    showStory();
    askForDetails();
  });
  model.on("change:panels", showPanel);
  model.on("change:silent", showSilent);
  model.on("change:at", () => { if (shown === model.get("drawn")) showStep(); });
  el.append(root);
  showChoices();
  showSilent();
  showStory();
}

export default { render };
