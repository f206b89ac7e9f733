// Pinned settings, side by side.
// --- pin and compare ---
function pin(i) {
  const { policy, model, values } = settings;
  pins[i] = { settings: { policy, model, values: { ...values } }, run: results.run, limits: results.limits, outcome: results.outcome };
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
    note.textContent = "Pin the present settings as A or B: their runs stay in the plots (A dashed, B dotted), and stand here side by side.";
    box.replaceChildren(note);
    return;
  }
  const columns = [["Now", { settings, run: results.run, limits: results.limits }], ...pins.map((pin, i) => ["AB"[i], pin]).filter(([, pin]) => pin !== null)];
  const rows = [
    ["policy", (x) => x.settings.policy], ["model", (x) => x.settings.model],
    ["moves to target", (x) => x.run.moves_to_target < Infinity ? String(x.run.moves_to_target) : "not reached"],
    ["final μ", (x) => number(x.run.rows.mu_next[FACTS.moves - 1])], ["floor μ*", (x) => number(x.limits.floor)],
    ["pass probability", (x) => number(x.run.rows.pass_probability[FACTS.moves - 1])],
    ["true reliability", (x) => number(x.run.rows.reliability[FACTS.moves - 1])],
    ["model calls to the stop", (x) => number(stopCost(x.run))],
  ];
  for (const { name } of FACTS.parameters) {
    if (columns.some(([, x]) => x.settings.values[name] !== columns[0][1].settings.values[name])) rows.push([TEXTS[name].text + ": " + TEXTS[name].meaning.split(":")[0], (x) => String(x.settings.values[name])]);
  }
  const table = document.createElement("table"), caption = table.createCaption(), head = table.createTHead().insertRow();
  caption.textContent = "Outcomes, and the controls that differ";
  for (const title of ["", ...columns.map(([title]) => title)]) {
    const cell = document.createElement(title === "" ? "td" : "th");
    if (title !== "") cell.scope = "col";
    cell.textContent = title;
    head.append(cell);
  }
  const body = table.createTBody();
  for (const [name, value] of rows) {
    const row = body.insertRow(), title = document.createElement("th");
    title.scope = "row";
    title.textContent = name;
    row.append(title);
    for (const [, x] of columns) row.insertCell().textContent = value(x);
  }
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
