// Controls, copying and loading settings, and the address.
// --- controls ---
function show() {
  part("policy-select").value = settings.policy;
  part("dm-model").value = settings.model;
  const e = engine.engineOf(settings.policy, settings.model);
  for (const { name, slider } of FACTS.parameters) {
    const value = settings.values[name], box = part("dm-value-" + name), range = part("dm-slider-" + name);
    if (document.activeElement !== box || box.dataset.typing !== "yes") box.value = String(value);
    box.removeAttribute("aria-invalid");
    if (range !== null && Number(range.value) !== value) range.value = String(value);
    if (range !== null) range.setAttribute("aria-valuetext", value < slider[0] || value > slider[1] ? `${value}, beyond the slider` : String(value));
    const unused = box.closest(".control").querySelector(".unused"), idle = !e.used.includes(name);
    unused.hidden = !idle;
    if (idle) unused.textContent = `not used by ${settings.policy}, ${settings.model}`;
  }
  part("dm-policy-note").textContent = TITLES[settings.policy];
  part("dm-model-note").textContent = NOTES[settings.model] || "";
}

function choose(next, { told = "", settled = true } = {}) {
  settings = next;
  show();
  if (told !== null) say(told);
  if (settled) settle(); else schedule();
}

function setControl(name, value, options) {
  const values = { ...settings.values, [name]: checked(name, value) };
  for (const [low, high] of PAGE.constraints) {  // a slider pushes its partner along
    if (values[low] > values[high]) {
      if (options.push && name === low) values[high] = value;
      else if (options.push && name === high) values[low] = value;
      else checkedTogether(values);
    }
  }
  choose({ ...settings, values }, options);
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
      if (!/^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text)) throw new Refused(`${name} = ${short(text)} is not a number: allowed is ${PARAMETERS[name].allowed}`);
      setControl(name, Number(text), { push: false });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      show();
      say(error.message, "error");
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

each(".about", (button) => {
  button.addEventListener("keydown", (event) => { if (event.key === "Escape") button.blur(); });
  button.addEventListener("click", () => button.focus());
});

part("policy-select").addEventListener("change", (event) => attempt(() => choose(settingsOf(event.target.value, settings.model, settings.values))));
part("dm-model").addEventListener("change", (event) => attempt(() => choose(settingsOf(settings.policy, event.target.value, settings.values))));
each("[data-preset]", (button) => button.addEventListener("click", () => {
  const { policy, values } = PAGE.presets[button.dataset.preset];
  choose(settingsOf(policy, settings.model, values), { told: `Preset ${button.textContent}.` });
}));
each("[data-scenario]", (button) => button.addEventListener("click", () => attempt(() => {
  const values = { ...settings.values, ...PAGE.scenarios[button.dataset.scenario] };
  choose(settingsOf(settings.policy, settings.model, values), { told: `Scenario ${button.textContent}: ${Object.entries(PAGE.scenarios[button.dataset.scenario]).map(([name, value]) => `${name} = ${value}`).join(", ")}.` });
})));
part("dm-defaults").addEventListener("click", () => choose(defaults(), { told: "Defaults." }));

// --- copy, load, address ---
const dialog = part("dm-dialog");
function open(text, title) {
  part("dm-dialog-title").textContent = title;
  part("dm-text").value = text;
  part("dm-dialog-message").textContent = "";
  dialog.showModal();
  part("dm-text").focus();
  if (text !== "") part("dm-text").select();
}

part("copy-settings").addEventListener("click", async () => {
  const { text, lost } = settingsToJSON(settings);
  const form = lost.length === 0 ? "in the article's form" : `in deltamu's own form: the article's cannot hold ${lost.join(", ")}`;
  try {
    await navigator.clipboard.writeText(text);
    say(`Settings copied, ${form}.`);
  } catch (error) {
    open(text, "Copy settings");
    say(`Copy the settings from the box; they are ${form}.`);
  }
});
part("dm-link").addEventListener("click", async () => {
  if (rest !== 0) settle(); else remember();
  try {
    await navigator.clipboard.writeText(location.href);
    say("Link copied: it opens this page with these settings.");
  } catch (error) {
    say("Copy the address of this page: it holds the settings.");
  }
});
part("load-settings").addEventListener("click", () => open("", "Load settings"));
part("dm-cancel").addEventListener("click", () => dialog.close());
part("dm-load").addEventListener("click", () => {
  try {
    const next = settingsFromJSON(part("dm-text").value, PAGE.defaults.model);
    dialog.close();
    choose(next, { told: "Settings loaded." });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    part("dm-dialog-message").textContent = error.message;
    part("dm-dialog-message").dataset.kind = "error";
    say(error.message, "error");
  }
});
addEventListener("hashchange", () => {
  const next = attempt(() => settingsFromHash(location.hash));
  if (next === undefined) remember();  // refused: the address goes on holding what is shown
  else if (next !== null && settingsToHash(next) !== settingsToHash(settings)) choose(next, { told: "Settings loaded from the address." });
});
