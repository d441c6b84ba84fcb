// The live face of a VectorSearch.  A line of every vector is here from the start and is sifted here; the vector that is
// opened comes whole from Python.

const KEYS = { "data-lm-suppress-shortcuts": "true" };
const AT_ONCE = 40;

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

async function read(packed) {
  const unzipped = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(unzipped).json();
}

// A page without a kernel has the lines already.
async function unpack(packed) {
  const told = packed.vectors ? packed : await read(packed);
  const vectors = told.vectors.map(([id, title, why, operation, outcome, editions, rules, flags]) => {
    const named = rules.map((at) => told.rules[at]);
    const text = [id, title, why, operation, ...named, ...flags.map((at) => told.flags[at])].join(" ").toLowerCase();
    return { id, title, outcome, editions, rules: named, family: id.split("/")[0], text };
  });
  return { ...told, vectors };
}

function choice(name, values) {
  const options = values.map((value) => make("option", { value }, value));
  const select = make("select", { "aria-label": name, ...KEYS }, make("option", { value: "" }, "all"), ...options);
  return [select, make("label", {}, name, select)];
}

async function render({ model, el }) {
  const root = make("div", { class: "iec63119 iec63119-listing iec63119-vectors" });
  el.append(root);
  const { vectors, families, rules } = await unpack(model.get("packed"));
  const words = make("input", { type: "search", "aria-label": "words", size: 20, ...KEYS });
  const [family, ofFamily] = choice("family", families);
  const [outcome, ofOutcome] = choice("outcome", ["accept", "reject", "by edition"]);
  const [rule, ofRule] = choice("rule", rules);
  const [edition, ofEdition] = choice("edition", [...new Set(vectors.flatMap((one) => one.editions))].sort());
  const again = make("button", { type: "button", ...KEYS }, "Show all");
  const bar = make("div", { class: "bar", role: "group", "aria-label": "Which vectors" },
    make("label", {}, "words", words), ofFamily, ofOutcome, ofRule, ofEdition, again);
  const status = make("p", { role: "status" });
  const heads = ["vector", "what it asks", "outcome", "editions", "rules"].map((head) => make("th", { scope: "col" }, head));
  const body = make("tbody");
  const table = make("table", {}, make("caption", {}, "Vectors; press one to open it"), make("thead", {}, make("tr", {}, ...heads)), body);
  const box = make("div", { class: "box", tabindex: "0", role: "region", "aria-label": "Vectors", ...KEYS }, table);
  const more = make("button", { type: "button", ...KEYS }, `Show ${AT_ONCE} more`);
  root.append(bar, status, box, make("div", { class: "bar" }, more));

  let found = [], shown = 0;
  const opened = new Map();
  const lineOf = (one) => {
    const button = make("button", { type: "button", class: "opens", "aria-expanded": "false", ...KEYS }, one.id);
    const cells = [one.title, one.outcome, one.editions.join(", "), one.rules.join(", ")];
    const line = make("tr", {}, make("th", { scope: "row" }, button), ...cells.map((text) => make("td", {}, text)));
    button.onclick = () => {
      const known = opened.get(one.id);
      button.setAttribute("aria-expanded", !known);
      opened.delete(one.id);
      if (known) return known.remove();
      const whole = make("tr", { class: "opened" }, make("td", { colspan: heads.length }, "Fetching it …"));
      opened.set(one.id, whole);
      line.after(whole);
      model.send({ open: one.id });
    };
    return line;
  };
  const showMore = () => {
    body.append(...found.slice(shown, shown + AT_ONCE).map(lineOf));
    shown = Math.min(found.length, shown + AT_ONCE);
    status.textContent = `${found.length} of ${vectors.length} vectors${shown < found.length ? `, the first ${shown} shown` : ""}.`;
    more.hidden = shown === found.length;
  };
  const sift = () => {
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    found = vectors.filter((one) => (!family.value || one.family === family.value) && (!outcome.value || one.outcome === outcome.value)
      && (!rule.value || one.rules.includes(rule.value)) && (!edition.value || one.editions.includes(edition.value))
      && asked.every((word) => one.text.includes(word)));
    opened.clear();
    body.replaceChildren();
    box.scrollTop = shown = 0;
    showMore();
  };
  for (const field of [words, family, outcome, rule, edition]) field.addEventListener("input", sift);
  again.onclick = () => {
    for (const field of [words, family, outcome, rule, edition]) field.value = "";
    sift();
  };
  more.onclick = showMore;
  model.on("msg:custom", ({ id, html }) => {
    const cell = opened.get(id)?.firstElementChild;
    if (cell) cell.innerHTML = html;
  });
  sift();
}

export default { render };
