// The four panels of a move: each draws into its picture and returns what it shows, in words.
const LEFT = { x: 4, y: 144 }, RIGHT = { x: WIDTH - 4, y: 144, "text-anchor": "end" };

// One candidate: round if it is the model's, a diamond if a reviewer proposed it.
function mark({ improvement, copy, theirs }, x, y, k) {
  const more = { class: `dot ${improvement > 0 ? "helps" : "hurts"}${copy ? " copy" : ""}${theirs ? " theirs" : ""}`, style: `--late:${k}` };
  return theirs ? shape("path", { d: `M${x} ${y - 6.5}l6.5 6.5-6.5 6.5-6.5-6.5Z`, ...more }) : shape("circle", { cx: x, cy: y, r: 5, ...more });
}

const amount = (n, what) => Number.isInteger(n) ? counted(n, what) : `${number(n)} ${what}s on average`;

function candidatesInWords({ candidates, K, K_prime, K_eff, delta, mean, unit }) {
  const theirs = K_prime - K, many = Math.round(K_prime) > 1, said = [];
  said.push(theirs > 1e-9 ? `${amount(K_prime, "candidate")}: ${number(K)} by the model and ${number(theirs)} by the reviewers.` : `${amount(K_prime, "candidate")} by the model.`);
  if (K_eff < K_prime) said.push(`They are as good as ${number(K_eff)} different ones.`);
  said.push(`${many ? "Each" : "It"} edits the code within a radius δ = ${number(delta)}, which has no unit, and ${edits(mean)} defects on average; with δ = 1 it ${wouldEdit(unit)}.`);
  if (Math.round(K_prime) > MOST_DOTS) said.push(`A sample of ${MOST_DOTS} is drawn.`);
  if (candidates.some(({ copy }) => copy)) said.push("Pale marks repeat a dark one.");
  return said.join(" ");
}

function reviewersInWords({ candidates, chosen, N, N_eff, gamma, accuracy }) {
  const best = Math.max(...candidates.map(({ improvement }) => improvement)) === chosen.improvement;
  const choice = candidates.length === 1 ? "Here there is no choice." : `Here the choice is ${best ? "the best there is" : "not the best there is"}.`;
  const own = candidates.filter(({ copy }) => !copy).length, copies = own < candidates.length ? ` ${candidates.length} candidates, but ${own} marks are seen: a pale mark has the score of the dark one that it repeats, and lies on it.` : "";
  if (N === 0) return `Without reviewers nobody scores, and one is taken blindly. ${choice}${copies}`;
  return `${amount(N, "reviewer")} ${N === 1 ? "scores" : "score"} every candidate, and the best score is taken. ${N === 1 ? "A" : `With errors that correlate by γ = ${number(gamma)}, they judge like ${number(N_eff) === "1" ? "one alone" : `${number(N_eff)} independent ones`}: a`} score tells the true improvement with correlation ${number(accuracy)}. ${choice}${copies}`;
}

function oracleInWords({ mu, r, asks, chosen: { improvement, visible } }) {
  const seen = `${number(mu)} defects are expected in the code; the tests can see a fraction r = ${number(r)} of the defect modes. `;
  return seen + (asks ? `The chosen edit ${edits(improvement)} defects: it ${edits(visible)} that the tests see and ${edits(improvement - visible)} that they do not.` : "In this model the move does not ask them.");
}

// What the chosen edit leaves; tests that see nothing accept by a coin.  In the gated model what the tests let through, in the published one the average.
function afterMove({ asks, chosen, mu, r, after }) {
  const taken = !asks || (r > 0 ? chosen.visible > 0 : chosen.heads);
  return { taken, left: asks ? Math.max(mu - (taken ? chosen.improvement : 0), 0) : after };
}

function outcomeInWords(move) {
  const { taken, left } = afterMove(move), { asks, chosen, mu, r, gain, acceptance, after } = move;
  if (!asks) return `This edit ${edits(chosen.improvement)} defects; the published model books the average gain of ${number(gain)} instead: ${become(mu, left)}.`;
  const why = r > 0 ? (taken ? "Accepted, since the tests see it help" : "Rejected, since the tests see no help") : `${taken ? "Accepted" : "Rejected"} at random, since tests that see nothing cannot tell`;
  return `${why}: ${become(mu, left)}. On average a move is accepted with probability ${number(acceptance)} and leaves ${number(after)}.`;
}

const PANELS = {
  candidates(svg, move, scale) {
    const zero = scale.x(0), rows = Math.max(1, move.candidates.length), { length: theirs } = move.candidates.filter((one) => one.theirs);
    svg.append(shape("line", { x1: zero, x2: zero, y1: 20, y2: 126, class: "zero" }), shape("text", LEFT, "← adds defects"), shape("text", RIGHT, "removes →"));
    if (theirs > 0) svg.append(shape("circle", { cx: 9, cy: 10, r: 4.5, class: "key" }), shape("text", { x: 18, y: 14 }, "the model’s"), shape("path", { d: "M139 4l6 6-6 6-6-6Z", class: "key" }), shape("text", { x: 150, y: 14 }, "reviewers’"));
    move.candidates.forEach((one, k) => svg.append(mark(one, scale.x(one.improvement), 24 + 98 * (k + 0.5) / rows, k)));
    return candidatesInWords(move);
  },
  reviewers(svg, move, scale) {
    svg.append(shape("line", { x1: scale.x(0), x2: scale.x(0), y1: 20, y2: 126, class: "zero" }), shape("text", RIGHT, "true improvement →"), shape("text", { x: 4, y: 14 }, "score ↑"));
    const scores = move.candidates.map(({ score }) => score), low = Math.min(...scores), high = Math.max(...scores), y = (score) => 116 - 84 * (high > low ? (score - low) / (high - low) : 0.5);
    move.candidates.forEach((one, k) => svg.append(mark(one, scale.x(one.improvement), y(one.score), k)));
    svg.append(shape("circle", { cx: scale.x(move.chosen.improvement), cy: y(move.chosen.score), r: 9.5, class: "ring" }), shape("circle", { cx: 150, cy: 10, r: 6, class: "ring still" }), shape("text", { x: 161, y: 14 }, "is taken"));
    return reviewersInWords(move);
  },
  oracle(svg, move) {
    const all = Math.min(MOST_DOTS, Math.max(move.mu > 0 ? 1 : 0, Math.round(move.mu))), seen = Math.round(move.r * all);
    for (let k = 0; k < all; k++) svg.append(shape("rect", { x: 10 + 19 * (k % 12), y: 8 + 19 * Math.floor(k / 12), width: 13, height: 13, rx: 2, class: `dot defect${k < seen ? "" : " unseen"}`, style: `--late:${k}` }));
    svg.append(shape("text", LEFT, "filled: what the tests can see"));
    return oracleInWords(move);
  },
  outcome(svg, move) {
    const { taken, left } = afterMove(move), top = Math.max(move.mu, left, 1e-300), change = left - move.mu, [before, after] = apart(move.mu, left);
    const row = (y, name, mass, value, kind) => svg.append(shape("text", { x: 4, y }, `${name} ${value}`), shape("rect", { x: 4, y: y + 5, width: (WIDTH - 8) * mass / top, height: 10, class: kind, style: "--late:6" }));
    row(16, "before:", move.mu, before, "before");
    row(50, "after:", left, after, `dot ${change > 0 ? "hurts" : "helps"}`);
    const share = move.mu > 0 && change !== 0 ? ` (${change > 0 ? "+" : "−"}${per_cent(Math.abs(change) / move.mu)})` : "";
    svg.append(shape("text", { x: 4, y: 92, class: `change ${change > 0 ? "hurts" : "helps"}` }, change === 0 ? "no change" : `change: ${change > 0 ? "+" : "−"}${number(Math.abs(change))}${share}`));
    svg.append(shape("text", { x: 120, y: 128, "text-anchor": "middle", class: `stamp ${taken ? "helps" : "hurts"}` }, move.asks ? (taken ? "accepted" : "rejected") : "taken, unasked"));
    return outcomeInWords(move);
  },
};
