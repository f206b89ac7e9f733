// What would make the run reach its target: asked of the worker, offered as buttons.
let waysShown = false;
function clearWays() {
  if (!waysShown) return;
  waysShown = false;
  part("dm-ways").replaceChildren();
}

const changeInWords = ([name, value]) => `${label(name)} ${TEXTS[name].text} ${number(settings.values[name], 6)} → ${number(value, 6)}`;

function wayInWords({ policy, model, changes }) {
  const lines = [];
  if (model !== settings.model) lines.push(`Model ${settings.model} → ${model}${asksTests(policy, model) ? ": the tests decide about each move" : ""}`);
  if (policy !== settings.policy) lines.push(`Policy ${settings.policy} → ${policy}: ${TITLES[policy].replace(/\.$/, "")}`);
  return [...lines, ...changes.map(changeInWords)];
}

function wayItem(way) {
  const { policy, model, changes, moves, reliability } = way, when = moves === 0 ? "at the start" : moves < Infinity ? `after ${counted(moves, "move")}` : "short of the target", item = document.createElement("li"), button = document.createElement("button");
  button.type = "button";
  item.classList.toggle("short", moves === Infinity);
  button.append(...wayInWords(way).map((text) => {
    const line = document.createElement("span");
    line.textContent = text;
    return line;
  }));
  button.addEventListener("click", () => attempt(() => choose(settingsOf(policy, model, { ...settings.values, ...Object.fromEntries(changes) }), { told: "Changed as proposed.", control: "proposal" })));
  item.append(button, ` ${when}, true reliability ${number(reliability)}`);
  return item;
}

// What was found, as sentences and lists of buttons.
function tellWays({ reached, elsewhere, sliders, best }) {
  const box = part("dm-ways"), { model, values: { target } } = settings, parts = [];
  const add = (text, ways) => {
    const line = document.createElement("p"), list = document.createElement("ul");
    line.textContent = text;
    list.append(...ways.map(wayItem));
    parts.push(line, ...(ways.length > 0 ? [list] : []));
  };
  waysShown = true;
  if (reached) add(`The ${model} model reaches it as it stands.`, []);
  else {
    const several = elsewhere.some(({ changes }) => changes.length > 1);
    if (elsewhere.length > 0) add(several ? "Another model reaches it, with these changes together:" : "Another choice of model or policy reaches it:", elsewhere);
    if (sliders.length === 0) {
      const some = best !== null && best.changes.length > 0;
      add(`Nothing found in the ${model} model within the sliders: neither one of them alone, nor all of them moved one after the other, reaches the target without lowering the true reliability.${best === null ? "" : ` In the best that was found the tests pass with probability ${atMost(best.pass, target)} after ${FACTS.moves} moves.`}${some ? " Its settings:" : ""}`, some ? [best] : []);
    }
    else add(sliders[0].changes.length === 1 ? "One slider is enough:" : "No change of one slider is enough without lowering the true reliability; these together are:", sliders);
  }
  box.replaceChildren(...parts);
  say("");  // no note lies over the answer
  box.scrollIntoView({ block: "nearest" });
}

part("dm-rescue").addEventListener("click", () => {
  if (rest !== 0) settle();
  const { policy, model, values } = settings, asked = settings;
  inWorker("rescue", { policy, model, values }, (found) => { if (settings === asked) tellWays(found); });
});
