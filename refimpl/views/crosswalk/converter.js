// The live face of a Converter: a field for the object with the number and the class of each line, ours beside it, another
// protocol's beside that, and beneath them what is lost.  Python converts; nothing is fetched from anywhere.
// A field with the focus keeps its keys, which JupyterLab would otherwise take for its own; Escape and then Tab leaves it.

const PAUSE_MS = 300;

function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

function choice(words, options) {
  const select = make("select");
  select.setAttribute("aria-label", words);
  select.dataset.lmSuppressShortcuts = "true";
  for (const [value, label] of options) select.append(new Option(label, value));
  return [make("label", {}, `${words} `, select), select];
}

function render({ model, el }) {
  const root = make("div", { className: "iec63119 iec63119-crosswalk" });
  const titles = Object.entries(model.get("titles"));

  const [chosenLabel, chosen] = choice("example", model.get("names").map((name) => [name, name]));
  const [fromLabel, from] = choice("from", titles);
  const [toLabel, to] = choice("to", titles);
  const tidy = make("button", { type: "button", textContent: "One leaf a line" });
  const bar = make("div", { className: "bar" }, chosenLabel, fromLabel, toLabel, tidy);
  // A page without a kernel carries the examples alone, and says so.
  const [fixed, command] = model.get("fixed") ?? [];
  const fixedWords = make("p", { hidden: !fixed }, `${fixed} `, make("code", { textContent: command }));
  tidy.hidden = Boolean(fixed);
  const status = make("p", { className: "summary" });
  status.setAttribute("role", "status");

  // The field: beside each line its number and what became of its leaf, in a sign and a word.
  const gutter = make("ol", { className: "gutter" });
  gutter.setAttribute("aria-hidden", "true");
  const field = make("textarea", { readOnly: Boolean(fixed), spellcheck: false, rows: 24, wrap: "off", autocomplete: "off" });
  field.setAttribute("aria-label", "object, in JSON");
  field.dataset.lmSuppressShortcuts = "true";
  field.onscroll = () => { gutter.scrollTop = field.scrollTop; };
  const errors = make("ol", { className: "errors" });
  errors.setAttribute("aria-label", "what is wrong in the object");

  const goTo = (line) => {
    const at = field.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const end = field.value.indexOf("\n", at);
    field.focus();
    field.setSelectionRange(at, end < 0 ? field.value.length : end);
    field.scrollTop = (line - 4) * parseFloat(getComputedStyle(field).lineHeight);
  };

  const showMarks = () => {
    const wrong = new Set(model.get("faults").map((fault) => fault.line));
    const signs = model.get("signs"), marks = model.get("marks");
    gutter.replaceChildren(...field.value.split("\n").map((_, at) => {
      const mark = marks[at] ?? "", line = make("li", { textContent: `${at + 1} ${mark && `${signs[mark]} ${mark}`}` });
      if (mark) line.dataset.settled = mark;
      if (wrong.has(at + 1)) line.className = "wrong";
      return line;
    }));
    gutter.scrollTop = field.scrollTop;
  };
  const showFaults = () => {
    const faults = model.get("faults");
    errors.replaceChildren(...faults.map((fault) => {
      const there = make("button", { type: "button", textContent: fault.line ? `line ${fault.line}` : "no line" });
      there.disabled = !fault.line;
      there.onclick = () => goTo(fault.line);
      return make("li", {}, there, ` ${fault.refuses ? "refused" : "reported"}: ${fault.says}`);
    }));
    errors.hidden = !faults.length;
    field.setAttribute("aria-invalid", String(faults.some((fault) => fault.refuses)));
    showMarks();
  };

  let pause;
  const send = () => { model.set("text", field.value); model.save_changes(); };
  field.oninput = () => { chosen.selectedIndex = -1; clearTimeout(pause); pause = setTimeout(send, PAUSE_MS); };
  chosen.onchange = () => { clearTimeout(pause); model.set("chosen", chosen.value); model.save_changes(); model.send("choose"); };
  from.onchange = () => { model.set("origin", from.value); model.save_changes(); };
  to.onchange = () => { model.set("to", to.value); model.save_changes(); };
  tidy.onclick = () => { clearTimeout(pause); send(); model.send("tidy"); };

  const ours = make("div", { className: "side ours" }), theirs = make("div", { className: "side theirs" });
  const lost = make("div", { className: "lost" });
  const side = make("div", { className: "side" }, make("div", { className: "editor" }, gutter, field));
  const follow = (name, show) => { model.on(`change:${name}`, show); show(); };

  root.append(bar, fixedWords, status, errors, make("div", { className: "sides" }, side, ours, theirs), lost);
  el.append(root);
  follow("text", () => { if (field.value !== model.get("text")) field.value = model.get("text"); });
  follow("chosen", () => { chosen.value = model.get("chosen"); });
  follow("origin", () => { from.value = model.get("origin"); });
  follow("to", () => { to.value = model.get("to"); });
  follow("summary", () => { status.textContent = model.get("summary"); });
  follow("ours", () => { ours.innerHTML = model.get("ours"); });
  follow("theirs", () => { theirs.innerHTML = model.get("theirs"); });
  follow("lost", () => {
    lost.innerHTML = model.get("lost");
    for (const table of lost.querySelectorAll("table")) table.tabIndex = 0; // the keyboard scrolls it
  });
  follow("faults", showFaults);
  model.on("change:marks change:text", showMarks);
  return () => clearTimeout(pause);
}

export default { render };
