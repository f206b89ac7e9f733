// Long computations, in a worker of their own: stochastic runs, and the search for settings that reach the target.
const jobs = {};  // by kind: the worker and the ticket of what is asked last

function inWorker(kind, data, then) {
  const job = jobs[kind] || (jobs[kind] = { worker: null, ticket: 0, busy: false });
  if (job.busy) {  // what it still computes is of no use any more
    job.worker.terminate();
    job.worker = null;
  }
  if (job.worker === null) {
    const source = `${deltamuEngine}
const engine = deltamuEngine();
onmessage = ({ data: { ticket, kind, policy, model, values, runs, seed } }) => {
  const base = engine.filled(values);
  postMessage({ ticket, found: kind === "fan" ? engine.fan(engine.engineOf(policy, model), base, runs, seed) : engine.rescue(policy, model, base) });
};`;
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    job.worker = new Worker(address);
    URL.revokeObjectURL(address);
  }
  job.busy = true;
  const ticket = ++job.ticket;
  job.worker.onmessage = ({ data: { ticket: got, found } }) => {
    if (got !== job.ticket) return;
    job.busy = false;
    then(found);
  };
  job.worker.postMessage({ ticket, kind, ...data });
}

// --- stochastic runs ---
let fanKey = "";
const RUNS = ["dm-runs", 1, 20000], SEED = ["dm-seed", 0, 2 ** 31 - 1];
function whole(id, low, high) {
  const text = part(id).value.trim();
  if (!/^\d+$/.test(text) || Number(text) < low || Number(text) > high) throw new Refused(`${id === "dm-runs" ? "Runs" : "Seed"} = ${short(text)} is not a whole number from ${low} to ${high}`);
  return Number(text);
}

function askFan() {
  const { policy, values } = settings;
  const model = [settings.model, ...PAGE.models].find((name) => engine.engineOf(policy, name).draw !== undefined);
  if (model === undefined || !part("fan-plot").checkVisibility()) return;
  const key = JSON.stringify([policy, model, values, part("dm-runs").value, part("dm-seed").value]);
  if (key === fanKey) return;
  const asked = attempt(() => ({ runs: whole(...RUNS), seed: whole(...SEED) }));
  if (asked === undefined) return;
  for (const [id] of [RUNS, SEED]) part(id).dataset.last = part(id).value;
  fanKey = key;
  results.fan = null;
  results.fanNote = `Computing ${counted(asked.runs, "run")} of the ${model} model …`;
  draw("fan");
  inWorker("fan", { policy, model, values, ...asked }, (fan) => {
    results.fan = { ...fan, model };
    draw("fan");
  });
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
