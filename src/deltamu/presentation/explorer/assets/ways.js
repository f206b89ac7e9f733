// What would make the run reach its target: asked of the worker, offered as buttons.
let waysShown = false;
function clearWays() {
  if (!waysShown) return;
  waysShown = false;
  part("dm-ways").replaceChildren();
}

const changeInWords = ([name, value]) => `${label(name)} ${TEXTS[name].text} ${number(settings.values[name], 6)} → ${number(value, 6)}`;

function tellWays({ reached, ways, now }) {
  const box = part("dm-ways"), say_in = (text) => { const line = document.createElement("p"); line.textContent = text; return line; };
  waysShown = true;
  if (reached) return box.replaceChildren(say_in(`The ${settings.model} model reaches it as it stands.`));
  const good = ways.filter(({ reliability }) => reliability >= now), lines = [];
  if (good.length === 0) lines.push(say_in(`Nothing found in the ${settings.model} model: no slider alone makes it reach the target without lowering the true reliability, and moving all of them, one after the other, does not either.`));
  else lines.push(say_in(good[0].changes.length === 1 ? "One change is enough:" : "No change of one slider is enough without lowering the true reliability; these together are:"));
  const list = document.createElement("ul");
  for (const way of ways) {
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.textContent = way.changes.map(changeInWords).join(", ");
    button.addEventListener("click", () => attempt(() => choose(settingsOf(settings.policy, settings.model, { ...settings.values, ...Object.fromEntries(way.changes) }), { told: "Changed as proposed.", control: "proposal" })));
    const worse = way.reliability < now;
    item.className = worse ? "hurts" : "helps";
    item.append(button, ` ${way.moves === 0 ? "at the start" : `after ${counted(way.moves, "move")}`}, true reliability ${number(way.reliability)}${worse ? `: it passes, but hurts (${number(now)} without it)` : ""}`);
    list.append(item);
  }
  box.replaceChildren(...lines, list);
  return undefined;
}

part("dm-rescue").addEventListener("click", () => {
  if (rest !== 0) settle();
  const { policy, model, values } = settings, asked = settings;
  inWorker("rescue", { policy, model, values }, (found) => { if (settings === asked) tellWays(found); });
});
