// The live face of a ByteView: menus above; beneath them the bytes of one sheet, in rows of sixteen; beside those the words
// of the range that is chosen.  The bytes are one list box: the arrow keys go from range to range.

const ROW = 16;
// What has the focus must itself say that JupyterLab is not to take its keys.
const KEYS = { "data-lm-suppress-shortcuts": "true" };
const STEPS = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1, Home: -Infinity, End: Infinity };

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const bytesOf = (sheet, { start, end }) => sheet.hex.slice(2 * start, 2 * end).match(/../g) ?? [];
const place = ({ start, end }) => (end - start === 1 ? `byte ${start}` : `bytes ${start} to ${end - 1}`);
const what = ({ within, name }) => (within ? `${within}: ${name}` : name);

// Scroll the box alone, never the page.
function keepInSight(box, part) {
  const outer = box.getBoundingClientRect(), [inner] = part.getClientRects();
  if (!inner) return; // not on the page yet
  if (inner.top < outer.top || inner.bottom > outer.bottom) box.scrollTop += inner.top - outer.top - outer.height / 3;
  if (inner.left < outer.left || inner.right > outer.right) box.scrollLeft += inner.left - outer.left - outer.width / 3;
}

// Which bytes of a range an attack has changed, in words.
function changedIn(sheet, { start, end }) {
  const runs = [];
  for (const at of sheet.changed.filter((at) => at >= start && at < end)) {
    if (runs.at(-1)?.end === at) runs.at(-1).end += 1;
    else runs.push({ start: at, end: at + 1 });
  }
  const told = runs.slice(0, 6).map(place).join(", ");
  return runs.length > 6 ? `${told} and ${runs.length - 6} more runs` : told;
}

// The bytes of a range; runs of those that an attack has changed are marked.
function pieces(sheet, range) {
  const found = [];
  let run = [], marked = false;
  const close = () => {
    if (run.length) found.push(...(found.length ? [" "] : []), marked ? make("b", { class: "changed" }, run.join(" ")) : run.join(" "));
    run = [];
  };
  for (const [index, byte] of bytesOf(sheet, range).entries()) {
    const changed = sheet.changed.includes(range.start + index);
    if (changed !== marked) close();
    marked = changed;
    run.push(byte);
  }
  close();
  return found;
}

function render({ model, el }) {
  const root = make("div", { class: "iec63119 iec63119-bytes", ...KEYS });
  const bar = make("div", { class: "bar" }), notes = make("div", { class: "notes" }), told = make("p", { class: "told" });
  const offsets = make("div", { class: "offsets", "aria-hidden": "true" });
  const bytes = make("div", { class: "bytes", role: "listbox", tabindex: "0", ...KEYS });
  const words = make("div", { class: "words", role: "status" });
  const key = make("p", { class: "key" },
    make("span", { class: "ruled" }, "solid line"), ": a rule of the model asks for it; ",
    make("span", {}, "dotted line"), ": none does. ", "Arrow keys go from range to range.");
  const marked = make("p", { class: "key" }, make("b", { class: "changed" }, "inverted"), ": changed by the attack.");
  const rows = make("div", { class: "rows" }, offsets, bytes), box = make("div", { class: "sheet" }, rows, words);
  root.append(bar, notes, told, box, marked, key);

  const menu = (label) => {
    const select = make("select", { "aria-label": label, ...KEYS });
    bar.append(make("label", {}, `${label} `, select));
    return select;
  };
  // The first menu decides what there is to choose from in that of the parts.
  const chooser = ([name, options]) => {
    const select = menu(name.replaceAll("_", " "));
    select.append(...options.map((option) => new Option(option)));
    const show = () => { select.value = model.get("chosen")[name]; };
    select.onchange = () => {
      asked = "";
      model.set("chosen", { ...model.get("chosen"), [name]: select.value });
      model.save_changes();
    };
    model.on("change:chosen", show);
    show();
  };
  const [first, ...others] = Object.entries(model.get("options"));
  if (first) chooser(first);
  const which = menu(model.get("part"));
  others.forEach(chooser);

  let sheet, at = 0;
  // The sheet of a link that is not among those shown, until it comes: an answer to something earlier may come before.
  let asked = "";
  const choose = (index) => {
    at = Math.max(0, Math.min(sheet.ranges.length - 1, index));
    for (const [number, option] of [...bytes.children].entries()) option.setAttribute("aria-selected", number === at);
    const option = bytes.children[at], range = sheet.ranges[at];
    bytes.setAttribute("aria-activedescendant", option.id);
    keepInSight(rows, option.querySelector(".changed") ?? option);
    const hex = bytesOf(sheet, range), link = `${sheet.id}@${range.start}`;
    const lines = {
      "What": range.name, "Part of": range.within, "Says": range.value, "Before": range.was, "Changed": changedIn(sheet, range), "Why": range.says,
      "Rule": range.rule ? model.get("rules")[range.rule] : "No rule of the model asks for it.",
      "Bytes": hex.length > 48 ? `${hex.slice(0, 40).join(" ")} … ${hex.slice(-4).join(" ")}` : hex.join(" "),
    };
    const list = make("dl");
    for (const [name, text] of Object.entries(lines)) {
      if (text) list.append(make("div", {}, make("dt", {}, name), make("dd", {}, text)));
    }
    words.replaceChildren(
      make("p", {}, make("b", {}, place(range)), `, range ${at + 1} of ${sheet.ranges.length}. `,
        make("a", { href: `#${link}` }, "Link to it")), list);
  };

  const show = (index, start = 0) => {
    sheet = model.get("shown")[index];
    which.selectedIndex = index;
    marked.hidden = sheet.changed.length === 0;
    told.textContent = `${sheet.title}, ${sheet.hex.length / 2} bytes. ${sheet.told}`;
    bytes.setAttribute("aria-label", `Bytes of ${sheet.title}`);
    offsets.textContent = Array.from({ length: Math.ceil(sheet.hex.length / 2 / ROW) },
      (_, row) => (row * ROW).toString(16).padStart(4, "0")).join("\n");
    bytes.replaceChildren();
    for (const [number, range] of sheet.ranges.entries()) {
      // What it is comes first, and then what is seen of it.
      const says = `${place(range)}, ${what(range)}: ${range.value}${range.was ? ", changed" : ""}`;
      const option = make("span", {
        role: "option", id: `${sheet.id}-range-${number}`, class: range.rule ? "ruled" : "",
        "aria-label": `${says}; ${bytesOf(sheet, range).join(" ")}`,
      }, ...pieces(sheet, range));
      option.onclick = () => choose(number);
      bytes.append(option, " ");
    }
    const wanted = sheet.ranges.findIndex((range) => (start ? start >= range.start && start < range.end : range.was));
    choose(Math.max(0, wanted));
  };
  // A page's address may name a sheet, and a byte of it: #record-1-tls13@171.  One that is not among those shown is asked for.
  const follow = () => {
    const [id, start] = location.hash.slice(1).split("@");
    const linked = model.get("shown").findIndex((one) => one.id === id);
    if (linked >= 0) {
      asked = "";
      show(linked, Number(start ?? 0));
      root.scrollIntoView({ block: "nearest" });
    } else if (id !== asked && /^[a-z0-9]+(-[a-z0-9]+)+$/.test(id)) { // as our ids are, and no heading's and no rule's
      model.set("wanted", asked = id);
      model.save_changes();
    }
  };
  const list = () => {
    const before = which.selectedIndex, shown = model.get("shown");
    which.replaceChildren(...shown.map(({ title }) => new Option(title)));
    notes.replaceChildren(...model.get("notes").map((note) => make("p", {}, note)));
    for (const part of [which.parentElement, told, box, marked, key]) part.hidden = shown.length === 0;
    if (shown.length === 0) return;
    show(Math.min(Math.max(0, before), shown.length - 1));
    if (asked) follow();
  };

  which.onchange = () => show(which.selectedIndex);
  bytes.addEventListener("keydown", (event) => {
    if (!(event.key in STEPS)) return;
    event.preventDefault();
    event.stopPropagation();
    choose(at + STEPS[event.key]);
  });
  model.on("change:shown", list);
  window.addEventListener("hashchange", follow);
  el.append(root);
  list();
  if (location.hash) follow();
  return () => window.removeEventListener("hashchange", follow);
}

export default { render };
