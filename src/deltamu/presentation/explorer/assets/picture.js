// One move, candidate by candidate: the settings of a move of the run, with draws of its laws.
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 240, HEIGHT = 150, MOST_DOTS = 60;
let moveDraw = 1;

function shape(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text !== undefined) element.textContent = text;
  return element;
}

// The candidates of a move: as many different ones as the model counts, the others like one of them; those of the
// reviewers are spread evenly among them.
function candidatesOf(e, v, uniform) {
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const place = (name) => v[SLOT[name]], made = [];
  e.picture(v);
  const all = Math.max(1, Math.min(MOST_DOTS, Math.round(place("K_prime")))), different = Math.max(1, Math.min(all, Math.round(place("K_eff"))));
  for (let k = 0; k < different; k++) {
    for (const what of ["improvement", "score", "visibility"]) v[SLOT[`draw_of_${what}`]] = normal();
    e.picture(v);
    made.push({ improvement: place("candidate_improvement"), score: place("candidate_score"), visible: place("candidate_visible"), heads: place("draw_of_visibility") > 0, copy: false });
  }
  for (let k = different; k < all; k++) made.push({ ...made[k % different], copy: true });
  const share = 1 - v[SLOT.K] / place("K_prime");
  return made.map((one, k) => ({ ...one, theirs: Math.floor((k + 1) * share + 1e-9) > Math.floor(k * share + 1e-9) }));
}

// What a candidate of another radius would remove on average.
function meanAt(e, v, radius) {
  const w = Float64Array.from(v);
  w[SLOT.delta] = radius;
  e.picture(w);
  return w[SLOT.mu_Delta];
}

function moveOf(state, t) {
  const { settings, run } = state, e = engine.engineOf(settings.policy, settings.model), v = engine.filled(settings.values), rows = run.rows;
  e.before(v);
  v[SLOT.mu] = rows.mu[t];
  v[SLOT.delta] = rows.delta_t[t];
  v[SLOT.H] = rows.H_t[t];
  v[SLOT.r] = rows.r_t[t];
  const candidates = candidatesOf(e, v, engine.generator(moveDraw)), values = settings.values, place = (name) => v[SLOT[name]];
  const chosen = candidates.filter(({ copy }) => !copy).reduce((one, other) => other.score > one.score ? other : one);
  return { candidates, chosen, asks: e.path.includes("r"), t, mu: rows.mu[t], delta: rows.delta_t[t], r: rows.r_t[t], K: values.K, N: values.N, gamma: values.gamma,
    N_eff: place("N_eff"), K_prime: place("K_prime"), K_eff: place("K_eff"), mean: place("mu_Delta"), unit: meanAt(e, v, 1), accuracy: place("score_accuracy"),
    gain: rows.gain[t], after: rows.mu_next[t], acceptance: rows.acceptance[t] };
}

function drawMove(fresh = false) {
  if (results === null) return;
  const t = Number(part("dm-move").value) - 1, move = moveOf(results, t);
  const far = Math.max(...move.candidates.map(({ improvement }) => Math.abs(improvement)), 1e-12) * 1.1;
  const scale = { x: (value) => WIDTH / 2 + (WIDTH / 2 - 10) * value / far };
  fill(part("dm-move-number"), String(t + 1));
  for (const [name, panel] of Object.entries(PANELS)) {
    const svg = part(`dm-panel-${name}`);
    svg.replaceChildren();
    svg.classList.toggle("moving", fresh);
    fill(part(`dm-says-${name}`), panel(svg, move, scale));
  }
}
part("dm-move").addEventListener("input", () => drawMove());
part("dm-draw").addEventListener("click", () => {
  moveDraw += 1;
  drawMove(true);
});
