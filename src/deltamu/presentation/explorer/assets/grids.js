// Where runs stop, for many settings at once: the plots over grids.

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
  const out = { moves: [], pass: [], reliability: [], false_pass: [], hidden: [], left: [], settled: [] };
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
    out.pass.push(v[PASS]);
    out.reliability.push(v[SLOT.reliability]);
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
