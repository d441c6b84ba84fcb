// A field for identifiers without a kernel: the profiles, the order of the rules and the matrices of the check character are
// those of the model; what is done with them is done here once more, as `refimpl.identifiers` does it.

(() => {
  const { faces } = iec63119;
  const LEFT = 'style="text-align: left"';

  const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

  // A text as Python writes it in ASCII, within quotes.
  function quoted(characters) {
    const quote = characters.includes("'") && !characters.includes('"') ? '"' : "'";
    const short = { "\t": "\\t", "\n": "\\n", "\r": "\\r", "\\": "\\\\", [quote]: `\\${quote}` };
    const written = (char) => {
      const code = char.codePointAt(0), hex = code.toString(16);
      if (char in short) return short[char];
      if (code >= 32 && code < 127) return char;
      return code < 256 ? `\\x${hex.padStart(2, "0")}` : code < 65536 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
    };
    return quote + [...characters].map(written).join("") + quote;
  }

  faces.identifier = ({ text: first, longest, profiles, orders, rules, characters, separators, matrices, alone }) => {
    const DIGITS = characters.slice(0, 10), LETTERS = characters.slice(10), PLAIN = characters + LETTERS.toLowerCase();
    const isPlain = (char) => PLAIN.includes(char);

    // --- The character that ends an identifier ---

    const times = (pair, matrix, modulus) => [0, 1].map((at) => (pair[0] * matrix[0][at] + pair[1] * matrix[1][at]) % modulus);
    const pairsOf = (char) => {
      const n = characters.indexOf(char);
      return [[Math.floor(n / 18), Math.floor(n / 9) % 2], [Math.floor(n / 3) % 3, n % 3]];
    };
    function summand(char, place) {
      let [q, r] = pairsOf(char);
      for (let at = 0; at < place; at++) [q, r] = [times(q, matrices[0], 2), times(r, matrices[1], 3)];
      return [q, r];
    }
    const add = (sums, more) => [2, 3].map((modulus, at) => sums[at].map((one, digit) => (one + more[at][digit]) % modulus));
    const sumsOf = (text) => [...text].reduce((sums, char, at) => add(sums, summand(char, at + 1)), [[0, 0], [0, 0]]);
    const checkCharacter = (text) => [...characters].find((char) => sumsOf(text + char).flat().every((digit) => digit === 0));
    const numberOf = (char) => String(characters.indexOf(char));
    function dinRows(text) {
      let power = 0, total = 0;
      return [...text].map((char, at) => {
        const digits = [...numberOf(char)], weights = digits.map((_, k) => `2^${power + k} = ${2 ** (power + k)}`);
        const more = digits.reduce((sum, digit, k) => sum + Number(digit) * 2 ** (power + k), 0);
        power += digits.length;
        total += more;
        return [at + 1, char, numberOf(char), weights.join(", "), more, total];
      });
    }
    const dinDigit = (text) => "0123456789X"[dinRows(text).at(-1)[5] % 11];
    const METHODS = { 14: checkCharacter, 11: dinDigit };

    // --- Reading ---

    // A part ends at the next separator if there must be one, else by its width; the last takes what remains.
    function cut(text, grammar) {
      let at = grammar.prefix && text[0] === grammar.prefix ? 1 : 0;
      return grammar.parts.map((part, number) => {
        const split = part.gap && at < text.length && grammar.separators.includes(text[at]);
        let piece = text.slice(at + split);
        if (number < grammar.parts.length - 1) {
          const next = piece.indexOf(grammar.separators), must = grammar.stand === "everywhere";
          piece = piece.slice(0, must ? (next < 0 ? piece.length : next) : part.most);
        }
        const start = at + split;
        at = start + piece.length;
        return { part, start, text: piece, split };
      });
    }

    const none = (index) => (index < 0 ? null : index);
    function outside({ part, start, text }) {
      let from = 0;
      while (part.leading && text[from] === part.leading) from += 1;
      if (from === text.length || separators.includes(text[from])) return start + from;
      const found = text.slice(from).findIndex((char) => !part.alphabet.includes(char.toUpperCase()));
      return found < 0 ? null : start + from + found;
    }

    // The first character, counted from 0, that breaks a rule; null where none does.
    const CHECKS = {
      endless: ({ text }) => (text.length > longest ? longest : null),
      stray: ({ text, grammar }) => none(text.findIndex((char) => !isPlain(char) && !separators.includes(char) && char !== grammar.prefix)),
      separator({ text: all, grammar, pieces }) {
        const everywhere = grammar.stand === "everywhere", some = grammar.stand === "all or none" && pieces.some(({ split }) => split);
        for (const { part, start, text, split } of pieces) {
          if (split && !text.length) return Math.min(start, all.length - 1);
          if (part.gap && !split && (everywhere || (some && text.length))) return start;
          const found = text.findIndex((char) => separators.includes(char) && !part.alphabet.includes(char));
          if (found >= 0) return start + found;
        }
        return null;
      },
      length({ text: all, grammar, pieces }) {
        for (const { part, start, text } of pieces) {
          if (text.length < part.least || text.length > part.most) return start + Math.min(text.length, part.most);
        }
        return all.length > grammar.longest ? grammar.longest : null;
      },
      "lower case"({ grammar, pieces }) {
        for (const { part, start, text } of pieces) {
          const found = grammar.capitals.includes(part.name) ? text.findIndex((char) => /[a-z]/.test(char)) : -1;
          if (found >= 0) return start + found;
        }
        return null;
      },
      "no check": ({ text, grammar, pieces }) => (grammar.check_asked && !pieces.at(-1).text.length ? text.length : null),
      "wrong check"({ pieces }) {
        const before = pieces.slice(0, -1).flatMap(({ text }) => text).join("").toUpperCase(), given = pieces.at(-1);
        return given.text.length && given.text.join("").toUpperCase() !== METHODS[before.length](before) ? given.start : null;
      },
    };
    function check(name, reading) {
      if (name in CHECKS) return CHECKS[name](reading);
      const piece = reading.pieces.find(({ part }) => part.name === name);
      return piece ? outside(piece) : null;
    }

    // A text as one of the two: its pieces, and the first fault in it.
    function readAs(kind, all, profile) {
      const grammar = profiles[profile][kind], text = all.slice(0, longest + 1), reading = { text, grammar, pieces: cut(text, grammar) };
      for (const [rule, name] of orders[kind]) {
        const place = check(name, reading);
        if (place !== null) return { ...reading, kind, rule, place };
      }
      return { ...reading, kind };
    }

    function looksLikeEvseId(text, profile) {
      if (profiles[profile]["EVSE ID"].prefix) return text.length > 0 && (DIGITS.includes(text[0]) || text[0] === "+");
      const plain = text.filter((char) => char !== "-" && char !== "*"), kind = (plain[5] ?? "").toUpperCase();
      return kind === "E" || (kind !== "C" && (text.includes("*") || alone.includes(plain.length)));
    }

    // As whichever of the two it is written; where it is neither, as the one that it looks like.
    function parse(text, profile) {
      if (!looksLikeEvseId(text.slice(0, longest + 1), profile)) return readAs("EMAID", text, profile);
      const place = readAs("EVSE ID", text, profile), contract = place.rule ? readAs("EMAID", text, profile) : place;
      return contract.rule ? place : contract;
    }

    function canonical({ kind, grammar, pieces }) {
      const part = Object.fromEntries(pieces.map((piece) => [piece.part.name, piece.text.join("").toUpperCase()]));
      if (kind === "EMAID") return part.country + part.provider + (part.type ?? "") + part.instance + part.check;
      if (grammar.prefix) return `${grammar.prefix}${part.country}*${part.operator}*${part.outlet}`;
      return `${part.country}${part.operator}E${part.outlet.replaceAll("*", "")}`;
    }

    // --- In words ---

    const link = (rule) => rules[rule][0];
    const verdictOf = (found, text) => {
      if (!found.rule) return `${found.kind} ${escaped(canonical(found))}`;
      const char = found.place < text.length ? quoted([text[found.place]]) : "end of text";
      return `${rules[found.rule][1]} (character ${found.place + 1}: ${escaped(char)})`;
    };

    // The characters up to the first that breaks a rule, those of one part together.
    function runsOf({ text, grammar, pieces, rule, place }) {
      const names = [];
      if (grammar.prefix && text[0] === grammar.prefix) names[0] = "·";
      for (const { part, start, text: own, split } of pieces) {
        if (split) names[start - 1] = "·";
        own.forEach((_, at) => { names[start + at] = part.name; });
      }
      const runs = [];
      const shown = rule ? [...text.slice(0, place), text[place] ?? ""] : text;
      shown.forEach((char, at) => {
        const broken = rule !== undefined && at === place, name = broken ? rule : names[at] ?? "";
        const last = runs.at(-1);
        if (last && last.name === name && last.broken === broken) last.text += char;
        else runs.push({ name, broken, text: char, from: at + 1, many: 0 });
        runs.at(-1).many += 1;
      });
      return runs;
    }

    function rowOf(profile, found, text) {
      let width = Math.min(text.length, longest + 1) + 1;
      const wide = (span) => (span > 1 ? ` colspan="${span}"` : "");
      const cells = runsOf(found).map(({ name, broken, many }) => {
        width -= many;
        return `<td${wide(many)}${broken ? ' class="broken"' : ""}>${broken ? `✗ ${link(name)}` : name}</td>`;
      });
      if (width) cells.push(`<td${wide(width)}></td>`);
      return `<tr><th scope="row">${profile}</th>${cells.join("")}<td>${verdictOf(found, text)}</td></tr>`;
    }

    function inWords(profile, found, text) {
      const told = runsOf(found).filter(({ name, broken }) => !broken && name !== "·")
        .map(({ name, text: own, from }) => `${name} ${escaped(own)} from character ${from}`);
      return `<li>${profile}: ${[...told, verdictOf(found, text)].join("; ")}</li>\n`;
    }

    function tableOf(caption, columns, rows) {
      const head = columns.map((name) => `<th scope="col" ${LEFT}>${name}</th>`).join("");
      const line = ([first, ...others]) => `<tr><th scope="row" ${LEFT}>${first}</th>${others.map((told) => `<td ${LEFT}>${told}</td>`).join("")}</tr>`;
      return `<div class="box"><table>\n<caption ${LEFT}>${caption}</caption>\n<thead><tr>${head}</tr></thead>\n`
        + `<tbody>\n${rows.map(line).join("\n")}\n</tbody>\n</table></div>`;
    }

    function worked(text) {
      const pair = ([one, other]) => `(${one}, ${other})`;
      const rows = [...text].map((char, at) =>
        [at + 1, char, numberOf(char), ...[...pairsOf(char), ...summand(char, at + 1), ...sumsOf(text.slice(0, at + 1))].map(pair)]);
      const columns = ["place i", "character", "n", "q", "r", "q P1^i", "r P2^i", "sum of q", "sum of r"];
      return tableOf(`The check character of ${text.slice(0, 14)} is ${text[14]}`, columns, rows);
    }

    function workedDin(text) {
      const rows = dinRows(text), last = rows.at(-1), columns = ["place", "character", "n", "weights of its digits", "adds", "sum"];
      last[5] = `${last[5]}, modulo 11: ${last[5] % 11}`;
      return tableOf(`The check digit of ${text} is ${dinDigit(text)}`, columns, rows);
    }

    // The check character that belongs to a text, and whether it is there.
    function checkOf(text) {
      const plain = text.filter((char) => char !== "-" && char !== "*");
      for (const [profile, length, show] of [["emi3", 14, worked], ["din91286", 11, workedDin]]) {
        if (parse(text, profile).kind !== "EMAID" || (plain.length !== length && plain.length !== length + 1)) continue;
        const first = plain.slice(0, length);
        if (!first.every(isPlain)) break;
        const before = first.join("").toUpperCase(), due = METHODS[length](before), given = plain[length]?.toUpperCase();
        const said = given === undefined ? `none is given; ${due} would belong to it`
          : `${given} is given, and ${given === due ? "right" : `wrong: ${due} belongs to it`}`;
        return `<p>Check character: ${escaped(said)}.</p>\n${show(length === 14 ? before + due : before)}`;
      }
      if (parse(text, "emi3").kind === "EVSE ID") return "<p>An EVSE ID has no check character.</p>";
      return `<p>Check character: of ${plain.length} characters, separators aside: none can be worked out; it follows from`
        + " 14 letters and digits, or from DIN's 11.</p>";
    }

    function read(all) {
      const text = [...all], found = Object.keys(profiles).map((profile) => [profile, parse(text, profile)]);
      const accepting = found.filter(([, one]) => !one.rule).map(([profile]) => profile);
      const summary = accepting.length ? `${accepting.length} of ${found.length} profiles accept ${quoted(text)}: ${accepting.join(", ")}.`
        : `No profile accepts ${quoted(text)}.`;
      const heads = ["profile", ...text.slice(0, longest + 1).map(escaped), "end", "verdict"].map((head) => `<th scope="col">${head}</th>`).join("");
      const rows = found.map(([profile, one]) => rowOf(profile, one, text)).join("\n");
      const words = found.map(([profile, one]) => inWords(profile, one, text)).join("");
      const shown = `<div class="box characters"><table><caption>${escaped(quoted(text))}, character by character</caption>\n`
        + `<thead><tr>${heads}</tr></thead>\n<tbody>\n${rows}\n</tbody></table></div>\n`
        + `<details><summary>The same in words</summary>\n<ul>${words}</ul></details>\n${checkOf(text)}`;
      return { text: all, summary, shown };
    }

    return {
      begins: { longest: longest + 1, ...read(first) },
      changed: (model) => model.tell(read(model.get("text"))),
      place: (model) => ({ text: model.get("text") }),
      open: (model, { text }) => model.tell(read(text ?? first)),
    };
  };
})();
