// What would make a run reach its target: the nearest settings within the sliders that do.

const GIVEN = ["mu0", "target"];  // the task itself, which is not for changing
const COARSE = 9;  // values of a slider that the search over many tries

function allowed(base, name, value) {
  return FACTS.constraints.every(([low, high]) => {
    const at = (one) => one === name ? value : base[SLOT[one]];
    return at(low) <= at(high);
  });
}

// The values of a slider, all of them or a few with both ends.
function sliderValues(base, { name, slider: [low, high, step] }, count = Infinity) {
  const last = Math.round((high - low) / step), stride = Math.max(1, last / (count - 1)), values = [];
  for (let i = 0; i <= last + 1e-9; i += stride) values.push(Number((low + Math.round(i) * step).toPrecision(12)));
  return values.filter((value) => allowed(base, name, value));
}

function tried(e, base, name, values) {
  return stops("rescue " + name, e, base, [name], values.map((value) => [value]));
}

// The nearest value of one slider at which the target is reached, the others as they are.
function nearest(e, base, parameter, from, mayFall) {
  const { name, slider: [low, high] } = parameter;
  const values = sliderValues(base, parameter).filter((value) => mayFall || value >= from);
  const found = tried(e, base, name, values);
  let best = null;
  values.forEach((value, i) => {
    const distance = Math.abs(value - from) / (high - low);
    if (found.moves[i] < Infinity && (best === null || distance < best.distance)) {
      best = { name, value, distance, moves: found.moves[i], reliability: found.reliability[i] };
    }
  });
  return best;
}

// Sliders moved one after the other to where the run does best, then back as far as the target lets them.
function together(e, base, parameters) {
  const v = Float64Array.from(base), mayFall = (name) => name !== "r";  // a blinder oracle passes sooner, and means less
  const better = (one, other) => one.moves < other.moves || (one.moves === other.moves && one.pass > other.pass);
  let reached = false;
  for (let round = 0; round < 2; round++) {
    for (const parameter of parameters) {
      const { name } = parameter, slot = SLOT[name];
      const values = [v[slot], ...sliderValues(v, parameter, COARSE).filter((value) => mayFall(name) || value >= base[slot])];
      const found = tried(e, v, name, values);
      const outcomes = values.map((value, i) => ({ value, moves: found.moves[i], pass: found.pass[i] }));
      const best = outcomes.reduce((one, other) => better(other, one) ? other : one);
      v[slot] = best.value;
      reached = best.moves < Infinity;
    }
  }
  if (!reached) return null;
  for (const parameter of parameters) {
    const { name } = parameter, slot = SLOT[name];
    if (v[slot] === base[slot]) continue;
    if (allowed(v, name, base[slot]) && tried(e, v, name, [base[slot]]).moves[0] < Infinity) v[slot] = base[slot];
    else v[slot] = (nearest(e, v, parameter, base[slot], mayFall(name)) || { value: v[slot] }).value;
  }
  const { moves: [moves], reliability: [reliability] } = stops("rescue", e, v, [], [[]]);
  const changes = parameters.map(({ name }) => name).filter((name) => v[SLOT[name]] !== base[SLOT[name]]);
  return { changes: changes.map((name) => [name, v[SLOT[name]]]), moves, reliability };
}

// One slider where one is enough, else several; empty where the search finds none.
function rescue(e, base) {
  const parameters = FACTS.parameters.filter(({ name, slider }) => slider !== null && e.used.includes(name) && !GIVEN.includes(name));
  const now = stops("rescue", e, base, [], [[]]);
  const single = parameters.map((parameter) => nearest(e, base, parameter, base[SLOT[parameter.name]], true))
    .filter((found) => found !== null).sort((one, other) => one.distance - other.distance)
    .map(({ name, value, moves, reliability }) => ({ changes: [[name, value]], moves, reliability }));
  const helping = single.filter(({ reliability }) => reliability >= now.reliability[0]);
  const several = helping.length > 0 ? [] : [together(e, base, parameters)].filter((found) => found !== null);
  for (const label of [...kept.keys()]) if (label.startsWith("rescue")) kept.delete(label);
  return { now: now.reliability[0], reached: now.moves[0] < Infinity, ways: [...helping.slice(0, 3), ...several, ...single.filter((found) => !helping.includes(found)).slice(0, 1)] };
}
