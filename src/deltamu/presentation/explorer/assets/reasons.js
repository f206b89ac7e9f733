// Why a proposal helps: what rises or falls by it, at the defects where the run stands now.
const WORTH = 0.01;  // relative changes below this are no reason
const STRUCTURE = ["mu_Delta", "sigma_Delta", "score_accuracy", "K_eff"];  // a move gains more where one of them rises

// A move at a given mass and radius, with the controls of the run's last move.
function moveAt({ policy, model, values }, run, mu, delta) {
  const e = engine.engineOf(policy, model), v = engine.filled(values), last = FACTS.moves - 1;
  e.before(v);
  for (const [name, value] of Object.entries({ mu, delta, H: run.rows.H_t[last], r: run.rows.r_t[last] })) v[SLOT[name]] = value;
  return { e, v };
}

// What it is made of, with the mean radius of the run and its floor.
function driversOf(settings, run, mu, delta) {
  const { e, v } = moveAt(settings, run, mu, delta);
  e.picture(v);
  const found = Object.fromEntries(STRUCTURE.map((name) => [name, v[SLOT[name]]]));
  found.delta = run.rows.delta_t.reduce((sum, radius) => sum + radius, 0) / FACTS.moves;
  found.floor = engine.leastFloor(e, engine.filled(settings.values), run.rows);
  return found;
}

function gainWith(settings, run, mu, delta) {
  const { e, v } = moveAt(settings, run, mu, delta);
  e.drift(v);
  return v[SLOT.smooth_gain];
}

const DRIVERS = { ...Object.fromEntries(STRUCTURE.map((name) => [name, lower(label(name))])), delta: `mean ${lower(label("delta"))}`, floor: "lowest floor of any move" };

// The strongest change that helps, and one that does not if there is one, each as [name, before, after].
function reasonsFor(now, then) {
  const run = engine.run(engine.engineOf(now.policy, now.model), engine.filled(now.values)), last = FACTS.moves - 1;
  const other = engine.run(engine.engineOf(then.policy, then.model), engine.filled(then.values));
  const mu = run.rows.mu_next[last], delta = run.rows.delta_t[last];
  const before = driversOf(now, run, mu, delta), after = driversOf(then, other, mu, delta);
  const helping = {  // a larger radius may help or not
    floor: after.floor < before.floor,
    delta: gainWith(then, other, mu, after.delta) > gainWith(then, other, mu, before.delta),
  };
  const found = Object.keys(DRIVERS).map((name) => {
    const [from, to] = [before[name], after[name]], size = to === from ? 0 : Math.min(99, Math.abs(to - from) / Math.max(Math.abs(from), 1e-12));
    return { name, from, to, size: Number.isNaN(size) ? 99 : size, helps: name in helping ? helping[name] : to > from };
  }).filter(({ size }) => size > WORTH).sort((one, two) => two.size - one.size);
  return { helps: found.filter(({ helps }) => helps).slice(0, 2), hurts: found.filter(({ helps }) => !helps).slice(0, 1) };
}

function reasonInWords(now, then) {
  const { helps, hurts } = reasonsFor(now, then), said = ({ name, from, to }) => `${DRIVERS[name]} ${apart(from, to).join(" → ")}`;
  const asks = then.model !== now.model && asksTests(then.policy, then.model) ? ["the tests decide about each move"] : [];
  const why = [...asks, ...helps.map(said)];
  return why.length === 0 ? "" : `Why: ${why.join(", ")}${hurts.length > 0 ? `; although ${hurts.map(said).join()}` : ""}.`;
}
