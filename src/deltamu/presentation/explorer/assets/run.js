// The loop over moves.  Everything that it calls is generated; v is one array with a place for every symbol.
const SIZE = FACTS.size, SLOT = FACTS.slots, MOVES = FACTS.moves, STALL = FACTS.stall;
const T = SLOT.t, MU = SLOT.mu, MU_NEXT = SLOT.mu_next, DELTA = SLOT.delta, TARGET = SLOT.target;
const PASS = SLOT.pass_probability, FALSE_PASS = SLOT.false_pass_probability, UNSEEN = SLOT.hidden_defects;
const NAMES = FACTS.parameters.map((parameter) => parameter.name);

const ENGINES = {};
for (const [key, functions] of Object.entries(PROGRAMS)) ENGINES[key] = { ...functions, ...FACTS.engines[key] };

function engineOf(policy, model) { return ENGINES[policy + " " + model]; }

function filled(values) {
  const v = new Float64Array(SIZE);
  for (const name of NAMES) v[SLOT[name]] = values[name];
  return v;
}

function begin(e, v) {
  e.before(v);
  e.start(v);
  for (const [now, from] of e.state) v[now] = v[from];
}

function advance(pairs, v) {
  for (let i = 0; i < pairs.length; i++) v[pairs[i][0]] = v[pairs[i][2]];
}

// One run with everything that is recorded of a move, as `simulate` has it.
const RECORDED = ["mu", "delta_t", "H_t", "r_t", "expected_improvement", "gain", "acceptance", "mu_next",
  "pass_probability", "false_pass_probability", "reliability", "efficiency", "cost"];
const BEFORE = [["mu", MU], ["delta_t", DELTA], ["H_t", SLOT.H], ["r_t", SLOT.r]];
const AFTER = RECORDED.slice(BEFORE.length).map((name) => [name, SLOT[name]]);

function run(e, base, moves = MOVES) {
  const v = Float64Array.from(base), rows = {}, sets = {};  // sets: what the policy sets, before each move
  for (const name of RECORDED) rows[name] = new Float64Array(moves);
  for (const [name] of e.sets) sets[name] = new Float64Array(moves);
  begin(e, v);
  e.report(v);
  const start = { pass_probability: v[PASS], false_pass_probability: v[FALSE_PASS], reliability: v[SLOT.reliability] };
  let toTarget = v[PASS] >= v[TARGET] ? 0 : Infinity, interpolated = toTarget;
  let delta = 0;
  for (let t = 0; t < moves; t++) {
    v[T] = t;
    for (let i = 0; i < BEFORE.length; i++) rows[BEFORE[i][0]][t] = v[BEFORE[i][1]];
    for (let i = 0; i < e.sets.length; i++) sets[e.sets[i][0]][t] = v[e.sets[i][1]];
    e.step(v);
    const mu = v[MU], next = v[MU_NEXT];
    v[MU] = next;
    e.report(v);
    for (let i = 0; i < AFTER.length; i++) rows[AFTER[i][0]][t] = v[AFTER[i][1]];
    if (toTarget === Infinity && v[PASS] >= v[TARGET]) {
      toTarget = t + 1;
      interpolated = t + crossing(e, v, mu, next);
    }
    delta = v[DELTA];
    advance(e.state, v);
  }
  const last = rows.mu[moves - 1], now = v[MU];
  let resting = Math.abs(v[DELTA] - delta) <= STALL * delta;
  if (e.bounded) resting = resting || v[DELTA] === v[SLOT.delta_min] || v[DELTA] === v[SLOT.delta_max];
  const stalled = Math.abs(now - last) < STALL * (1 + last) && resting;
  const status = toTarget < Infinity ? "reached" : stalled ? "stalled" : "exhausted";
  return { rows, sets, start, moves_to_target: toTarget, moves_to_target_interpolated: interpolated, status };
}

// The share of a move after which the pass probability is at the target, linear in mu.
function crossing(e, v, before, after) {
  const w = Float64Array.from(v);
  let low = 0, high = 1;
  for (let i = 0; i < 53; i++) {
    const middle = (low + high) / 2;
    w[MU] = before + middle * (after - before);
    e.passed(w);
    if (w[PASS] >= w[TARGET]) high = middle; else low = middle;
  }
  return high;
}
