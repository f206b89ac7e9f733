// Drawing what has changed, and when.
function colours() { return COLOURS[theme]; }

function draw(name, dragging = false) {
  const start = now(), figure = FIGURES[name], c = colours();
  if (!part(figure.element).checkVisibility()) return;  // folded away: drawn when it is unfolded
  completed(results, name);
  const made = figure.draw(results, c);
  made.traces.forEach((trace, i) => { trace.uid = `${name}${i}`; });
  const element = part(figure.element), data = JSON.stringify(made.traces), frame = JSON.stringify(made.layout) + theme;
  const last = drawn[name] || {}, same = last.data === data && last.frame === frame;
  stale.delete(name);
  drawnAt[name] = start;
  element.closest("[data-figure]").dataset.empty = String(made.empty === true);
  if (made.empty) delete drawn[name];  // the sentence says it all
  else if (!same || (last.moved && !dragging)) {
    const moved = dragging && last.frame === frame && last.shape === shapeOf(made.traces) && movedInPlace(element, made.traces);
    if (!moved) Plotly.react(element, made.traces, layout(c, made.layout), { displayModeBar: false, responsive: true, showTips: false, edits: { shapePosition: name === "convergence" } });
    if (printing) scaleToSheet(element);
    drawn[name] = { data, frame, moved, shape: shapeOf(made.traces) };
  }
  fill(part(figure.element + "-text"), made.says);
  makePointed(name);
  costs["draw " + name] = now() - start;
}

function shapeOf(traces) { return traces.map((trace) => trace.name).join(); }

// The chart at once; the other plots one by one, each a task of its own, so that the page stays responsive.
const drawnAt = {};
function update({ dragging = false, all = false } = {}) {
  const start = now();
  for (const name of Object.keys(FIGURES)) stale.add(name);
  results = computed(dragging);
  tellOutcome();
  drawMove();
  markWays();
  if (all) for (const name of Object.keys(FIGURES)) draw(name, dragging);
  else if (!dragging || visible.has("convergence")) draw("convergence", dragging);
  if (!dragging) {
    sayOutcome();
    showChoices();
    tellStep();
    tellComparison();
    askFan();
  }
  if (!all) queue();
  costs.script = now() - start;
}

// Those in sight come first, the one that has waited longest before the others; while a slider moves, none else.
let queued = 0;
function queue() {
  clearTimeout(queued);
  queued = setTimeout(() => {
    const waiting = [...stale].filter((name) => !(results.dragging && (name === "fan" || !visible.has(name))) && part(FIGURES[name].element).checkVisibility());
    waiting.sort((one, other) => visible.has(other) - visible.has(one) || (drawnAt[one] || 0) - (drawnAt[other] || 0));
    if (waiting.length === 0) return;
    draw(waiting[0], results.dragging);
    queue();
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
  remember(changing);
}

// How many entries of the history are the page's own, to be taken back.
function depthOf() { return history.state !== null && history.state.depth || 0; }

// The address holds the settings; another control, or a choice, makes an entry of its own to go back to.
function remember(control = lastControl) {
  const step = currentStep(), hash = step === undefined ? settingsToHash(settings) : `${HASH}&story=${step.key}`;
  const goesOn = control === lastControl;
  if (location.hash !== hash) history[goesOn ? "replaceState" : "pushState"]({ ...history.state, depth: depthOf() + (goesOn ? 0 : 1) }, "", hash);
  lastControl = control;
}
