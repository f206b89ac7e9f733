// Stochastic runs, in a worker.
// --- stochastic runs, in a worker ---
let busy = false;
function started() {
  if (worker !== null) return worker;
  const source = `${deltamuEngine}
const engine = deltamuEngine();
onmessage = ({ data: { ticket, policy, model, values, runs, seed } }) => {
  postMessage({ ticket, model, fan: engine.fan(engine.engineOf(policy, model), engine.filled(values), runs, seed) });
};`;
  const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  worker = new Worker(address);
  URL.revokeObjectURL(address);
  worker.onmessage = ({ data }) => {
    if (data.ticket !== fanTicket || results === null) return;
    busy = false;
    results.fan = { ...data.fan, model: data.model };
    results.fanNote = "";
    draw("fan");
  };
  return worker;
}

const RUNS = ["dm-runs", 1, 20000], SEED = ["dm-seed", 0, 2 ** 31 - 1];
function whole(id, low, high) {
  const text = part(id).value.trim();
  if (!/^\d+$/.test(text) || Number(text) < low || Number(text) > high) throw new Refused(`${id === "dm-runs" ? "runs" : "seed"} = ${short(text)} is not a whole number from ${low} to ${high}`);
  return Number(text);
}

function askFan() {
  const { policy, values } = settings;
  const model = [settings.model, ...PAGE.models].find((name) => engine.engineOf(policy, name).draw !== undefined);
  if (model === undefined) return;
  const key = JSON.stringify([policy, model, values, part("dm-runs").value, part("dm-seed").value]);
  if (key === fanKey) return;
  const asked = attempt(() => ({ runs: whole(...RUNS), seed: whole(...SEED) }));
  if (asked === undefined) return;
  for (const [id] of [RUNS, SEED]) part(id).dataset.last = part(id).value;
  fanKey = key;
  if (busy) {  // what it still computes is of no use any more
    worker.terminate();
    worker = null;
  }
  busy = true;
  started().postMessage({ ticket: ++fanTicket, policy, model, values, ...asked });
}
part("dm-fan").addEventListener("click", () => {
  const seed = part("dm-seed");
  seed.value = String((Number(seed.value) + 1) % (SEED[2] + 1));
  askFan();
});
for (const asked of [RUNS, SEED]) {
  const box = part(asked[0]);
  box.addEventListener("change", () => {
    if (attempt(() => whole(...asked)) === undefined) box.value = box.dataset.last;  // taken back, as other numbers are
    else askFan();
  });
}
