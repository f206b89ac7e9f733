// Pinned settings, side by side.
const FEW = 2;  // differences that a pin is named by

// A table with a caption, titles of its columns and rows that begin with their title.
function tableOf(text, titles, rows) {
  const table = document.createElement("table"), head = table.createTHead().insertRow(), body = table.createTBody();
  table.createCaption().textContent = text;
  const titled = (row, title, scope) => {
    const cell = document.createElement(title === "" ? "td" : "th");
    if (title !== "") cell.scope = scope;
    cell.textContent = title;
    row.append(cell);
  };
  for (const title of titles) titled(head, title, "col");
  for (const [title, ...values] of rows) {
    const row = body.insertRow();
    titled(row, title, "row");
    for (const value of values) row.insertCell().textContent = value;
  }
  return table;
}

// What a pin differs in from the present settings, in words.
function differences(pin) {
  const { policy, model, values } = pin.settings, found = [];
  if (policy !== settings.policy) found.push(policy);
  if (model !== settings.model) found.push(model);
  const used = engine.engineOf(policy, model).used;
  for (const { name } of FACTS.parameters) if (values[name] !== settings.values[name] && used.includes(name)) found.push(`${TEXTS[name].text} ${values[name]}`);
  return found;
}

function pinName(pin, i) {
  const found = differences(pin), more = found.length - FEW;
  return `${"AB"[i]}: ${found.length === 0 ? "as now" : found.slice(0, FEW).join(", ") + (more > 0 ? ` and ${more} more` : "")}`;
}

function pin(i) {
  const { policy, model, values } = settings;
  pins[i] = { settings: { policy, model, values: { ...values } }, run: results.run, reach: results.reach };
  say(`Pinned as ${"AB"[i]}.`);
  update();
}
part("dm-pin-a").addEventListener("click", () => pin(0));
part("dm-pin-b").addEventListener("click", () => pin(1));
part("dm-unpin").addEventListener("click", () => { pins[0] = pins[1] = null; say("Nothing is pinned."); update(); });

function tellComparison() {
  const box = part("dm-comparison");
  if (pins[0] === null && pins[1] === null) {
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = "Pin the present settings as A or B: their runs stay in the plots, and stand here side by side, until the page is left.";
    box.replaceChildren(note);
    return;
  }
  const columns = [["Now", { settings, run: results.run, reach: results.reach }], ...pins.map((pin, i) => [pin && pinName(pin, i), pin]).filter(([, pin]) => pin !== null)];
  const rows = [
    ["Policy", (x) => x.settings.policy], ["Model", (x) => x.settings.model],
    ["Moves to the target", (x) => x.run.moves_to_target < Infinity ? String(x.run.moves_to_target) : `not in ${FACTS.moves}`],
    ["These numbers are", (x) => momentOf(x.run).when],
    ["Defects left μ", (x) => number(momentOf(x.run).mu)], ["Tests pass P", (x) => apart(momentOf(x.run).pass, x.settings.values.target)[0]],
    ["True reliability", (x) => number(momentOf(x.run).reliability)], ["Model calls until then", (x) => number(stopCost(x.run))],
  ];
  const used = new Set(columns.flatMap(([, x]) => engine.engineOf(x.settings.policy, x.settings.model).used));
  for (const { name } of FACTS.parameters) {
    if (used.has(name) && columns.some(([, x]) => x.settings.values[name] !== columns[0][1].settings.values[name])) rows.push([`${label(name)} ${TEXTS[name].text}`, (x) => String(x.settings.values[name])]);
  }
  const table = tableOf("Outcomes, and the controls that differ", ["", ...columns.map(([title]) => title)], rows.map(([name, value]) => [name, ...columns.map(([, x]) => value(x))]));
  const scroll = document.createElement("div");
  scroll.className = "scroll";
  scroll.tabIndex = 0;
  scroll.setAttribute("role", "region");
  scroll.setAttribute("aria-label", "Comparison");
  scroll.append(table);
  box.replaceChildren(scroll);
}

function stopCost(run) {
  const moves = Math.min(run.moves_to_target, FACTS.moves);
  let sum = 0;
  for (let t = 0; t < moves; t++) sum += run.rows.cost[t];
  return sum;
}
