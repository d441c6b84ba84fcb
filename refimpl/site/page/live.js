// Brings the stored pictures of a page to life.  A view's own script draws as it does in JupyterLab; what a kernel would
// answer it there, a face answers here from what was prepared.  What is chosen stands in the address of the page, so that
// a link shows what its sender saw.

(() => {
  const NEAR = "600px";
  const SAME_DEED_MS = 700;
  const { load, unpack, faces } = iec63119;

  // What a view of JupyterLab calls a model: values by name, and who hears of a change.
  function modelOf(values, answer) {
    const heard = [];
    const changed = new Set();
    const fire = (name, ...told) => {
      for (const one of heard) if (one.name === name) one.deed(...told);
    };
    const model = {
      get: (name) => values[name],
      set(name, value) {
        if (values[name] === value) return;
        values[name] = value;
        changed.add(name);
        fire(`change:${name}`);
      },
      save_changes() {
        const names = [...changed];
        changed.clear();
        if (names.length) answer.changed(model, names);
      },
      on(names, deed) {
        for (const name of names.split(" ")) heard.push({ name, deed });
      },
      send: (asked) => answer.asked?.(model, asked),
      // What a kernel would send: all values first, and then word of each.
      tell(told) {
        const names = Object.keys(told).filter((name) => values[name] !== told[name]);
        Object.assign(values, told);
        for (const name of names) fire(`change:${name}`);
      },
      hear: (told) => fire("msg:custom", told),
    };
    return model;
  }

  // --- The faces: what each view begins with, what it is answered, and what of it stands in the address ---

  const keyOf = (chosen) => Object.values(chosen).join("\n");

  // A choice of every menu: that of the address where it is one, and else the one that stands.
  function chosenFrom(options, chosen, asked) {
    const found = { ...chosen };
    for (const [name, labels] of Object.entries(options)) if (labels.includes(asked[name])) found[name] = asked[name];
    return found;
  }

  faces.menus = (value) => {
    const pieces = value.pieces;
    const drawnOf = (chosen) => {
      const [body, title] = value.pictures[keyOf(chosen)];
      const text = document.createElement("p");
      text.textContent = title;
      const escaped = text.innerHTML.replaceAll('"', "&quot;");
      return value.bodies[body][0].map((at) => pieces[at]).join("").replaceAll(value.title, () => escaped);
    };
    // A menu is silent where each of its options shows the same.
    const silentFor = (chosen) => {
      const silent = {};
      const [shown] = value.pictures[keyOf(chosen)];
      for (const [name, labels] of Object.entries(value.options)) {
        const same = labels.every((label) => value.pictures[keyOf({ ...chosen, [name]: label })][0] === shown);
        const every = labels.length === 1 ? "There is no other." : `The picture is the same for all ${labels.length}.`;
        if (same) silent[name] = value.bodies[shown][1][name] ?? every;
      }
      return silent;
    };
    const stateOf = (chosen) => ({ chosen, pictures: { [keyOf(chosen)]: drawnOf(chosen) }, silent: silentFor(chosen) });
    return {
      begins: { options: value.options, ...stateOf(value.chosen) },
      changed: (model) => {
        const { chosen, ...told } = stateOf(model.get("chosen"));
        model.tell(told);
      },
      place: (model) => model.get("chosen"),
      open: (model, asked) => model.tell(stateOf(chosenFrom(value.options, value.chosen, asked))),
    };
  };

  faces.bytes = (value) => {
    const stateOf = (chosen) => {
      const { rules, notes, sheets } = value.shown[keyOf(chosen)];
      return { chosen, rules, notes, shown: sheets.map((at) => value.sheets[at]) };
    };
    const [first] = Object.keys(value.options);
    // A link may name a sheet that another option of the first menu shows.
    const find = (model, wanted) => {
      for (const label of value.options[first] ?? []) {
        const state = stateOf({ ...model.get("chosen"), [first]: label });
        if (state.shown.some(({ id }) => id === wanted)) return model.tell(state);
      }
    };
    const link = (box) => box.querySelector(".words a")?.hash.slice(1);
    return {
      begins: { part: value.part, options: value.options, wanted: "", ...stateOf(value.chosen) },
      changed: (model, names) => {
        if (names.includes("wanted")) find(model, model.get("wanted"));
        else model.tell(stateOf(model.get("chosen")));
      },
      follow(model, seen) {
        const label = seen[value.follows.menu];
        if (value.options[value.follows.menu].includes(label)) model.tell(stateOf({ ...model.get("chosen"), [value.follows.menu]: label }));
      },
      place: (model, box) => ({ ...model.get("chosen"), at: link(box) ?? "" }),
      open(model, asked, box) {
        model.tell(stateOf(chosenFrom(value.options, value.chosen, asked)));
        const [id, start] = (asked.at ?? "").split("@");
        const index = model.get("shown").findIndex((sheet) => sheet.id === id);
        if (index < 0) return;
        const which = box.querySelector(`select[aria-label="${value.part}"]`);
        which.selectedIndex = index;
        which.dispatchEvent(new Event("change"));
        const ranges = model.get("shown")[index].ranges;
        const at = ranges.findIndex((range) => Number(start) >= range.start && Number(start) < range.end);
        box.querySelectorAll("[role=option]")[at]?.click();
      },
    };
  };

  faces.stepper = async (value) => {
    const filmOf = (edition) => (value.film && edition === value.edition ? unpack(value.film) : load(`film.${edition}`));
    const keyed = ({ journey, mode, strategy, show, faults }) =>
      [journey, mode, strategy, show, Object.entries(faults).map((one) => one.join(":")).join(",")].join("\n");

    // The state of the story that is asked for: what an edition has not is changed for the first that it has.
    async function stateOf(wanted) {
      const film = await filmOf(wanted.edition), asked = { ...wanted };
      for (const name of ["journey", "mode", "strategy"]) {
        if (!(asked[name] in film.choices[name])) [asked[name]] = Object.keys(film.choices[name]);
      }
      const whole = { ...asked, show: "all" }, sound = { ...asked, faults: {} };
      const all = { ...sound, show: "all" };
      const told = [asked, whole, sound, all].find((one) => keyed(one) in film.stories);
      const [heads, rows, steps, calls, panels, show, silent] = film.stories[keyed(told)];
      const text = (at) => film.texts[at].map((piece) => film.pieces[piece]).join("");
      const some = keyed({ ...all, faults: { [steps[0].number]: "lost" } }) in film.stories;
      const barred = Object.keys(told.faults).length ? film.one_fault : film.no_fault;
      return {
        ...told, heads: text(heads), rows: text(rows), steps, calls, panels: panels.map(text), silent, fates: film.fates,
        choices: { ...film.choices, edition: value.editions, show }, at: Math.max(1, Math.min(told.at, steps.length)),
        barred: some && !Object.keys(told.faults).length ? "" : barred,
      };
    }

    const NAMES = ["journey", "edition", "mode", "strategy", "show", "faults", "at"];
    const standing = (model) => Object.fromEntries(NAMES.map((name) => [name, model.get(name)]));
    let drawn = 0, asked = 0;
    // A film that is asked for first may come last; what was asked for last is shown.
    const tell = async (model, wanted) => {
      const turn = ++asked, state = await stateOf(wanted);
      if (turn === asked) model.tell({ ...state, drawn: ++drawn });
    };
    const { film, editions, ...first } = value;
    return {
      begins: { drawn, ...(await stateOf(first)) },
      async changed(model, names) {
        if (names.length === 1 && names[0] === "at") return;
        const wanted = standing(model);
        if (names.some((name) => !["faults", "show", "at"].includes(name))) wanted.faults = {}; // another story, other messages
        await tell(model, wanted);
      },
      place(model) {
        const { faults, at, ...others } = standing(model);
        return { ...others, faults: Object.entries(faults).map((one) => one.join(":")).join(","), step: at };
      },
      async open(model, { faults, step, ...others }) {
        const known = Object.fromEntries(Object.entries(others).filter(([name]) => NAMES.includes(name)));
        if (!(known.edition in value.editions)) delete known.edition;
        const read = Object.fromEntries((faults ?? "").split(",").filter(Boolean).map((one) => one.split(":")));
        await tell(model, { ...first, ...known, faults: read, at: Number(step ?? first.at) || 1 });
      },
    };
  };

  // --- The address: #cell-ID?name=value&... ---

  const addressOf = (id, place) => `#${id}?${new URLSearchParams(Object.entries(place))}`;

  function readAddress() {
    const [id, asked] = location.hash.slice(1).split("?");
    return { id, asked: Object.fromEntries(new URLSearchParams(asked ?? "")) };
  }

  let last = { id: "", at: -Infinity };
  // What was changed is a step of the browser's history; what is changed at once again is the same step.
  function keepInAddress(id, place) {
    const address = addressOf(id, place), now = performance.now();
    if (address === location.hash) return;
    const again = last.id === id && now - last.at < SAME_DEED_MS;
    history[again ? "replaceState" : "pushState"](null, "", address);
    last = { id, at: now };
  }

  // --- Bringing to life ---

  const living = new Map();

  function bring(box) {
    if (!living.has(box.id)) living.set(box.id, bringAnew(box).catch((error) => leaveStored(box, error)));
    return living.get(box.id);
  }

  // The stored picture stays, and says that it does.
  function leaveStored(box, error) {
    const said = document.createElement("p");
    said.className = "fault";
    said.textContent = `This picture stays as it is stored: ${error.message}.`;
    box.prepend(said);
  }

  async function bringAnew(box) {
    const { face, name } = box.dataset;
    const [value, { look, widget }] = await Promise.all([load(name), load(`face.${face}`)]);
    wear(face, look);
    const answer = await faces[face](value, box);
    const model = modelOf({ ...answer.begins }, {
      async changed(one, names) {
        await answer.changed?.(one, names);
        moved();
      },
      async asked(one, asked) {
        if (await answer.asked?.(one, asked)) moved();
      },
    });
    const place = () => answer.place?.(model, root) ?? {};
    places.set(box.id, place);
    // The picture comes first; the browser takes its time over an address.
    const moved = () => {
      tellFollowers(box.id);
      requestAnimationFrame(() => setTimeout(() => keepInAddress(box.id, place())));
    };
    const root = document.createElement("div");
    root.className = "view";
    const view = typeof widget === "function" ? await widget() : widget;
    await view.initialize?.({ model });
    await view.render({ model, el: root });
    box.replaceChildren(root, ...(answer.place ? [linkBar(box, place)] : []));
    answer.watch?.(root, moved);
    box.classList.add("lives");
    const first = place();
    const open = async (asked) => {
      await answer.open?.(model, asked, root);
      tellFollowers(box.id);
    };
    if (value.follows) {
      followers.push({ of: value.follows.cell, hear: (seen) => answer.follow(model, seen) });
      if (places.has(value.follows.cell)) answer.follow(model, places.get(value.follows.cell)());
    }
    return { open, openFirst: () => open(first) };
  }

  // Where each picture stands, and which choose what is chosen of another.
  const places = new Map();
  const followers = [];
  const tellFollowers = (id) => {
    for (const one of followers) if (one.of === id) one.hear(places.get(id)());
  };

  const worn = new Set();

  function wear(face, look) {
    if (worn.has(face)) return;
    worn.add(face);
    const style = document.createElement("style");
    style.textContent = look;
    document.head.append(style);
  }

  function linkBar(box, place) {
    const bar = document.createElement("div"), copy = document.createElement("button"), said = document.createElement("span");
    bar.className = "link-bar";
    copy.type = "button";
    copy.textContent = "Copy link";
    copy.setAttribute("aria-label", "Copy link to what is shown here");
    said.setAttribute("role", "status");
    copy.onclick = async () => {
      const link = location.href.split("#")[0] + addressOf(box.id, place());
      said.textContent = (await copied(link)) ? "Copied." : link;
    };
    bar.append(copy, said);
    return bar;
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      return false;
    }
  }

  async function follow() {
    const { id, asked } = readAddress(), within = document.getElementById(id)?.parentElement?.closest(".live[data-face]");
    if (within) { // a place in a picture, which may be another once that lives
      await bring(within);
      return document.getElementById(id)?.scrollIntoView({ block: "nearest" });
    }
    const shown = last.id && last.id !== id ? last.id : "";
    if (shown) await (await living.get(shown))?.openFirst();
    const box = document.getElementById(id);
    if (!box?.dataset.face) return;
    const one = await bring(box);
    if (Object.keys(asked).length) await one?.open(asked);
    else await one?.openFirst();
    last = { id, at: -Infinity };
    box.scrollIntoView({ block: "nearest" });
  }

  const near = new IntersectionObserver((seen) => {
    for (const { target, isIntersecting } of seen) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      bring(target);
    }
  }, { rootMargin: NEAR });

  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll(".live[data-face]")) near.observe(box);
    addEventListener("popstate", follow);
    follow();
  });
})();
