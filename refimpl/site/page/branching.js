// A world to step through without a kernel: what an endpoint becomes by each thing that it hears, says or loses was worked
// out by the endpoint itself; here the worlds are put together from that, and told as the stepper in JupyterLab tells them.

(() => {
  const { load, unpack, faces } = iec63119;
  const ON_MESSAGES = ["deliver", "lose", "double", "delay"];
  const OF_ENTITIES = { remind: "What is said again", restart: "What an endpoint may lose", forget: "What an endpoint may lose" };
  const LEFT = 'style="text-align: left"';
  const NOTHING = "–";

  const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
  const capital = (word) => word[0].toUpperCase() + word.slice(1);

  // The check figure of a token: CRC-32, in eight hexadecimal digits.
  function checked(text) {
    let rest = -1;
    for (const byte of new TextEncoder().encode(text)) {
      rest ^= byte;
      for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? 0xedb88320 : 0);
    }
    return `${text}~${(~rest >>> 0).toString(16).padStart(8, "0")}`;
  }

  // --- Worlds: what may happen in one, and what comes of it ---

  const begin = (space) => ({
    nodes: space.first, tries: space.first.map(() => ({})), flights: [], reached: [0, 0], count: 0, trace: [], notes: [],
  });

  const waits = (space, node) => space.nodes[node][2] !== "";
  const isQuiet = (space, world) => !world.flights.length && !world.nodes.some((node) => waits(space, node));

  // Every action, in the order of the model, and how many there are of which this page does not hold what comes of them.
  function enabled(space, world) {
    const actions = [];
    let beyond = 0;
    const add = (verb, what, came) => {
      if (came) actions.push({ verb, what: String(what) });
      else beyond += 1;
    };
    for (const { number, flight, late } of world.flights) {
      const [, receiver] = space.flights[flight];
      add("deliver", number, space.heard[world.nodes[receiver]]?.[flight]);
      for (const verb of late ? ["lose", "double"] : ["lose", "double", "delay"]) add(verb, number, true);
    }
    for (const [speaker, side, place, nextDay] of space.deeds) {
      if (place < world.reached[side] || (nextDay && !isQuiet(space, world))) continue;
      const node = world.nodes[speaker], came = space.said[node]?.[place];
      if (came || !(node in space.lost)) add("say", `1.${place + 1}`, came);
    }
    const idle = world.flights.every(({ late }) => late);
    for (const [at, { id }] of space.entities.entries()) {
      if (idle && waits(space, world.nodes[at])) add("remind", id, space.again[world.nodes[at]]);
    }
    for (const [which, verb] of ["restart", "forget"].entries()) {
      for (const [at, { id }] of space.entities.entries()) {
        const lost = space.lost[world.nodes[at]];
        if (!lost) beyond += 1;
        else if (lost[which] !== null) add(verb, id, true);
      }
    }
    return { actions, beyond };
  }

  // Whether this page holds what comes of an action: of one, too, that a reader is not offered, since it would change nothing.
  function isHeld(space, world, { verb, what }) {
    const one = world.flights.find(({ number }) => String(number) === what);
    const node = world.nodes[space.entities.findIndex(({ id }) => id === what)];
    switch (verb) {
      case "deliver": return Boolean(one && space.heard[world.nodes[space.flights[one.flight][1]]]?.[one.flight]);
      case "lose": case "double": case "delay": return Boolean(one);
      case "remind": return node in space.again;
      case "restart": case "forget": return node in space.lost;
      default: return space.deeds.some(([speaker, , place]) => what === `1.${place + 1}` && space.said[world.nodes[speaker]]?.[place]);
    }
  }

  // An endpoint that has moved: how often each thing that waits was said is counted here.
  function moved(space, world, at, came, isReminder = false) {
    const [node, sends, notes] = came, before = world.tries[at], tries = {};
    for (const key of Object.keys(space.nodes[node][1])) tries[key] = key in before ? before[key] + isReminder : 1;
    const sent = sends.map((flight, place) => ({ number: world.count + place + 1, flight, late: false }));
    return {
      ...world, notes, nodes: world.nodes.with(at, node), tries: world.tries.with(at, tries),
      flights: [...world.flights, ...sent], count: world.count + sent.length,
    };
  }

  const TAKING = {
    deliver(space, world, what) {
      const one = world.flights.find(({ number }) => String(number) === what), [, receiver] = space.flights[one.flight];
      const left = { ...world, flights: world.flights.filter((other) => other !== one) };
      return moved(space, left, receiver, space.heard[world.nodes[receiver]][one.flight]);
    },
    lose: (_, world, what) => ({ ...world, notes: [], flights: world.flights.filter(({ number }) => String(number) !== what) }),
    double(_, world, what) {
      const one = world.flights.find(({ number }) => String(number) === what), count = world.count + 1;
      return { ...world, notes: [], count, flights: [...world.flights, { ...one, number: count }] };
    },
    delay: (_, world, what) => ({
      ...world, notes: [], flights: world.flights.map((one) => (String(one.number) === what ? { ...one, late: true } : one)),
    }),
    say(space, world, what) {
      const place = Number(what.split(".")[1]) - 1, [speaker, side] = space.deeds[place];
      const after = moved(space, world, speaker, space.said[world.nodes[speaker]][place]);
      return { ...after, reached: world.reached.with(side, place + 1) };
    },
    remind(space, world, what) {
      const at = space.entities.findIndex(({ id }) => id === what);
      return moved(space, world, at, space.again[world.nodes[at]], true);
    },
    restart: (space, world, what) => lost(space, world, what, 0),
    forget: (space, world, what) => lost(space, world, what, 1),
  };

  function lost(space, world, what, which) {
    const at = space.entities.findIndex(({ id }) => id === what);
    return moved(space, world, at, [space.lost[world.nodes[at]][which] ?? world.nodes[at], [], []]);
  }

  function take(space, world, { verb, what }) {
    return { ...TAKING[verb](space, world, what), trace: [...world.trace, { verb, what }] };
  }

  const tokenOf = (space, world) => checked(`${space.head}~${world.trace.map(({ verb, what }) => space.letters[verb] + what).join("_")}`);

  // --- In words ---

  const inWords = (space, { number, flight, late }) => `${number}. ${space.flights[flight][2]}${late ? ", delayed" : ""}`;

  function says(space, world, action) {
    const { verb, what } = action;
    if (verb in OF_ENTITIES) return space.entities.find(({ id }) => id === what).happens[verb];
    if (verb !== "say") return `${capital(verb)} ${inWords(space, world.flights.find(({ number }) => String(number) === what))}`;
    const [speaker] = space.deeds[Number(what.split(".")[1]) - 1], after = take(space, world, action);
    const sent = after.count > world.count ? space.flights[after.flights.at(-1).flight][3] : "";
    return `${space.entities[speaker].name} says ${sent || `${space.nodes[after.nodes[speaker]][2]}, behind what waits`}`;
  }

  function groupsOf(space, world, actions) {
    const choice = (action, text, label) => ({ action: `${action.verb} ${action.what}`, text, label });
    const groups = world.flights.map((one) => ({
      kind: "Under way", about: inWords(space, one),
      choices: actions.filter(({ verb, what }) => ON_MESSAGES.includes(verb) && what === String(one.number))
        .map((action) => choice(action, capital(action.verb), says(space, world, action))),
    }));
    const told = new Set(); // a clearing house loses everything either way
    for (const [verb, kind] of Object.entries({ say: "What a side may say", ...OF_ENTITIES })) {
      for (const action of actions.filter((one) => one.verb === verb)) {
        const words = says(space, world, action);
        if (!told.has(words)) groups.push({ kind, about: "", choices: [choice(action, words, words)] });
        told.add(words);
      }
    }
    return groups;
  }

  // What an endpoint holds: rows of what it is about and what it says, as HTML.
  function held(space, world, at) {
    const [rows, said] = space.nodes[world.nodes[at]], told = new Map(rows);
    for (const [key, row] of Object.entries(said)) {
      const many = world.tries[at][key];
      told.set(rows[row][0], `said ${many === 1 ? "once" : `${many} times`}, waits for its answer`);
    }
    return told;
  }

  function tableOf(space, before, world, at) {
    const was = held(space, before, at), now = held(space, world, at), rows = [];
    for (const about of new Set([...now.keys(), ...was.keys()])) {
      const old = was.get(about) ?? NOTHING, next = now.get(about) ?? NOTHING;
      const change = old === next ? "" : old === NOTHING ? "new" : next === NOTHING ? "gone" : "changed";
      rows.push([about, change, next, change && old]);
    }
    if (!rows.length) rows.push(["nothing yet", "", "", ""]);
    const line = ([about, ...others]) =>
      `<tr><th scope="row" ${LEFT}>${about}</th>${others.map((text) => `<td ${LEFT}>${text}</td>`).join("")}</tr>`;
    const heads = ["what", "changed", "now", "before"].map((head) => `<th scope="col" ${LEFT}>${head}</th>`).join("");
    return `<table><caption ${LEFT}>${space.entities[at].caption}</caption><thead><tr>${heads}</tr></thead>`
      + `<tbody>${rows.map(line).join("")}</tbody></table>`;
  }

  function changedIn(space, before, world) {
    const noted = world.notes.map((note) => `<p><b>Noted:</b> ${space.notes[note][1]}</p>`);
    return [...noted, ...space.entities.map((_, at) => `<div tabindex="0">${tableOf(space, before, world, at)}</div>`)].join("");
  }

  // --- Drawn ---

  function arrow(space, { number, flight, late }, look, marks) {
    const told = late ? [...marks, "delayed"] : marks;
    return space.arrows[flight][look].map((piece) => space.pieces[piece]).join("")
      .replaceAll(space.holes.number, number).replaceAll(space.holes.marks, escaped(told.join(" ")));
  }

  // One step of the trace: its lines, and whether something went wrong with a message.
  function stepOf(space, before, after, { verb, what }, words) {
    const event = (drawn, told) => ({ lines: [drawn.replaceAll(space.holes.words, escaped(told))], alarming: false });
    if (verb === "say") return event(space.entities[space.deeds[Number(what.split(".")[1]) - 1][0]].said, words);
    if (verb in OF_ENTITIES) return event(space.entities.find(({ id }) => id === what)[verb === "remind" ? "said" : "suffered"], words);
    if (verb === "double") return event(space.event, `message ${what} is doubled: ${after.count} is its copy`);
    if (verb === "delay") return event(space.event, `message ${what} is delayed`);
    const one = before.flights.find(({ number }) => String(number) === what);
    if (verb === "lose") return { lines: [arrow(space, one, "lost", ["lost"])], alarming: true };
    const marks = after.notes.map((note) => `✗ ${space.notes[note][0]}`);
    const look = marks.length ? "noted" : one.late ? "marked" : "plain";
    return { lines: [arrow(space, one, look, marks)], alarming: marks.length > 0 };
  }

  function rowsOf(space, way) {
    const steps = way.slice(1).map((now, at) => stepOf(space, way[at].world, now.world, now.action, now.says));
    const { flights } = way.at(-1).world, { sizes, holes } = space;
    if (flights.length) steps.push({ lines: flights.map((one) => arrow(space, one, "under way", ["under way"])), alarming: false });
    let lines = 0;
    const drawn = steps.map((step, number) => {
      const moved = step.lines.map((line) => `<g transform="translate(0 ${sizes.row * lines++})">${line}</g>`);
      return `<g data-step="${number}"${step.alarming ? ' class="alarming"' : ""}>${moved.join("")}</g>`;
    });
    const bottom = sizes.first + sizes.row * lines + sizes.below, end = "</g></svg>";
    const frame = space.frame.replaceAll(holes.height, bottom - sizes.from).replaceAll(holes.bottom, bottom);
    return frame.slice(0, -end.length) + drawn.join("") + end;
  }

  // --- The history: a tree of moments ---

  function historyOf(space) {
    const moments = [{ world: begin(space), before: 0, action: null, says: "Nothing has happened yet" }], after = [[]];
    return {
      space, moments,
      take(at, action) {
        const known = after[at].find((one) => moments[one].action.verb === action.verb && moments[one].action.what === action.what);
        if (known !== undefined) return known;
        const { world } = moments[at];
        moments.push({ world: take(space, world, action), before: at, action, says: says(space, world, action) });
        after.push([]);
        after[at].push(moments.length - 1);
        return moments.length - 1;
      },
      following: (at) => Math.max(at, ...after[at]),
      wayTo(at) {
        const way = [at];
        while (way[0] !== 0) way.unshift(moments[way[0]].before);
        return way;
      },
      inOrder(way) {
        const waiting = [[0, 0]], entries = [];
        while (waiting.length) {
          const [number, branches] = waiting.pop(), [first, ...others] = after[number];
          entries.push({ number, says: moments[number].says, branches, leads: way.includes(number) });
          waiting.push(...others.reverse().map((other) => [other, branches + 1]));
          if (first !== undefined) waiting.push([first, branches]);
        }
        return entries;
      },
    };
  }

  // --- The face ---

  faces.branching = async (value) => {
    const spaceOf = (one) => (one.own ? unpack(one.own) : load(one.name));
    let history, at, drawn = 0;

    // Read a token; raises with what is wrong with it.
    async function opened(token) {
      const parts = token.trim().split("~"), head = parts.slice(0, -2).join("~"), [version] = value.worlds[0].head.split("~");
      if (parts[0] !== version) throw new Error(`this is no token: one begins with ${version}~`);
      if (checked(parts.slice(0, -1).join("~")) !== token.trim()) throw new Error("the token is not whole; copy all of it again");
      const world = value.worlds.find((one) => one.head === head);
      if (!world) throw new Error("this page does not hold the worlds of this token; JupyterLab opens it");
      const fresh = historyOf(await spaceOf(world)), { space } = fresh;
      const verbs = Object.fromEntries(Object.entries(space.letters).map(([verb, letter]) => [letter, verb]));
      let now = 0;
      for (const [number, text] of parts.at(-2).split("_").filter(Boolean).entries()) {
        const action = { verb: verbs[text[0]], what: text.slice(1) };
        if (!isHeld(space, fresh.moments[now].world, action)) {
          throw new Error(`action ${number + 1} of the token, ${action.verb} ${action.what}: not possible, or not held by this page`);
        }
        now = fresh.take(now, action);
      }
      return [fresh, now];
    }

    function look() {
      const { space, moments } = history, way = history.wayTo(at), told = way.map((number) => moments[number]);
      const { world } = told.at(-1), { actions, beyond } = enabled(space, world);
      const choices = {}, silent = {}, phases = {};
      for (const { chosen, labels } of value.worlds) {
        for (const [name, one] of Object.entries(chosen)) (choices[name] ??= {})[one] = labels[name];
      }
      for (const [name, options] of Object.entries(choices)) if (Object.keys(options).length === 1) silent[name] = "no other on this page";
      for (const [place, { id }] of space.entities.entries()) phases[id] = space.nodes[world.nodes[place]][3];
      const many = beyond === 1 ? "One thing more" : `${beyond} things more`;
      return {
        at, before: moments[at].before, way, following: history.following(at), history: history.inOrder(way),
        groups: groupsOf(space, world, actions), heads: space.heads, rows: rowsOf(space, told), phases,
        beyond: beyond ? `${many} may happen here that this page does not hold; the token opens this moment in JupyterLab.` : "",
        changed: changedIn(space, (told.at(-2) ?? told[0]).world, world), token: tokenOf(space, world), fault: "",
        chosen: value.worlds.find(({ head }) => head === space.head).chosen, choices, silent, drawn: ++drawn,
      };
    }

    // The world that has what is chosen, and else most of what is chosen now.
    function worldWith(asked) {
      const now = value.worlds.find(({ head }) => head === history.space.head).chosen, [[name, wanted]] = Object.entries(asked);
      const alike = ({ chosen }) => Object.keys(now).filter((one) => chosen[one] === now[one]).length;
      return value.worlds.filter(({ chosen }) => chosen[name] === wanted).sort((one, other) => alike(other) - alike(one))[0];
    }

    const DEEDS = {
      take(text) {
        const [verb, what] = text.split(" ");
        at = history.take(at, { verb, what });
      },
      go: (to) => { at = to; },
      async open(token) {
        const known = history?.moments.findIndex(({ world }) => tokenOf(history.space, world) === token) ?? -1;
        if (known >= 0) at = known;
        else [history, at] = await opened(token);
      },
      async begin(asked) {
        history = historyOf(await spaceOf(worldWith(asked)));
        at = 0;
      },
    };

    async function answer(model, asked) {
      try {
        for (const [deed, what] of Object.entries(asked)) await DEEDS[deed](what);
      } catch (error) {
        model.tell({ fault: error.message, drawn: ++drawn });
        return false;
      }
      model.tell(look());
      return true;
    }

    await DEEDS.open(value.token);
    let answered = Promise.resolve();
    return {
      begins: look(),
      // One after the other, as a kernel does: worlds may take a while to come.
      asked: (model, asked) => (answered = answered.then(() => answer(model, asked))),
      place: (model) => ({ trace: model.get("token") }),
      open(model, { trace }) {
        return trace && this.asked(model, { open: trace });
      },
    };
  };
})();
