// How far a run comes if it goes on: its floor, and whether its target is known to be out of reach.

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

// The least floor of the controls of a run's moves.
function leastFloor(e, base, rows) {
  const v = Float64Array.from(base);
  begin(e, v);
  let floor = Infinity;
  for (let t = 0; t < rows.mu.length; t++) {
    v[DELTA] = rows.delta_t[t];
    v[SLOT.H] = rows.H_t[t];
    v[SLOT.r] = rows.r_t[t];
    v[MU] = Math.min(floor * (1 - 1e-9), 1e300);
    e.drift(v);
    if (v[SLOT.smooth_gain] > 0) floor = Math.min(floor, floorAt(e, v));  // it is lower only if a move gains just below it
  }
  return floor;
}

function passAt(e, v, mu) {
  const w = Float64Array.from(v);
  w[MU] = Math.max(mu, 0);
  e.passed(w);
  return w[PASS];
}

// Whether moves go down to the floor and never below it while the policy rests, seen at masses between the two.
const BETWEEN = 16;
function staysAbove(e, v, mu, floor, t) {
  const w = Float64Array.from(v);
  for (let i = 1; i <= BETWEEN; i++) {
    w.set(v);
    w[T] = t;
    w[MU] = floor + (mu - floor) * (i / BETWEEN) ** 3;
    e.step(w);
    if (w[MU_NEXT] < floor * (1 - 1e-9)) return false;
    for (const [now, , next] of e.state) if (now !== MU && w[next] !== v[now]) return false;
  }
  return true;
}

// The most that all later moves together can remove while the radius shrinks by the same factor in each: the greatest
// gain per unit of radius, over smaller radii and masses, times the radii that are left.
const RADII = 24, MASSES = 6;
function travelLeft(e, v, shrink) {
  const w = Float64Array.from(v), radius = v[DELTA], mu = v[MU];
  let most = 0;
  for (let i = 0; i < RADII; i++) {
    for (let j = 1; j <= MASSES; j++) {
      w[DELTA] = radius * 0.5 ** i;
      w[MU] = mu * j / MASSES;
      e.drift(w);
      most = Math.max(most, w[SLOT.smooth_gain] / w[DELTA]);
    }
  }
  return most * radius / (1 - shrink);
}

// What is known of the moves to come, in the state v after the move t.
function outlook(e, v, before, t) {
  const w = Float64Array.from(v), later = Float64Array.from(v);
  w[T] = t + 1;
  later[T] = FAR;
  e.step(w);
  e.step(later);
  let steady = true, resting = true;  // steady: the policy does for ever what it does now; resting: it changes nothing
  for (const [now, , next] of e.state) {
    if (now === MU) continue;
    if (w[next] !== later[next]) steady = false;
    if (v[now] !== w[next]) resting = false;
  }
  const mu = v[MU], after = w[MU_NEXT];
  if (!steady) return null;
  if (resting && (after === mu || (after > mu && e.blind))) return { why: "rest", best: passAt(e, v, mu), ...(after === mu ? { rest: mu } : {}) };
  if (resting) {
    const floor = floorAt(e, Float64Array.from(v));
    return mu >= floor && staysAbove(e, v, mu, floor, FAR) ? { why: "floor", best: passAt(e, v, floor), rest: floor } : null;
  }
  const shrink = w[e.radius] / v[DELTA];
  const fades = e.blind && shrink < 1 && Math.abs(v[DELTA] / before - shrink) <= 1e-9;
  return fades ? { why: "travel", best: passAt(e, v, mu - travelLeft(e, v, shrink)) } : null;
}

// What a run comes to if it goes on: `moves` to the target (Infinity: not within `most`), the largest pass probability
// that was seen (`best`), and where the target is known to be out of reach, `why`, the largest that is possible, and
// the floor where moves come to `rest`.
const FAR = 1e9, FIRST_LOOK = 50;
function reach(e, base, result, most) {
  const rows = result.rows, floor = leastFloor(e, base, rows), v = Float64Array.from(base);
  begin(e, v);
  e.passed(v);
  const found = { floor, moves: v[PASS] >= v[TARGET] ? 0 : Infinity, best: v[PASS], why: "", most };
  let look = FIRST_LOOK;
  for (let t = 0; t < most && found.moves === Infinity; t++) {
    v[T] = t;
    const radius = v[DELTA];
    e.lean(v);
    if (e.following.length > 0) e.follow(v);
    v[MU] = v[MU_NEXT];
    e.passed(v);
    if (v[PASS] > found.best) found.best = v[PASS];
    if (v[PASS] >= v[TARGET]) found.moves = t + 1;
    advance(e.state, v);
    if (t + 1 >= look && found.moves === Infinity) {
      look += Math.max(FIRST_LOOK, Math.floor(look / 4));
      const known = outlook(e, v, radius, t);
      const best = known === null ? Infinity : Math.max(found.best, known.best);
      if (best < v[TARGET]) return { ...found, ...known, best };
    }
  }
  return found;
}
