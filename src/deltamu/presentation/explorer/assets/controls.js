// Controls: what they show, and what happens when they are moved.
let changing = "";  // what is being changed, for the entries of the history

function show() {
  part("policy-select").value = settings.policy;
  part("dm-model").value = settings.model;
  const used = new Set(modelsBeside(settings.model).flatMap((model) => engine.engineOf(settings.policy, model).used));
  for (const { name, slider } of FACTS.parameters) {
    const value = settings.values[name], box = part("dm-value-" + name), range = part("dm-slider-" + name);
    if (document.activeElement !== box || box.dataset.typing !== "yes") box.value = String(value);
    box.removeAttribute("aria-invalid");
    if (range !== null && Number(range.value) !== value) range.value = String(value);
    if (range !== null) range.setAttribute("aria-valuetext", value < slider[0] || value > slider[1] ? `${value}, beyond the slider` : String(value));
    const unused = box.closest(".control").querySelector(".unused"), idle = !used.has(name), off = range !== null && (value < slider[0] || value > slider[1]);
    unused.hidden = !idle && !off;
    if (unused.hidden) unused.textContent = "";
    if (idle) unused.textContent = `not used by the policy ${settings.policy}`;
    else if (off) unused.textContent = `off the slider, which goes from ${slider[0]} to ${slider[1]}`;
    if (range !== null) range.classList.toggle("off", off);
  }
  part("dm-model-note").textContent = NOTES[settings.model] || "";
}

function choose(next, { told = "", settled = true, control = told } = {}) {
  const before = settings;
  settings = next;
  changing = control;
  show();
  if (told !== null) say(told, "note", told !== "" && settingsToHash(before) !== settingsToHash(next) ? before : null);
  if (settled) settle(); else schedule();
}

part("dm-undo").addEventListener("click", () => {
  beforeScenario = null;
  choose(undoing, { told: "Taken back." });
});

function setControl(name, value, options) {
  const values = { ...settings.values, [name]: checked(name, value, label(name)) };
  for (const [low, high] of FACTS.constraints) {  // a slider pushes its partner along
    if (values[low] > values[high]) {
      if (options.push && name === low) values[high] = value;
      else if (options.push && name === high) values[low] = value;
      else checkedTogether(values, label);
    }
  }
  choose({ ...settings, values }, { control: name, ...options });
}

each("[data-slider]", (range) => {
  const name = range.dataset.slider;
  range.addEventListener("input", () => attempt(() => setControl(name, Number(range.value), { settled: false, push: true })));
  range.addEventListener("change", () => { if (rest !== 0) settle(); });
});

each("[data-value]", (box) => {
  const name = box.dataset.value;
  const commit = () => {
    box.dataset.typing = "";
    const text = box.value.trim().replace("−", "-");
    if (text === String(settings.values[name])) return show();
    try {
      if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) throw new Refused(`${label(name)} = ${short(text)} is not a number: allowed is ${PARAMETERS[name].allowed}`);
      setControl(name, Number(text), { push: false });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      show();
      say(error.message, "error");
      const note = part("dm-note-" + name);  // where the eye is, until something else is done
      note.hidden = false;
      note.textContent = `${error.message}. ${text === "" ? "" : "Not taken; "}${settings.values[name]} stays.`;
      box.setAttribute("aria-invalid", "true");
    }
    return undefined;
  };
  box.addEventListener("input", () => { box.dataset.typing = "yes"; });
  box.addEventListener("change", commit);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") commit();
    if (event.key === "Escape") { box.dataset.typing = ""; show(); }
  });
});
