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
  const v = Float64Array.from(base), rows = {};
  for (const name of RECORDED) rows[name] = new Float64Array(moves);
  begin(e, v);
  e.report(v);
  const start = { pass_probability: v[PASS], false_pass_probability: v[FALSE_PASS], reliability: v[SLOT.reliability] };
  let toTarget = v[PASS] >= v[TARGET] ? 0 : Infinity, interpolated = toTarget;
  let delta = 0;
  for (let t = 0; t < moves; t++) {
    v[T] = t;
    for (let i = 0; i < BEFORE.length; i++) rows[BEFORE[i][0]][t] = v[BEFORE[i][1]];
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
  return { rows, start, moves_to_target: toTarget, moves_to_target_interpolated: interpolated, status };
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

// The driving states alone, written to path[at .. at+moves]; `seen` keeps what else the report reads of them.
// An engine whose stop depends on nothing else halts at the target; the number of moves made is returned.
function lean(e, v, moves, path, at, seen) {
  begin(e, v);
  const now = e.drivingNow, next = e.drivingNext, states = now.length, halts = e.halts, timeless = e.timeless;
  path[at] = v[MU];
  if (halts) {
    e.passed(v);
    if (v[PASS] >= v[TARGET]) {
      for (let i = 0; i < seen.length; i++) seen[i][at] = v[e.seen[i]];
      return 0;
    }
  }
  for (let t = 0; t < moves; t++) {
    v[T] = t;
    for (let i = 0; i < seen.length; i++) seen[i][at + t] = v[e.seen[i]];
    e.lean(v);
    const mu = v[MU];
    path[at + t + 1] = v[MU] = v[MU_NEXT];
    if (halts) {
      e.passed(v);
      if (v[PASS] >= v[TARGET]) return t + 1;
    }
    let rests = timeless && v[MU] === mu;
    for (let i = 0; i < states; i++) {
      const after = v[next[i]];
      if (v[now[i]] !== after) { rests = false; v[now[i]] = after; }
    }
    if (rests) {
      path.fill(v[MU], at + t + 2, at + moves + 1);
      for (let i = 0; i < seen.length; i++) seen[i].fill(v[e.seen[i]], at + t + 1, at + moves);
      return moves;
    }
  }
  return moves;
}

// Paths of many points, kept as long as nothing that they depend on changes.
const kept = new Map();
function paths(label, e, base, points, moves, changed) {
  let key = e.key;
  for (const name of e.path) if (!changed.includes(name)) key += "," + base[SLOT[name]];
  if (e.halts) key += "," + base[TARGET];
  for (const point of points) key += ";" + point.join(",");
  const found = kept.get(label);
  if (found !== undefined && found.key === key) return found;
  const stride = moves + 1, path = new Float64Array(points.length * stride);
  const seen = e.seen.map(() => new Float64Array(points.length * stride)), made = new Int32Array(points.length);
  const v = new Float64Array(SIZE), slots = changed.map((name) => SLOT[name]);
  for (let p = 0; p < points.length; p++) {
    v.set(base);
    for (let i = 0; i < slots.length; i++) v[slots[i]] = points[p][i];
    made[p] = lean(e, v, moves, path, p * stride, seen);
  }
  const fresh = { key, path, seen, made };
  kept.set(label, fresh);
  return fresh;
}
for (const [key, e] of Object.entries(ENGINES)) {
  e.key = key;
  e.drivingNow = Int32Array.from(e.driving.map((triple) => triple[0]).filter((slot) => slot !== MU));
  e.drivingNext = Int32Array.from(e.driving.filter((triple) => triple[0] !== MU).map((triple) => triple[2]));
  e.followingNow = Int32Array.from(e.following.map((triple) => triple[0]));
  e.reads = [...e.seen, ...e.followingNow];
}

// The following states before each move, from the controls in v.
function followed(e, v, moves) {
  const columns = e.following.map(() => new Float64Array(moves));
  begin(e, v);
  for (let t = 0; t < moves && columns.length > 0; t++) {
    v[T] = t;
    for (let i = 0; i < columns.length; i++) columns[i][t] = v[e.followingNow[i]];
    e.follow(v);
    advance(e.following, v);
  }
  return columns;
}

// The first n at which a path passes the target, or Infinity; v is left at that stop, or at the end of the path.
function stop(e, v, moves, path, at, columns, offset) {
  const reads = e.reads;
  const put = (n) => {
    const t = n > 0 ? n - 1 : 0;
    v[MU] = path[at + n];
    for (let i = 0; i < reads.length; i++) v[reads[i]] = columns[i][offset[i] + t];
  };
  if (e.falls) {  // nothing passes if the least of all states does not
    let least = path[at];
    for (let n = 1; n <= moves; n++) if (path[at + n] < least) least = path[at + n];
    v[MU] = least;
    for (let i = 0; i < reads.length; i++) {
      let low = columns[i][offset[i]];
      for (let t = 1; t < moves; t++) if (columns[i][offset[i] + t] < low) low = columns[i][offset[i] + t];
      v[reads[i]] = low;
    }
    e.passed(v);
    if (!(v[PASS] >= v[TARGET])) {
      put(moves);
      return Infinity;
    }
  }
  for (let n = 0; n <= moves; n++) {
    put(n);
    e.passed(v);
    if (v[PASS] >= v[TARGET]) return n;
  }
  return Infinity;
}

// The first move after which a path is within 5 % of its last defect mass.
function settledAfter(path, at, moves) {
  const near = 1.05 * path[at + moves];
  let n = moves;
  while (n > 0 && path[at + n - 1] <= near) n -= 1;
  return n;
}

// At the stop of every point: moves (Infinity where the target is not reached), and what is reported there; and the
// moves until then, or until the run has settled, with the defect mass that is left.
function stops(label, e, base, names, points, moves = MOVES) {
  const changed = names.filter((name) => e.path.includes(name)), inPath = names.map((name) => changed.includes(name));
  const distinct = [], places = new Map(), place = new Int32Array(points.length);
  for (let p = 0; p < points.length; p++) {
    const own = points[p].filter((_, i) => inPath[i]), key = own.join();
    if (!places.has(key)) places.set(key, distinct.push(own) - 1);
    place[p] = places.get(key);
  }
  const { path, seen, made } = paths(label, e, base, distinct, moves, changed);
  const v = new Float64Array(SIZE), slots = names.map((name) => SLOT[name]), follows = new Map();
  const out = { moves: [], false_pass: [], hidden: [], left: [], settled: [] };
  for (let p = 0; p < points.length; p++) {
    v.set(base);
    for (let i = 0; i < slots.length; i++) v[slots[i]] = points[p][i];
    const at = place[p] * (moves + 1);
    let columns = seen, offset = [at];
    if (e.following.length > 0) {
      const key = points[p].filter((_, i) => !inPath[i]).join();
      if (!follows.has(key)) follows.set(key, followed(e, v.slice(), moves));
      columns = [...seen, ...follows.get(key)];
      offset = columns.map((_, i) => i < seen.length ? at : 0);
    }
    let n = made[place[p]];
    if (e.halts) {
      v[MU] = path[at + n];
      for (let i = 0; i < seen.length; i++) v[e.seen[i]] = seen[i][at + (n > 0 ? n - 1 : 0)];
      e.passed(v);
      if (!(v[PASS] >= v[TARGET])) n = Infinity;
    } else n = stop(e, v, moves, path, at, columns, offset);
    e.report(v);
    out.moves.push(n);
    out.false_pass.push(v[FALSE_PASS]);
    out.hidden.push(v[UNSEEN]);
    const settled = n < Infinity ? n : settledAfter(path, at, moves);
    out.settled.push(settled);
    out.left.push(path[at + settled]);
  }
  return out;
}

// Speed and quality at the stop, for every policy and every number of candidates and reviewers.
function frontier(base, model, policies, candidates, reviewers) {
  const points = [];
  for (const K of candidates) for (const N of reviewers) points.push([K, N]);
  const found = {};
  for (const policy of policies) {
    found[policy] = stops("frontier " + policy, engineOf(policy, model), base, ["K", "N"], points);
  }
  return { points, found };
}

function heatmap(e, base, resolutions, priors) {
  const points = [];
  for (const H of priors) for (const r of resolutions) points.push([H, r]);
  const found = stops("heatmap", e, base, ["H", "r"], points), z = [];
  for (let i = 0; i < priors.length; i++) {
    z.push(found.false_pass.slice(i * resolutions.length, (i + 1) * resolutions.length));
  }
  return z;
}

// What a run spends in its first moves.
function spending(e, base, moves) {
  if (!e.steady) return run(e, base, moves).rows.cost.reduce((sum, cost) => sum + cost, 0);
  const v = Float64Array.from(base);
  begin(e, v);
  e.price(v);
  return moves * v[SLOT.cost];
}

function reviewers(e, base, counts, correlations) {
  const points = [], v = Float64Array.from(base);
  for (const gamma of correlations) for (const N of counts) points.push([N, gamma]);
  const found = stops("reviewers", e, base, ["N", "gamma"], points);
  const perCall = points.map(([N, gamma], p) => {
    v[SLOT.N] = N;
    v[SLOT.gamma] = gamma;
    const moves = found.settled[p];
    return moves === 0 ? 0 : (base[SLOT.mu0] - found.left[p]) / spending(e, v, moves);
  });
  return correlations.map((gamma, i) => {
    const at = i * counts.length, to = at + counts.length;
    return { gamma, moves: found.moves.slice(at, to), per_call: perCall.slice(at, to), settled: found.settled.slice(at, to) };
  });
}

// Pass probability against true reliability over a range of defect masses, with the controls of the last move.
function calibration(e, base, r, mu, count) {
  const v = Float64Array.from(base), pass = [], reliability = [], masses = [];
  v[SLOT.r] = r;
  const top = mu > 0 ? 2 * mu : 1;
  for (let i = 0; i <= count; i++) {
    v[MU] = top * i / count;
    e.report(v);
    masses.push(v[MU]);
    pass.push(v[PASS]);
    reliability.push(v[SLOT.reliability]);
  }
  return { masses, pass, reliability };
}

// The defect mass at which moves with the controls in v rest, from above: the greatest root of the smooth gain.
const GRID = [];
for (let x = 11; x >= -34; x -= 1.25) GRID.push(Math.exp(x));
function floorAt(e, v) {
  const gain = (mu) => { v[MU] = mu; e.drift(v); return v[SLOT.smooth_gain]; };
  const b = v[SLOT.b];
  let high = GRID[0] * b;
  if (!(gain(high) > 0)) return Infinity;
  for (let i = 1; i < GRID.length; i++) {
    let low = GRID[i] * b;
    if (!(gain(low) > 0)) {
      for (let n = 0; n < 60 && high - low > 1e-15 * high; n++) {
        const middle = Math.sqrt(low * high);
        if (gain(middle) > 0) high = middle; else low = middle;
      }
      return high;
    }
    high = low;
  }
  return 0;
}

// What limits a run: the least floor over the controls that it uses, and where it ends if it goes on for ever.
const LONG = 2000;
function limits(e, base, result) {
  const rows = result.rows, count = rows.mu.length, v = Float64Array.from(base);
  begin(e, v);
  let floor = Infinity, resolution = 0;
  for (let t = 0; t < count; t++) {
    v[DELTA] = rows.delta_t[t];
    v[SLOT.H] = rows.H_t[t];
    v[SLOT.r] = rows.r_t[t];
    resolution = Math.max(resolution, v[SLOT.r]);
    v[MU] = Math.min(floor * (1 - 1e-9), 1e300);
    e.drift(v);
    if (v[SLOT.smooth_gain] > 0) floor = Math.min(floor, floorAt(e, v));  // it is lower only if a move gains just below it
  }
  v[MU] = floor === Infinity ? base[SLOT.mu0] : Math.min(floor, base[SLOT.mu0]);
  v[SLOT.r] = resolution;
  e.passed(v);
  const ceiling = v[PASS];
  let moves = Infinity, best = result.start.pass_probability;
  for (let t = 0; t < count; t++) if (rows.pass_probability[t] > best) best = rows.pass_probability[t];
  if (result.moves_to_target === Infinity) {
    const w = Float64Array.from(base);
    begin(e, w);
    for (let t = 0; t < LONG; t++) {
      w[T] = t;
      const mu = w[MU];
      e.lean(w);
      if (e.following.length > 0) e.follow(w);
      w[MU] = w[MU_NEXT];
      if (t >= count) {
        e.passed(w);
        if (w[PASS] > best) best = w[PASS];
        if (w[PASS] >= w[TARGET]) { moves = t + 1; break; }
        if (Math.abs(w[MU] - mu) <= 1e-9 * mu) break;
      }
      advance(e.state, w);
    }
  }
  return { floor, ceiling, best, moves };
}

// Elasticities by exact tangents: the generated slopes of a move, multiplied along the run.
function tangents(e, base, result, moves) {
  const { states, starts, slopes, rates, passing } = e.tangents, v = Float64Array.from(base);
  const names = FACTS.parameters.filter(({ name, whole }) => !whole && e.used.includes(name)).map(({ name }) => name);
  const column = Object.fromEntries(names.map((name, i) => [name, i])), count = names.length;
  const at = (place) => typeof place === "number" ? v[place] : place[0];
  const known = (row) => row.filter(([name]) => column[name] !== undefined).map(([name, place]) => [column[name], at(place)]);
  begin(e, v);
  e.slopes_before(v);
  const start = v.slice();
  v.set(base);  // rates are taken at the settings, not at the states
  e.starts(v);
  e.rates(v);
  const fixed = Object.fromEntries(Object.entries(rates).map(([source, row]) => [source, known(row)]));
  let now = states.map((state) => {
    const rate = new Float64Array(count);
    for (const [i, value] of known(starts[state])) rate[i] = value;
    return rate;
  });
  v.set(start);
  let then = states.map(() => new Float64Array(count));
  const rows = states.map((state) => slopes[state].map(([name, place]) => ({ state: states.indexOf(name), rate: fixed[name] || [], place })));
  const n = result.moves_to_target, last = n < Infinity ? n : moves;
  const share = n - result.moves_to_target_interpolated, crossing = {};
  for (let t = 0; t < last; t++) {
    v[T] = t;
    e.slopes(v);
    for (let s = 0; s < states.length; s++) {
      const into = then[s].fill(0);
      for (const { state, rate, place } of rows[s]) {
        const slope = at(place);
        if (state >= 0) {
          const from = now[state];
          for (let i = 0; i < count; i++) into[i] += slope * from[i];
        } else for (let k = 0; k < rate.length; k++) into[rate[k][0]] += slope * rate[k][1];
      }
    }
    if (t + 1 === last && n < Infinity) {  // the target is passed after the share 1 - `share` of this move
      const w = v.slice(), step = v[MU_NEXT] - v[MU];
      w[MU] += (1 - share) * step;
      e.report_slopes(w);
      crossing.rate = new Float64Array(count);
      for (const [name, place] of passing) {
        const slope = typeof place === "number" ? w[place] : place[0], state = states.indexOf(name);
        if (name === "mu") crossing.slope = slope * step;
        for (let i = 0; i < count; i++) {
          const along = name === "mu" ? share * now[0][i] + (1 - share) * then[0][i] : state >= 0 ? now[state][i] : 0;
          crossing.rate[i] += slope * along;
        }
        if (state < 0) for (const [i, value] of fixed[name] || []) crossing.rate[i] += slope * value;
      }
    }
    advance(e.state, v);
    [now, then] = [then, now];
  }
  return { names, mu: now[0], crossing };
}

function elasticities(e, base, result, moves = MOVES) {
  const reached = result.moves_to_target_interpolated, byMoves = reached > 0 && reached < Infinity;
  const { names, mu, crossing } = tangents(e, base, byMoves ? result : { moves_to_target: Infinity }, moves);
  const value = byMoves ? reached : result.rows.mu_next[moves - 1], bars = [];
  names.forEach((name, i) => {
    const x = base[SLOT[name]];
    const rate = byMoves ? ((name === "target" ? 1 : 0) - crossing.rate[i]) / crossing.slope : mu[i];
    const elasticity = rate * x / value;
    if (x !== 0 && Number.isFinite(elasticity)) bars.push({ name, elasticity });
  });
  bars.sort((one, other) => Math.abs(other.elasticity) - Math.abs(one.elasticity));
  return { outcome: byMoves ? "moves to the target" : "defect mass after the last move", bars };
}

// Stochastic runs: quantiles of the defect mass and the share of runs that have not reached the target.
function generator(seed) {  // sfc32
  let a = 0x9e3779b9 ^ seed, b = 0x243f6a88, c = 0xb7e15162 + seed | 0, d = 1;
  const next = () => {
    const sum = (a + b | 0) + d | 0;
    d = d + 1 | 0;
    a = b ^ b >>> 9;
    b = c + (c << 3) | 0;
    c = (c << 21 | c >>> 11) + sum | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 20; i++) next();
  return () => (next() + (next() + 0.5) / 4294967296) / 4294967296;  // inside (0, 1)
}

function fan(e, base, runs, seed, moves = MOVES) {
  if (e.draw === undefined) return null;
  const uniform = generator(seed), v = new Float64Array(SIZE), start = Float64Array.from(base);
  begin(e, start);
  const mus = Array.from({ length: moves + 1 }, () => new Float64Array(runs));
  const left = new Float64Array(moves + 1), accepted = new Float64Array(moves);
  const LEVELS = [0.05, 0.25, 0.5, 0.75, 0.95];
  for (let k = 0; k < runs; k++) {
    v.set(start);
    e.passed(v);
    let waiting = !(v[PASS] >= v[TARGET]);
    mus[0][k] = v[MU];
    left[0] += waiting;
    for (let t = 0; t < moves; t++) {
      v[T] = t;
      v[SLOT.draw_score] = -Math.log(uniform());
      const radius = Math.sqrt(-2 * Math.log(uniform())), angle = 2 * Math.PI * uniform();
      v[SLOT.draw_visible] = radius * Math.cos(angle);
      v[SLOT.draw_hidden] = radius * Math.sin(angle);
      e.draw(v);
      accepted[t] += v[SLOT.accepted];
      v[MU] = v[MU_NEXT];
      e.passed(v);
      if (v[PASS] >= v[TARGET]) waiting = false;
      advance(e.state, v);
      mus[t + 1][k] = v[MU];
      left[t + 1] += waiting;
    }
  }
  const quantiles = LEVELS.map(() => new Float64Array(moves + 1)), mean = new Float64Array(moves + 1);
  for (let t = 0; t <= moves; t++) {
    const sorted = mus[t].sort();
    mean[t] = sorted.reduce((sum, mu) => sum + mu, 0) / runs;
    LEVELS.forEach((level, i) => {
      const place = level * (runs - 1), below = Math.floor(place), share = place - below;
      quantiles[i][t] = sorted[below] + share * (sorted[Math.min(below + 1, runs - 1)] - sorted[below]);
    });
  }
  return { runs, levels: LEVELS, quantiles, mean, survival: left.map((n) => n / runs), accepted: accepted.map((n) => n / runs) };
}
