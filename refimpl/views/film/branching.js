// The live face of a BranchingStepper.  Python holds the history and tells what may happen next; this shows the moment that
// is looked at and asks for another.  Nothing is fetched from anywhere.  `controls.js` stands before this.

const LABELS = { story: "Story", mode: "Mode", services: "Services", strategy: "Clearing house", edition: "Edition" };

function render({ model, el }) {
  const ask = (what) => model.send(what);
  const { selects, bar, showSilent } = menus(LABELS, (name, value) => ask({ begin: { [name]: value } }));
  const choose = make("div", { class: "bar", role: "group", "aria-label": "Begin anew" }, "Begin anew:", ...bar);

  const back = button("◀ Back", "Back to the moment before", () => ask({ go: model.get("before") }));
  const forward = button("Forward ▶", "Forward to what was taken here last", () => ask({ go: model.get("following") }));
  const status = make("span", { role: "status" });
  const moves = make("div", { class: "bar", role: "group", "aria-label": "Moments" }, back, forward, status);
  const actions = make("div", { class: "actions", role: "group", "aria-label": "What may happen next" });

  const history = make("ol", { "aria-label": "History" });
  const { box, draw, mark, scroll, showSign } = film((step) => ask({ go: model.get("way")[step + 1] ?? model.get("at") }));
  const changed = make("div", { class: "changed", role: "group", "aria-label": "What each endpoint holds" });

  const token = make("input", { type: "text", "aria-label": "Token", spellcheck: "false", autocomplete: "off", ...KEYS });
  const open = () => { if (token.value.trim() !== model.get("token")) ask({ open: token.value }); };
  token.addEventListener("keydown", (event) => { if (event.key === "Enter") open(); });
  const copy = button("Copy", "Copy the token", () => {
    token.select();
    navigator.clipboard?.writeText(token.value);
  });
  const fault = make("span", { class: "fault", role: "alert" });
  const tokens = make("div", { class: "bar token", role: "group", "aria-label": "The whole trace" },
    make("label", {}, "Token", token), button("Open", "Open the token in the field", open), copy, fault);

  const root = make("div", { class: "iec63119 iec63119-stepper iec63119-branching", ...KEYS });
  root.append(moves, actions, make("div", { class: "story" }, history, box), changed, tokens, choose);
  root.addEventListener("keydown", (event) => {
    const deed = { ArrowLeft: "before", ArrowRight: "following" };
    if (!(event.key in deed) || ["SELECT", "INPUT"].includes(event.target.tagName)) return;
    event.preventDefault();
    event.stopPropagation();
    ask({ go: model.get(deed[event.key]) });
  });

  const actionButton = ({ action, text, label }) => {
    const made = button(text, label, () => ask({ take: action }));
    made.dataset.action = action;
    return made;
  };
  // Groups of one kind stand together; the buttons of a message stand behind what it says.
  const showActions = () => {
    const held = root.ownerDocument.activeElement, kept = actions.contains(held) ? held.dataset.action : undefined;
    const kinds = {};
    for (const { kind, about, choices } of model.get("groups")) {
      kinds[kind] ??= make("fieldset", {}, make("legend", {}, kind));
      kinds[kind].append(make("div", { class: "bar" }, ...(about ? [make("span", {}, about)] : []), ...choices.map(actionButton)));
    }
    actions.replaceChildren(...Object.values(kinds));
    if (!actions.childElementCount) actions.textContent = "Nothing more can happen.";
    if (model.get("beyond")) actions.append(make("p", {}, model.get("beyond"))); // of a page without a kernel
    // The keys stay among the actions: on the one that was taken, or else on the first.
    if (kept) (actions.querySelector(`[data-action="${kept}"]`) ?? actions.querySelector("button") ?? back).focus();
  };
  const showHistory = () => {
    history.replaceChildren(...model.get("history").map(({ number, says, branches, leads }) => {
      const entry = button(says, `Go to: ${says}${branches ? " (branch)" : ""}`, () => ask({ go: number }));
      entry.style.paddingLeft = `${8 + 14 * branches}px`;
      if (branches) entry.prepend("↳ ");
      entry.classList.toggle("leads", leads);
      if (number === model.get("at")) entry.setAttribute("aria-current", "step");
      return make("li", {}, entry);
    }));
  };
  const show = () => {
    const steps = model.get("way").length - 1, now = model.get("history").find(({ number }) => number === model.get("at"));
    status.textContent = steps ? `After ${steps} ${steps === 1 ? "action" : "actions"}: ${now.says}` : `${now.says}.`;
    silence(back, steps ? "" : "This is the beginning");
    silence(forward, model.get("following") === model.get("at") ? "Nothing was taken here yet" : "");
    showActions();
    showHistory();
    draw(model);
    mark(steps - 1, Infinity, model.get("phases"));
    changed.innerHTML = model.get("changed");
    if (!model.get("fault")) token.value = model.get("token");
    fault.textContent = model.get("fault");
    for (const [name, select] of Object.entries(selects)) fill(select, model.get("choices")[name], model.get("chosen")[name]);
    showSilent(model.get("silent"));
    lookAtCurrent();
  };
  const lookAtCurrent = () => {
    showSign();
    scroll();
    keepInSight(history, history.querySelector("[aria-current]"));
  };
  model.on("change:drawn", show);
  el.append(root);
  show();
  return atEachSize(history, lookAtCurrent);
}

export default { render };
