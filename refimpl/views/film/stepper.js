// The live face of a Stepper.  Python plays the story and draws every step of it; this shows one step at a time and asks
// for another story.  Nothing is fetched from anywhere.

const LABELS = { journey: "Journey", edition: "Edition", mode: "Mode", strategy: "Clearing house", show: "Show" };

// What has the focus must itself say that JupyterLab is not to take its keys.
const KEYS = { "data-lm-suppress-shortcuts": "true" };

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// One drawing, shown in two parts so that the heads of the lifelines stay in sight while the arrows scroll.
function crop(place, svg, from, to) {
  place.innerHTML = svg;
  const drawing = place.firstElementChild, { width, height } = drawing.viewBox.baseVal;
  const part = Math.min(to, height) - from;
  drawing.setAttribute("viewBox", `0 ${from} ${width} ${part}`);
  drawing.setAttribute("height", part);
  if (from === 0) drawing.setAttribute("aria-hidden", "true");
}

function keepInSight(place, part) {
  const outer = place.getBoundingClientRect(), inner = part.getBoundingClientRect();
  if (inner.top < outer.top || inner.bottom > outer.bottom) place.scrollTop += inner.top - outer.top - outer.height / 2;
}

function render({ model, el }) {
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  const go = (at) => set("at", Math.max(1, Math.min(model.get("frames").length, at)));

  const selects = Object.fromEntries(Object.keys(LABELS).map((name) => [name, make("select", { "aria-label": LABELS[name], ...KEYS })]));
  const choose = make("div", { class: "bar", role: "group", "aria-label": "Which story" });
  for (const [name, select] of Object.entries(selects)) {
    select.onchange = () => set(name, select.value);
    choose.append(make("label", {}, LABELS[name], select));
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
  const fateLabel = make("label", {}, "This message", fate);
  fate.onchange = () => {
    const { number } = model.get("frames")[model.get("at") - 1];
    const { [number]: _, ...others } = model.get("faults");
    set("faults", fate.value === "delivered" ? others : { ...others, [number]: fate.value });
  };
  const heal = button("Undo all faults", "Undo all faults", () => set("faults", {}));
  const steps = make("div", { class: "bar", role: "group", "aria-label": "Steps" }, back, forward, status);
  const faults = make("div", { class: "bar", role: "group", "aria-label": "Faults" }, fateLabel, heal);

  const list = make("ol", { "aria-label": "All steps" });
  const heads = make("div");
  const arrows = make("div", { class: "arrows", tabindex: "0", role: "group", "aria-label": "Arrows", ...KEYS });
  const drawing = make("div", { class: "drawing" }, heads, arrows);
  drawing.onclick = (event) => {
    const row = event.target.closest("[data-step]");
    if (row) go(Number(row.dataset.step) + 1);
  };
  const panel = make("div", { class: "panel" });
  const snippet = make("pre");
  const copy = button("Copy", "Copy the calls that lead back to this view", () => {
    getSelection().selectAllChildren(snippet);
    navigator.clipboard?.writeText(snippet.textContent);
  });

  const root = make("div", { class: "iec63119-stepper", ...KEYS });
  root.append(choose, steps, faults, make("div", { class: "story" }, list, drawing), panel, snippet, copy);
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
  const showStory = () => {
    list.replaceChildren(...model.get("frames").map((frame, index) => {
      const entry = button(frame.caption, frame.caption, () => go(index + 1));
      entry.dataset.fate = frame.fate;
      return make("li", {}, entry);
    }));
    heal.setAttribute("aria-disabled", Object.keys(model.get("faults")).length === 0);
    showStep();
  };
  const showStep = () => {
    const frames = model.get("frames"), at = Math.min(model.get("at"), frames.length), frame = frames[at - 1];
    crop(heads, frame.svg, 0, frame.head);
    crop(arrows, frame.svg, frame.head, Infinity);
    keepInSight(arrows, arrows.querySelector(`[data-step="${at - 1}"]`));
    panel.innerHTML = frame.panel;
    snippet.textContent = frame.snippet;
    status.textContent = `Step ${at} of ${frames.length}. Message ${frame.caption}`;
    // Not `disabled`: a button that vanishes from under the keyboard takes the keys with it.
    back.setAttribute("aria-disabled", at === 1);
    forward.setAttribute("aria-disabled", at === frames.length);
    fill(fate, model.get("fates"), frame.fate);
    fate.querySelector("[value=refused]").disabled = frame.answer;
    for (const [index, entry] of [...list.querySelectorAll("button")].entries()) {
      entry.toggleAttribute("aria-current", false);
      if (index === at - 1) {
        entry.setAttribute("aria-current", "step");
        keepInSight(list, entry);
      }
    }
  };
  model.on("change:choices", showChoices);
  for (const name of Object.keys(LABELS)) model.on(`change:${name}`, showChoices);
  model.on("change:frames", showStory);
  model.on("change:at", showStep);
  el.append(root);
  showChoices();
  showStory();
}

export default { render };
