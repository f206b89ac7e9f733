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
