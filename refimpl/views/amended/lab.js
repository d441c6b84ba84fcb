// The live face of an AmendmentLab: a field for the draft with the numbers of its lines, its errors, and what it changes.
// A field with the focus keeps its keys, which JupyterLab would otherwise take for its own; Escape and then Tab leaves it.

const PAUSE_MS = 300;

function make(name, properties = {}, ...children) {
  const element = document.createElement(name);
  Object.assign(element, properties);
  element.append(...children);
  return element;
}

function choice(words) {
  const select = make("select");
  select.setAttribute("aria-label", words);
  select.dataset.lmSuppressShortcuts = "true";
  return [make("label", {}, `${words} `, select), select];
}

function render({ model, el }) {
  const root = make("div", { className: "iec63119 iec63119-amendment" });

  // Above: a worked draft to begin with, and what the errors and changes come to.
  const [draftLabel, drafts] = choice("begin with");
  drafts.append(...Object.keys(model.get("drafts")).map((name) => new Option(name)));
  drafts.value = model.get("chosen");
  const ask = make("button", { type: "button", textContent: "Play journeys, ask vectors, search states" });
  const bar = make("div", { className: "bar" }, draftLabel, ask);
  // A page without a kernel shows the worked drafts alone, all of them asked before, and says so.
  const [fixed, command] = model.get("fixed") ?? [];
  const fixedWords = make("p", { hidden: !fixed }, `${fixed} `, make("code", { textContent: command }));
  ask.hidden = Boolean(fixed);
  const status = make("p", { className: "summary" });
  status.setAttribute("role", "status");

  // The field: the numbers of the lines scroll with it, and a line with an error has a sign.
  const numbers = make("pre", { className: "numbers" });
  numbers.setAttribute("aria-hidden", "true");
  const field = make("textarea", { readOnly: Boolean(fixed), spellcheck: false, rows: 16, wrap: "off", autocomplete: "off" });
  field.setAttribute("aria-label", "draft amendment, in TOML");
  field.dataset.lmSuppressShortcuts = "true";
  const editor = make("div", { className: "editor" }, numbers, field);
  const errors = make("ol", { className: "errors" });
  errors.setAttribute("aria-label", "errors in the draft");

  const number = () => {
    const wrong = new Set(model.get("faults").map((fault) => fault.line));
    const lines = field.value.split("\n").map((_, at) => `${wrong.has(at + 1) ? "✗" : " "}${String(at + 1).padStart(3)}`);
    numbers.textContent = lines.join("\n");
    numbers.scrollTop = field.scrollTop;
  };
  field.onscroll = () => { numbers.scrollTop = field.scrollTop; };

  // Puts the caret at the beginning of a line, in sight.
  const goTo = (line) => {
    const at = field.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const end = field.value.indexOf("\n", at);
    field.focus();
    field.setSelectionRange(at, end < 0 ? field.value.length : end);
    field.scrollTop = (line - 4) * parseFloat(getComputedStyle(field).lineHeight);
  };

  const showErrors = () => {
    errors.replaceChildren(...model.get("faults").map((fault) => {
      const there = make("button", { type: "button", textContent: fault.line ? `line ${fault.line}` : "no line" });
      there.disabled = !fault.line;
      there.onclick = () => goTo(fault.line);
      return make("li", {}, there, ` ${fault.says}`);
    }));
    errors.hidden = !model.get("faults").length;
    field.setAttribute("aria-invalid", String(!errors.hidden));
    ask.disabled = !errors.hidden;
    number();
  };

  let pause;
  const send = () => {
    model.set("chosen", drafts.value);
    model.set("text", field.value);
    model.save_changes();
  };
  // A text that was changed is no worked draft any more, and the same one can be chosen again.
  field.oninput = () => { drafts.selectedIndex = -1; number(); clearTimeout(pause); pause = setTimeout(send, PAUSE_MS); };
  drafts.onchange = () => {
    clearTimeout(pause);
    field.value = model.get("drafts")[drafts.value];
    send();
    number();
  };

  // Beneath: rows, one picture of both sides, and what was asked for.
  const rows = make("div", { className: "rows" });
  const [pictureLabel, picture] = choice("picture");
  picture.append(...["interfaces", "modes", "session"].map((name) => new Option(name, name)));
  picture.onchange = () => { model.set("picture", picture.value); model.save_changes(); };
  const drawn = make("div", { className: "drawn" });
  const asked = make("div", { className: "asked" });
  const ofWhich = make("p", { className: "of-which" });
  ofWhich.setAttribute("role", "status");

  const showPicture = () => {
    picture.value = model.get("picture");
    for (const option of picture.options) {
      option.textContent = model.get("differing").includes(option.value) ? `${option.value} (differs)` : `${option.value} (the same)`;
    }
    drawn.innerHTML = model.get("pictures");
  };
  const showAsked = () => {
    const current = model.get("asked_of") === model.get("text");
    asked.innerHTML = model.get("asked");
    asked.hidden = !model.get("asked");
    asked.classList.toggle("old", !current);
    ask.textContent = "Play journeys, ask vectors, search states";
    ofWhich.textContent = !model.get("asked") ? "" : current ? "Journeys and vectors are of this draft." : "Journeys and vectors are of an earlier text: ask again.";
  };
  ask.onclick = () => { ask.textContent = "Asking …"; ask.disabled = true; clearTimeout(pause); send(); model.send({ ask: field.value }); };

  model.on("change:text", () => {
    const written = document.activeElement === field && !fixed;
    if (field.value !== model.get("text") && !written) field.value = model.get("text");
    number();
    showAsked();
  });
  model.on("change:chosen", () => { drafts.value = model.get("chosen"); });
  model.on("change:faults", showErrors);
  model.on("change:summary", () => { status.textContent = model.get("summary"); });
  model.on("change:rows", () => { rows.innerHTML = model.get("rows"); });
  model.on("change:pictures change:differing change:picture", showPicture);
  // Told once for each time it is asked, also where all is as before.
  model.on("change:asked change:asked_of change:answered", () => { showAsked(); showErrors(); });

  field.value = model.get("text");
  status.textContent = model.get("summary");
  rows.innerHTML = model.get("rows");
  showErrors();
  showPicture();
  showAsked();
  root.append(bar, fixedWords, editor, errors, status, rows, make("div", { className: "bar" }, pictureLabel), drawn, ofWhich, asked);
  el.append(root);
  return () => clearTimeout(pause);
}

export default { render };
