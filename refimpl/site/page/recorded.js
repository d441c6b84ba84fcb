// Views whose every answer was worked out when the site was built: how their controls may stand, and what they then show.

(() => {
  const { load, faces } = iec63119;

  async function recorded(value) {
    const { answers, leads = {} } = value.of ? await load(value.of) : value;
    const controls = [...new Set(answers.flatMap(({ by }) => by))];
    const told = [...new Set(answers.flatMap(({ names }) => names))];

    // What is shown where the controls stand so; nothing where some of it was not worked out.
    function answerTo(standing) {
      const found = {};
      for (const { by, names, told: numbers, known } of answers) {
        const here = numbers[JSON.stringify(by.map((name) => standing[name]))] ?? [];
        here.forEach((number, at) => { found[names[at]] = known[number]; });
      }
      return told.every((name) => name in found) ? found : null;
    }

    // What a control changes of others.
    const led = (name, to) => leads[name]?.[to] ?? {};
    const standingOf = (model) => Object.fromEntries(controls.map((name) => [name, model.get(name)]));
    const begins = { ...value.begins, ...answerTo(value.begins) };
    const first = Object.fromEntries(controls.map((name) => [name, begins[name]]));
    const read = (name, text) => {
      if (typeof first[name] === "string") return text;
      try {
        return JSON.parse(text);
      } catch {
        return first[name];
      }
    };

    return {
      begins,
      changed(model, names) {
        const lead = Object.assign({}, ...names.map((name) => led(name, model.get(name))));
        model.tell({ ...lead, ...answerTo({ ...standingOf(model), ...lead }) });
      },
      place: (model) => Object.fromEntries(
        Object.entries(standingOf(model)).map(([name, one]) => [name, typeof one === "string" ? one : JSON.stringify(one)])),
      open(model, asked) {
        let standing = first;
        for (const name of controls.filter((one) => one in asked)) {
          const to = read(name, asked[name]), next = { ...standing, ...led(name, to), [name]: to };
          if (answerTo(next)) standing = next;
        }
        model.tell({ ...standing, ...answerTo(standing) });
      },
    };
  }

  faces.outages = faces.drafts = faces.converter = recorded;

  // A day that is simulated is done at once.
  faces.day = async (value) => ({ ...(await recorded(value)), asked: (model) => model.hear({ done: model.get("done") }) });

  const RULES = ["words", "clause", "level", "basis", "edition", "what is missing"];
  faces.traceability = (value) => ({ begins: value, ...iec63119.sifted(RULES) });
})();
