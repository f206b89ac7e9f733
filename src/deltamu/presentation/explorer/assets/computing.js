// The page's state and messages, and what is computed when.
const root = document.getElementById("llm-codegen-simulator");
const Plotly = root.plotly;
delete root.plotly;
const part = (id) => root.querySelector("#" + id);
const each = (selector, act) => root.querySelectorAll(selector).forEach(act);

let settings = defaults();
let theme = "light", frame = 0, rest = 0, results = null, worker = null, fanKey = "", fanTicket = 0;
const pins = [null, null], drawn = {}, stale = new Set(), visible = new Set(), spent = {}, costs = {};
const REST = 180, SLOW = 2.5;  // ms of stillness until full grids; ms after which a grid counts as slow

// --- messages ---
const NOTE = 6000;  // ms that a note stays; a refusal stays until something else is done
let fading = 0;
function say(text, kind = "note") {
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

function outcomeOf(run, limits, { values, policy }) {
  const n = run.moves_to_target, target = `target ${number(values.target, 4)}`;
  if (n === 0) return `The ${target} is met at the start.`;
  if (n < Infinity) return `The ${target} is reached after ${n} moves.`;
  if (limits.ceiling < values.target) {
    return limits.floor === Infinity ? `Target out of reach: no move removes defects here (floor μ* = ∞), P stays at ${number(limits.best)}, ${target}.`
      : `Target out of reach: floor μ* = ${number(limits.floor)}, ceiling P = ${number(limits.ceiling)}, ${target}.` +
        (limits.best < 0.98 * limits.ceiling ? ` The moves die away before, at P = ${number(limits.best)}.` : "");
  }
  if (limits.moves < Infinity) return `The ${target} is not reached in ${FACTS.moves} moves; it would take ${limits.moves}.`;
  return `Target out of reach: the moves die away at P = ${number(limits.best)} before the floor μ* = ${number(limits.floor)} (ceiling P = ${number(limits.ceiling)}), ${target}.`;
}

function nearFloor(run, limits) {
  if (!(limits.floor > 0 && limits.floor < Infinity)) return Infinity;
  const found = STATES(run).findIndex((mu) => mu <= 1.05 * limits.floor);
  return found < 0 ? Infinity : found;
}

function computed(dragging, wanted) {
  const { policy, model, values } = settings, e = engine.engineOf(policy, model), base = engine.filled(values);
  const last = FACTS.moves - 1, g = PAGE.grids, start = now();
  const run = timed("run", () => engine.run(e, base));
  run.settings = settings;
  const limits = timed("limits", () => engine.limits(e, base, run));
  const state = { ...results, run, limits, settings, pins, outcome: outcomeOf(run, limits, settings) };
  const slow = (name) => dragging && spent[name + model] > SLOW;
  const grid = (name, act) => {
    if (!wanted(name)) return;
    const coarse = slow(name);
    state[name] = timed(name, () => act(coarse));
    if (!coarse) spent[name + model] = Math.max(costs[name], 0.97 * (spent[name + model] || 0));
  };
  grid("frontier", (coarse) => {
    const found = engine.frontier(base, model, PAGE.policies, thinned(g.candidates, coarse), coarse ? [0, 2, 4] : g.reviewers);
    return { ...found, here: engine.stops("here", e, base, [], [[]]) };
  });
  grid("heatmap", (coarse) => {
    const resolutions = thinned(g.resolutions, coarse), priors = thinned(g.priors, coarse);
    return { resolutions, priors, z: engine.heatmap(e, base, resolutions, priors) };
  });
  grid("reviewers", (coarse) => {
    const counts = coarse ? [0, 1, 2, 4, 8] : g.counts;
    return { counts, curves: engine.reviewers(e, base, counts, g.correlations) };
  });
  grid("calibration", () => engine.calibration(e, base, run.rows.r_t[last], run.rows.mu_next[last], 40));
  grid("elasticity", () => engine.elasticities(e, base, run));
  costs.model = now() - start;
  return state;
}
