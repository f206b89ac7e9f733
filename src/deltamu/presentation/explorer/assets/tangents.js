// How much one parameter matters, by exact tangents.

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
