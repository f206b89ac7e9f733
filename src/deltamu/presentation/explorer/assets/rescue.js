// What would make a run reach its target: another model or policy, or the nearest settings within the sliders.

const SIGHT = ["r", "dr", "T_plan", "plan_cap"];  // never lowered: a blinder oracle passes sooner, and means less
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
function nearest(e, base, parameter, from) {
  const { name, slider: [low, high] } = parameter;
  const values = sliderValues(base, parameter).filter((value) => !SIGHT.includes(name) || value >= from);
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

// Sliders moved one after the other to where the run does best, then back as far as the target lets them: first those
// that are not needed at all, so that few changes are left; where it is not reached, the best that was found with its
// pass probability.
function together(e, base, parameters) {
  const v = Float64Array.from(base);
  const better = (one, other) => one.moves < other.moves || (one.moves === other.moves && one.pass > other.pass);
  let reached = false;
  for (let round = 0; round < 2; round++) {
    for (const parameter of parameters) {
      const { name } = parameter, slot = SLOT[name];
      const values = [v[slot], ...sliderValues(v, parameter, COARSE).filter((value) => !SIGHT.includes(name) || value >= base[slot])];
      const found = tried(e, v, name, values);
      const outcomes = values.map((value, i) => ({ value, moves: found.moves[i], pass: found.pass[i] }));
      const best = outcomes.reduce((one, other) => better(other, one) ? other : one);
      v[slot] = best.value;
      reached = best.moves < Infinity;
    }
  }
  const changed = () => parameters.filter(({ name }) => v[SLOT[name]] !== base[SLOT[name]]);
  const without = ({ name }) => tried(e, v, name, [base[SLOT[name]]]);
  const { pass: [most] } = stops("rescue", e, v, [], [[]]);
  const needless = (outcome) => reached ? outcome.moves[0] < Infinity : outcome.pass[0] >= most;
  for (const parameter of changed()) if (allowed(v, parameter.name, base[SLOT[parameter.name]]) && needless(without(parameter))) v[SLOT[parameter.name]] = base[SLOT[parameter.name]];
  if (reached) {
    for (const parameter of changed()) v[SLOT[parameter.name]] = (nearest(e, v, parameter, base[SLOT[parameter.name]]) || { value: v[SLOT[parameter.name]] }).value;
  }
  const { moves: [moves], reliability: [reliability], pass: [pass] } = stops("rescue", e, v, [], [[]]);
  const needed = changed().map((parameter) => ({ parameter, pass: without(parameter).pass[0] })).sort((one, other) => one.pass - other.pass);
  return { policy: e.policy, model: e.model, changes: needed.map(({ parameter: { name } }) => [name, v[SLOT[name]]]), moves, reliability, pass };
}

// How far a way is: sliders in shares of their range, another policy or model as a whole one.
function nearestFirst(ways, policy, model, base) {
  const slider = Object.fromEntries(FACTS.parameters.filter((one) => one.slider !== null).map((one) => [one.name, one.slider]));
  const far = (way) => (way.policy !== policy) + (way.model !== model) +
    way.changes.reduce((sum, [name, value]) => sum + Math.abs(value - base[SLOT[name]]) / (slider[name][1] - slider[name][0]), 0);
  return ways.map((way) => ({ ...way, distance: far(way) })).sort((one, other) => one.distance - other.distance || one.moves - other.moves);
}

// The sliders that a run reads, and the ways with one of them, nearest first, that do not lower the true reliability.
function slidersOf(e) {
  return FACTS.parameters.filter(({ name, slider, free }) => slider !== null && free && e.used.includes(name));
}

function single(policy, model, base, least) {
  const e = engineOf(policy, model);
  return slidersOf(e).map((parameter) => nearest(e, base, parameter, base[SLOT[parameter.name]]))
    .filter((found) => found !== null && found.reliability >= least).sort((one, other) => one.distance - other.distance)
    .map(({ name, value, moves, reliability }) => ({ policy, model, changes: [[name, value]], moves, reliability }));
}

// The same with another policy, or in another model; with one slider besides where that alone is not enough,
// and in another model with several where one is not.
function elsewhere(policy, model, base, least) {
  const others = Object.values(ENGINES).filter((e) => (e.policy === policy) !== (e.model === model));
  const alone = others.map((e) => {
    const { moves: [moves], reliability: [reliability] } = stops(`rescue ${e.key}`, e, base, [], [[]]);
    return { policy: e.policy, model: e.model, changes: [], moves, reliability };
  }).filter(({ moves, reliability }) => moves < Infinity && reliability >= least);
  const one = alone.length > 0 ? alone : others.flatMap((e) => single(e.policy, e.model, base, least).slice(0, 1));
  const several = () => others.filter((e) => e.policy === policy).map((e) => together(e, base, slidersOf(e)))
    .filter(({ moves, reliability }) => moves < Infinity && reliability >= least);
  const ways = one.length > 0 ? one : several();
  return nearestFirst(ways, policy, model, base);
}

// Ways that do not lower the true reliability: another model or policy, one slider where one is enough, else several;
// where the search finds none within the sliders, `best` is the best of what it saw.
function rescue(policy, model, base) {
  const e = engineOf(policy, model), { moves: [moves], reliability: [least] } = stops("rescue", e, base, [], [[]]);
  const one = single(policy, model, base, least), all = one.length > 0 ? null : together(e, base, slidersOf(e));
  const sliders = all === null ? nearestFirst(one, policy, model, base) : [all].filter((found) => found.moves < Infinity && found.reliability >= least);
  const best = all === null || all.moves < Infinity ? null : all;
  const found = { reached: moves < Infinity, least, best, elsewhere: elsewhere(policy, model, base, least), sliders };
  for (const label of [...kept.keys()]) if (label.startsWith("rescue")) kept.delete(label);
  return found;
}
