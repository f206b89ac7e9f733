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

// The candidates of a move: as many different ones as the model counts, the others like one of them.
function candidatesOf(e, v, uniform) {
  const normal = () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const place = (name) => v[SLOT[name]], made = [];
  e.picture(v);
  const all = Math.max(1, Math.min(MOST_DOTS, Math.round(place("K_prime")))), different = Math.max(1, Math.min(all, Math.round(place("K_eff"))));
  for (let k = 0; k < different; k++) {
    for (const what of ["improvement", "score", "visibility"]) v[SLOT[`draw_of_${what}`]] = normal();
    e.picture(v);
    made.push({ improvement: place("candidate_improvement"), score: place("candidate_score"), visible: place("candidate_visible"), copy: false });
  }
  for (let k = different; k < all; k++) made.push({ ...made[k % different], copy: true });
  return made;
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
    N_eff: place("N_eff"), K_prime: place("K_prime"), K_eff: place("K_eff"), mean: place("mu_Delta"), accuracy: place("score_accuracy"),
    gain: rows.gain[t], after: rows.mu_next[t], acceptance: rows.acceptance[t] };
}

const PANELS = {
  candidates(svg, move, scale) {
    const zero = scale.x(0);
    svg.append(shape("line", { x1: zero, x2: zero, y1: 8, y2: 122, class: "zero" }), shape("text", { x: 4, y: 142 }, "← adds defects"), shape("text", { x: WIDTH - 4, y: 142, "text-anchor": "end" }, "removes →"));
    const rows = Math.max(1, move.candidates.length);
    move.candidates.forEach((one, k) => svg.append(shape("circle", { cx: scale.x(one.improvement), cy: 16 + 100 * (k + 0.5) / rows, r: 5, class: `dot ${one.improvement > 0 ? "helps" : "hurts"}${one.copy ? " copy" : ""}`, style: `--late:${k}` })));
    const all = Math.round(move.K_prime), theirs = move.K_prime - move.K;
    return `${counted(all, "candidate")}${theirs > 0 ? ` (${number(move.K)} + ${number(theirs)} from reviewers)` : ""}${move.K_eff < move.K_prime ? `, as good as ${number(move.K_eff)} different ones,` : ""} ${all === 1 ? "edits" : "edit"} the code within a radius δ = ${number(move.delta)}. On average one ${edits(move.mean)} defects.${all > MOST_DOTS ? ` A sample of ${MOST_DOTS} is drawn.` : ""}${move.candidates.some(({ copy }) => copy) ? " Pale dots repeat a dark one." : ""}`;
  },
  reviewers(svg, move, scale) {
    svg.append(shape("line", { x1: scale.x(0), x2: scale.x(0), y1: 8, y2: 122, class: "zero" }), shape("text", { x: 4, y: 142 }, "true improvement →"), shape("text", { x: 4, y: 14 }, "score ↑"));
    const scores = move.candidates.map(({ score }) => score), low = Math.min(...scores), high = Math.max(...scores), y = (score) => 112 - 84 * (high > low ? (score - low) / (high - low) : 0.5);
    move.candidates.forEach((one, k) => svg.append(shape("circle", { cx: scale.x(one.improvement), cy: y(one.score), r: 5, class: `dot ${one.improvement > 0 ? "helps" : "hurts"}${one.copy ? " copy" : ""}`, style: `--late:${k}` })));
    svg.append(shape("circle", { cx: scale.x(move.chosen.improvement), cy: y(move.chosen.score), r: 9, class: "ring" }));
    const best = Math.max(...move.candidates.map(({ improvement }) => improvement)) === move.chosen.improvement;
    const who = move.N === 0 ? "Without reviewers one is taken blindly" : `${counted(move.N, "reviewer")}, whose errors correlate by γ = ${number(move.gamma)}, judge like ${number(move.N_eff)} independent ones; they take the best score`;
    return `${who}.${move.N === 0 ? "" : ` A score tells the true improvement with correlation ${number(move.accuracy)}.`} ${move.candidates.length === 1 ? "Here there is no choice" : `Here the choice is ${best ? "the best there is" : "not the best there is"}`}.`;
  },
  oracle(svg, move) {
    const all = Math.min(MOST_DOTS, Math.max(move.mu > 0 ? 1 : 0, Math.round(move.mu))), seen = Math.round(move.r * all);
    for (let k = 0; k < all; k++) svg.append(shape("rect", { x: 10 + 19 * (k % 12), y: 8 + 19 * Math.floor(k / 12), width: 13, height: 13, rx: 2, class: `dot defect${k < seen ? "" : " unseen"}`, style: `--late:${k}` }));
    svg.append(shape("text", { x: 4, y: 142 }, "filled: what the tests can see"));
    return `${number(move.mu)} defects are expected in the code; the tests see a share r = ${number(move.r)} of their kinds. ` +
      (move.asks ? `The chosen edit ${edits(move.chosen.improvement)} defects: it ${edits(move.chosen.visible)} that the tests see and ${edits(move.chosen.improvement - move.chosen.visible)} that they do not.` : "In this model the move does not ask them.");
  },
  outcome(svg, move) {
    const taken = !move.asks || move.chosen.visible > 0, after = move.asks ? Math.max(move.mu - (taken ? move.chosen.improvement : 0), 0) : move.after;
    const top = Math.max(move.mu, after, 1e-300), bar = (mu) => 176 * mu / top;
    svg.append(shape("text", { x: 4, y: 22 }, "before"), shape("rect", { x: 58, y: 10, width: bar(move.mu), height: 18, class: "before" }), shape("text", { x: 4, y: 60 }, "after"), shape("rect", { x: 58, y: 48, width: bar(after), height: 18, class: `dot ${after > move.mu ? "hurts" : "helps"}`, style: "--late:6" }));
    svg.append(shape("text", { x: 120, y: 108, "text-anchor": "middle", class: `stamp ${taken ? "helps" : "hurts"}` }, move.asks ? (taken ? "accepted" : "rejected") : "taken, unasked"));
    return move.asks ? `${taken ? "Accepted, since the tests see it help" : "Rejected, since the tests see no help"}: ${become(move.mu, after)}. On average a move is accepted with probability ${number(move.acceptance)} and leaves ${number(move.after)}.`
      : `This edit ${edits(move.chosen.improvement)} defects; the published model books the average gain of ${number(move.gain)} instead: ${become(move.mu, after)}.`;
  },
};

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
