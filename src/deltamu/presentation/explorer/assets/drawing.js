// Drawing what has changed, and the outcome in words.
// --- drawing ---
function colours() { return COLOURS[theme]; }

function draw(name, dragging = false) {
  const start = now(), figure = FIGURES[name], c = colours(), made = figure.draw(results, c);
  made.traces.forEach((trace, i) => { trace.uid = `${name}${i}`; });
  const element = part(figure.element), data = JSON.stringify(made.traces), frame = JSON.stringify(made.layout) + theme;
  const last = drawn[name] || {}, same = last.data === data && last.frame === frame;
  stale.delete(name);
  if (!same || (last.moved && !dragging)) {
    const moved = dragging && last.frame === frame && last.shape === shapeOf(made.traces) && movedInPlace(element, made.traces);
    if (!moved) Plotly.react(element, made.traces, layout(c, made.layout), { displayModeBar: false, responsive: true, showTips: false });
    drawn[name] = { data, frame, moved, shape: shapeOf(made.traces) };
    const says = part(figure.element + "-text");
    if (says.textContent !== made.says) says.textContent = made.says;
  }
  costs["draw " + name] = now() - start;
}

function shapeOf(traces) { return traces.map((trace) => trace.name).join(); }

function update({ dragging = false, all = false } = {}) {
  const start = now();
  const wanted = (name) => all || !dragging || visible.has(name);
  for (const name of Object.keys(FIGURES)) stale.add(name);
  results = computed(dragging, wanted);
  tellOutcome();
  const names = Object.keys(FIGURES).filter((name) => wanted(name) && !(dragging && name === "fan"));
  for (const name of names) if (all || visible.has(name)) draw(name, dragging);
  if (!dragging) {
    tellComparison();
    askFan();
    if (!all) queue();
  }
  costs.script = now() - start;
}

// Figures out of sight follow one by one, so that the page stays responsive.
let queued = 0;
function queue() {
  clearTimeout(queued);
  queued = setTimeout(() => {
    const [name] = stale;
    if (name !== undefined && rest === 0) {
      draw(name);
      queue();
    }
  }, 0);
}

function schedule() {
  if (frame === 0) frame = requestAnimationFrame(() => { frame = 0; update({ dragging: true }); });
  clearTimeout(rest);
  rest = setTimeout(settle, REST);
}

function settle() {
  clearTimeout(rest);
  cancelAnimationFrame(frame);
  frame = rest = 0;
  update();
  remember();
}

function remember() {
  const hash = settingsToHash(settings);
  if (location.hash !== hash) history.replaceState(history.state, "", hash);
}

// --- outcome line ---
function tellOutcome() {
  const { run, limits } = results, box = part("dm-outcome"), near = nearFloor(run, limits);
  const reached = run.moves_to_target < Infinity;
  box.dataset.state = reached ? "reached" : "out";
  const facts = [
    ["Moves to target", reached ? String(run.moves_to_target) : "not reached"],
    ["Final μ", number(run.rows.mu_next[FACTS.moves - 1])],
    ["P pass", number(run.rows.pass_probability[FACTS.moves - 1])],
    ["True reliability", number(run.rows.reliability[FACTS.moves - 1])],
    ["Floor μ*", number(limits.floor)],
    ["Within 5 % of floor", near < Infinity ? `${near} moves` : "–"],
  ];
  if (box.childElementCount === 0) {
    box.append(document.createElement("p"), document.createElement("dl"));
    for (const [name] of facts) {
      const pair = document.createElement("div"), term = document.createElement("dt"), value = document.createElement("dd");
      term.textContent = name;
      pair.append(term, value);
      box.lastChild.append(pair);
    }
  }
  if (box.firstChild.textContent !== results.outcome) box.firstChild.textContent = results.outcome;
  facts.forEach(([, text], i) => { box.lastChild.children[i].lastChild.textContent = text; });
}
