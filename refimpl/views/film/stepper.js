// The live face of a Stepper.  Python plays the story and draws it once; this marks the step that is looked at, fades those
// behind it, and asks for another story.  Nothing is fetched from anywhere.  `controls.js` stands before this.

const LABELS = { journey: "Journey", mode: "Mode", edition: "Edition", strategy: "Clearing house", show: "Show" };

function render({ model, el }) {
  const set = (name, value) => { model.set(name, value); model.save_changes(); };
  const go = (at) => set("at", Math.max(1, Math.min(model.get("steps").length, at)));

  const { selects, bar, showSilent } = menus(LABELS, set);
  const choose = make("div", { class: "bar", role: "group", "aria-label": "Which story" }, ...bar);
  const back = button("◀ Back", "Back one step", () => go(model.get("at") - 1));
  const forward = button("Forward ▶", "Forward one step", () => go(model.get("at") + 1));
  const status = make("span", { role: "status" });
  const fate = make("select", { "aria-label": "This message", ...KEYS }), whyNot = make("small");
  fate.onchange = () => {
    const { number } = model.get("steps")[model.get("at") - 1];
    const { [number]: _, ...others } = model.get("faults");
    set("faults", fate.value === "delivered" ? others : { ...others, [number]: fate.value });
  };
  let refused;
  const heal = button("Undo all faults", "Undo all faults", () => set("faults", {}));
  const steps = make("div", { class: "bar", role: "group", "aria-label": "Steps" }, back, forward,
    make("label", {}, "This message", fate, whyNot), heal, status);

  const list = make("ol", { "aria-label": "All steps" });
  const { box, draw, mark, scroll, showSign } = film((step) => go(step + 1));
  const panel = make("div", { class: "panel", tabindex: "0", role: "group", "aria-label": "This step in detail", ...KEYS });
  const snippet = copyable("Copy the calls that lead back to this view");

  const root = make("div", { class: "iec63119 iec63119-stepper", ...KEYS });
  root.append(steps, choose, make("div", { class: "story" }, list, box), panel, snippet.text, snippet.copy);
  root.addEventListener("keydown", (event) => {
    const deed = { ArrowLeft: () => model.get("at") - 1, ArrowRight: () => model.get("at") + 1, Home: () => 1, End: () => Infinity };
    if (!(event.key in deed) || event.target.tagName === "SELECT") return;
    event.preventDefault();
    event.stopPropagation();
    go(deed[event.key]());
  });

  const showChoices = () => {
    for (const [name, select] of Object.entries(selects)) fill(select, model.get("choices")[name], model.get(name));
    fill(fate, model.get("fates"), "delivered");
    [refused] = fate.querySelectorAll("[value=refused]");
  };
  const showStory = () => {
    draw(model);
    list.replaceChildren(...model.get("steps").map((step, index) => {
      const entry = button(step.caption, step.caption, () => go(index + 1));
      entry.dataset.fate = step.fate;
      return make("li", {}, entry);
    }));
    silence(heal, Object.keys(model.get("faults")).length ? "" : "Every message arrives");
    writeStep();
    showSign();
    lookAtCurrent();
  };
  const showStep = () => {
    writeStep();
    lookAtCurrent();
  };
  // Everything is written before anything is measured, so that the page is laid out once.
  const writeStep = () => {
    const told = model.get("steps"), at = Math.min(model.get("at"), told.length), step = told[at - 1];
    mark(at - 1, at, step.phases);
    status.textContent = `Step ${at} of ${told.length}. Message ${step.caption}`;
    silence(back, at === 1 ? "This is the first step" : "");
    silence(forward, at === told.length ? "This is the last step" : "");
    pick(fate, step.fate);
    refused.disabled = step.answer;
    write(refused, `${model.get("fates").refused}${step.answer ? " (an answer never is)" : ""}`);
    // A page without a kernel has not every fault, and says so.
    const barred = step.number in model.get("faults") ? "" : model.get("barred") ?? "";
    fate.disabled = barred !== "";
    write(whyNot, barred && `(${barred})`);
    write(snippet.text, model.get("calls").join(at));
    list.querySelector("[aria-current]")?.removeAttribute("aria-current");
    list.children[at - 1].firstElementChild.setAttribute("aria-current", "step");
    afterPaint(showPanel);
  };
  const lookAtCurrent = () => {
    scroll();
    keepInSight(list, list.querySelector("[aria-current]"));
  };
  const showPanel = () => { panel.innerHTML = model.get("panels")[model.get("at") - 1] ?? ""; };

  let shown = model.get("drawn");
  model.on("change:choices", showChoices);
  for (const [name, select] of Object.entries(selects)) model.on(`change:${name}`, () => { pick(select, model.get(name)); });
  model.on("change:drawn", () => {
    shown = model.get("drawn");
    showStory();
    afterPaint(() => model.send("details"));
  });
  model.on("change:panels", showPanel);
  model.on("change:silent", () => showSilent(model.get("silent")));
  model.on("change:at", () => { if (shown === model.get("drawn")) showStep(); });
  el.append(root);
  showChoices();
  showSilent(model.get("silent"));
  showStory();
  return atEachSize(list, () => { showSign(); lookAtCurrent(); });
}

export default { render };
