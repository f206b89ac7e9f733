// What would make the run reach its target: asked of the worker, offered as buttons, kept while one is tried.
let ways = null;  // what was asked with which settings, and the items that are offered
const MOST_SHOWN = 3;

function paragraph(text, kind = "") {
  const line = document.createElement("p");
  line.textContent = text;
  if (kind !== "") line.className = kind;
  return line;
}

function folded(summary, content) {
  const details = document.createElement("details"), title = document.createElement("summary");
  title.textContent = summary;
  details.append(title, ...content);
  return details;
}

const applied = ({ policy, model, changes }, { values }) => settingsOf(policy, model, { ...values, ...Object.fromEntries(changes) });

// Limits that belong together stand together.
function paired(changes) {
  const low = Object.fromEntries(FACTS.constraints.map(([one, other]) => [other, one])), changed = new Set(changes.map(([name]) => name));
  const follows = (name) => own(low, name) !== undefined && changed.has(low[name]);
  return changes.filter(([name]) => !follows(name)).flatMap((one) => [one, ...changes.filter(([name]) => follows(name) && low[name] === one[0])]);
}

// What several changes together mean, or why one of them looks as if it were for the worse.
const LOOKS_WORSE = ["H", "rho", "K", "N"];  // when lowered
function notesOn(way, asked) {
  const { policy, model, changes } = way, next = applied(way, asked), said = [];
  const { delta_min: low, delta_max: high } = next.values, { used } = engine.engineOf(policy, model);
  if (low === high && used.includes("delta_min") && changes.some(([name]) => ["delta_min", "delta_max"].includes(name))) said.push(`With equal limits the radius is ${number(low, 6)} from the second move on, whatever the feedback.`);
  if (changes.length > 1) {
    for (const [name, value] of changes) {
      if (!LOOKS_WORSE.includes(name) || value > asked.values[name]) continue;
      const why = reasonInWords(settingsOf(policy, model, { ...next.values, [name]: asked.values[name] }), next);
      if (why !== "") said.push(why.replace("Why:", `Why ${named(name)} is lowered:`));
    }
  }
  return said;
}

function wayInWords({ policy, model, changes }, asked) {
  const lines = [];
  if (model !== asked.model) lines.push(`Model ${asked.model} → ${model}`);
  if (policy !== asked.policy) lines.push(`Policy ${asked.policy} → ${policy}`);
  return [...lines, ...paired(changes).map(([name, value]) => `${label(name)} ${TEXTS[name].text} ${number(asked.values[name], 6)} → ${number(value, 6)}`)];
}

function spans(texts) {
  return texts.map((text) => {
    const line = document.createElement("span");
    line.textContent = text;
    return line;
  });
}

// One way: a button that sets it, what comes of it and why; what it brings stands beside it once it is set.
function wayItem(way, asked) {
  const { moves, reliability } = way, when = moves === 0 ? "at the start" : moves < Infinity ? `after ${counted(moves, "move")}` : "short of the target";
  const item = document.createElement("li"), button = document.createElement("button"), lines = wayInWords(way, asked), next = applied(way, asked), hash = settingsToHash(next);
  item.classList.toggle("short", moves === Infinity);
  button.type = "button";
  button.className = "way";
  button.setAttribute("aria-pressed", "false");
  button.append(...spans(lines));
  button.addEventListener("click", () => choose(next, { told: null, control: hash }));
  const outcome = document.createElement("span");
  outcome.className = "brings";
  outcome.textContent = ` ${when}, true reliability ${number(reliability)}`;
  item.append(button, outcome);
  const why = reasonInWords(asked, next);
  if (why !== "") item.append(paragraph(why, "why"));
  for (const note of notesOn(way, asked)) item.append(paragraph(note, "note"));
  const now = document.createElement("div"), back = document.createElement("button");
  now.className = "now";
  now.hidden = true;
  back.type = "button";
  back.className = "small";
  back.textContent = "Take it back";
  back.addEventListener("click", () => {
    choose(asked, { told: null, control: "taken back" });
    button.focus();
  });
  now.append(paragraph(""), back);
  item.append(now);
  return { item, button, now, hash };
}

// What every way is held to, and what was not tried.
function measuredAgainst(least, { values: { r } }) {
  const coarser = r > 0 ? ` Coarser tests, with r below ${number(r, 6)}, are left out on purpose: of the same defects they see less, and so they pass more easily.` : "";
  return `No way that is offered lowers the true reliability: now it is ${number(least)} after ${counted(FACTS.moves, "move")}.${coarser}`;
}

// What was found, as sentences and lists, the nearest first.
function tellWays({ reached, least, elsewhere, sliders, best }, asked) {
  const box = part("dm-ways"), { model, values: { target } } = asked, parts = [];
  ways = { asked: settingsToHash(asked), items: [] };
  const list = (some) => {
    const made = some.map((way) => wayItem(way, asked)), element = document.createElement("ul");
    ways.items.push(...made);
    element.append(...made.map(({ item }) => item));
    return element;
  };
  const add = (text, some) => {
    parts.push(paragraph(text));
    if (some.length > 0) parts.push(list(some.slice(0, MOST_SHOWN)));
    if (some.length > MOST_SHOWN) parts.push(folded(`${counted(some.length - MOST_SHOWN, "way")} more, further away`, [list(some.slice(MOST_SHOWN))]));
  };
  const several = elsewhere.some(({ changes }) => changes.length > 1), title = several ? "Another model reaches it, with these changes together:" : "Another choice of model or policy reaches it:";
  if (reached) add(`The ${model} model reaches it as it stands.`, []);
  else if (sliders.length > 0) add(sliders[0].changes.length === 1 ? "One slider is enough, the nearest first:" : "No change of one slider is enough without lowering the true reliability; these together are:", sliders);
  if (!reached && elsewhere.length > 0) add(title, elsewhere);
  if (!reached && sliders.length === 0) {
    const some = best !== null && best.changes.length > 0;
    add(`Nothing found in the ${model} model within the sliders: neither one of them alone, nor all of them moved one after the other, reaches the target with tests as fine as now and a true reliability as high as now.${best === null ? "" : ` In the best that was found the tests pass with probability ${atMost(best.pass, target)} after ${FACTS.moves} moves.`}${some ? " Its settings:" : ""}`, some ? [best] : []);
  }
  if (!reached) parts.push(paragraph(measuredAgainst(least, asked), "why"));
  box.replaceChildren(...parts);
  say("");  // no note lies over the answer
  box.scrollIntoView({ block: "nearest" });
}

// The way that is set is marked, with what it brings; other settings than asked or proposed make the answer void.
function markWays() {
  if (ways === null) return;
  const hash = settingsToHash(settings), set = ways.items.find((one) => one.hash === hash);
  if (set === undefined && hash !== ways.asked) {
    ways = null;
    part("dm-ways").replaceChildren();
    return;
  }
  for (const one of ways.items) {
    one.button.setAttribute("aria-pressed", String(one === set));
    one.now.hidden = one !== set;
  }
  if (set === undefined) return;
  const { model, verdict, mind } = results.sides.find((side) => side.model === settings.model);
  fill(set.now.firstElementChild, `Set. ${spoken(model)} model: ${verdict} ${mind}`.trim());
  set.now.scrollIntoView({ block: "nearest" });
  uncover(set.now);
}

part("dm-rescue").addEventListener("click", () => {
  if (rest !== 0) settle();
  const { policy, model, values } = settings, asked = settings;
  inWorker("rescue", { policy, model, values }, (found) => { if (settings === asked) tellWays(found, asked); });
});
