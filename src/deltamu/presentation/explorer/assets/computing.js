// The page's state and messages, and what is computed when.
const root = document.getElementById("llm-codegen-simulator");
const Plotly = root.plotly;
delete root.plotly;
const part = (id) => root.querySelector("#" + id);
const each = (selector, act) => root.querySelectorAll(selector).forEach(act);

let settings = defaults();
let theme = "light", frame = 0, rest = 0, results = null, lastControl = "";
const pins = [null, null], drawn = {}, stale = new Set(), visible = new Set(), spent = {}, costs = {};
const DRAGGED = 1000;  // moves looked ahead while a slider moves
const REST = 180, SLOW = 2.5;  // ms of stillness until full grids; ms after which a grid counts as slow

// --- messages ---
const NOTE = 6000;  // ms that a note stays; a refusal stays until something else is done
let fading = 0, undoing = null;  // what was chosen before that which is told of, to be taken back
function say(text, kind = "note", before = null) {
  undoing = before;
  part("dm-undo").hidden = before === null;
  const line = part("message-display");
  line.textContent = text;
  line.dataset.kind = kind;
  clearTimeout(fading);
  if (kind === "note" && text !== "") fading = setTimeout(say, NOTE, "");
}

function attempt(act) {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    say(error.message, "error");
    return undefined;
  }
}

// --- what is computed ---
const now = () => performance.now();

function timed(label, act) {
  const start = now(), value = act();
  costs[label] = now() - start;
  return value;
}

function thinned(values, slow) { return slow ? values.filter((_, i) => i % 4 === 0) : values; }

// A run in one of the models that are shown, how far it comes, and what to say of it.
function sideOf(model, most) {
  const { policy, values } = settings, e = engine.engineOf(policy, model), base = engine.filled(values);
  const run = engine.run(e, base), reach = engine.reach(e, base, run, most);
  return { model, run, reach, verdict: verdictOf(run, reach, settings), mind: mindOf(run, reach, e.draw !== undefined) };
}

function computed(dragging) {
  const { model } = settings, start = now(), most = dragging ? DRAGGED : PAGE.long;
  const sides = timed("run", () => modelsBeside(model).map((name) => sideOf(name, most)));
  const { run, reach, verdict } = sides.find((side) => side.model === model);
  costs.model = now() - start;
  return { ...results, sides, run, reach, verdict, settings, pins, dragging, gridded: new Set() };
}

// What plots over many settings need besides, computed when they are drawn; with fewer points where that is slow while
// a slider moves.
const GRIDDED = {
  frontier({ e, base, model, g }, coarse) {
    const found = engine.frontier(base, model, PAGE.policies, thinned(g.candidates, coarse), coarse ? [0, 2, 4] : g.reviewers);
    return { ...found, here: engine.stops("here", e, base, [], [[]]) };
  },
  heatmap({ e, base, g }, coarse) {
    const resolutions = thinned(g.resolutions, coarse), priors = thinned(g.priors, coarse);
    return { resolutions, priors, z: engine.heatmap(e, base, resolutions, priors) };
  },
  reviewers({ e, base, g }, coarse) {
    const counts = coarse ? [0, 1, 2, 4, 8] : g.counts;
    return { counts, curves: engine.reviewers(e, base, counts, g.correlations) };
  },
  calibration: ({ e, base, run, last }) => engine.calibration(e, base, run.rows.r_t[last], run.rows.mu_next[last], 40),
  elasticity: ({ e, base, run }) => engine.elasticities(e, base, run),
};

function completed(state, name) {
  if (GRIDDED[name] === undefined || state.gridded.has(name)) return;
  const { policy, model, values } = state.settings, key = name + model, coarse = state.dragging && spent[key] > SLOW;
  const given = { e: engine.engineOf(policy, model), base: engine.filled(values), model, g: PAGE.grids, run: state.run, last: FACTS.moves - 1 };
  state[name] = timed(name, () => GRIDDED[name](given, coarse));
  state.gridded.add(name);
  if (!coarse) spent[key] = Math.max(costs[name], 0.97 * (spent[key] || 0));
  costs.model += costs[name];
}
