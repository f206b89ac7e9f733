// Stochastic runs, in a worker.
// --- stochastic runs, in a worker ---
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
    results.fan = { ...data.fan, model: data.model };
    results.fanNote = "";
    draw("fan");
  };
  return worker;
}

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
  const asked = attempt(() => ({ runs: whole("dm-runs", 1, 20000), seed: whole("dm-seed", 0, 2 ** 31 - 1) }));
  if (asked === undefined) return;
  fanKey = key;
  started().postMessage({ ticket: ++fanTicket, policy, model, values, ...asked });
}
part("dm-fan").addEventListener("click", () => {
  const seed = part("dm-seed");
  if (/^\d+$/.test(seed.value.trim())) seed.value = String((Number(seed.value) + 1) % 2 ** 31);
  askFan();
});
for (const id of ["dm-runs", "dm-seed"]) part(id).addEventListener("change", askFan);
