// Policies, models, presets and scenarios, and which of them are chosen.
const same = (values, others) => Object.entries(others).every(([name, value]) => values[name] === value);
let beforeScenario = null;  // the settings that a scenario was put on

part("policy-select").addEventListener("change", (event) => attempt(() => choose(settingsOf(event.target.value, settings.model, settings.values), { control: "policy" })));
part("dm-model").addEventListener("change", (event) => attempt(() => choose(settingsOf(settings.policy, event.target.value, settings.values), { control: "model" })));

each("[data-preset]", (button) => button.addEventListener("click", () => {
  const { title, policy, values } = PAGE.presets[button.dataset.preset];
  beforeScenario = null;
  choose(settingsOf(policy, settings.model, values), { told: `Preset ${title}.` });
}));
part("dm-defaults").addEventListener("click", () => {
  beforeScenario = null;
  choose(defaults(), { told: "Defaults." });
});

// A scenario takes the place of the one before; the same one again is taken back.
const scenarioOn = () => Object.keys(PAGE.scenarios).find((name) => beforeScenario !== null && same(settings.values, PAGE.scenarios[name]));

function pickScenario(name, title) {
  const on = scenarioOn(), under = on === undefined ? settings : { ...settings, values: { ...settings.values, ...overwritten(on) } };
  if (on === name) {
    choose(under, { told: `Without the scenario ${title}.` });
    beforeScenario = null;
    return;
  }
  const values = PAGE.scenarios[name];
  const next = settingsOf(under.policy, under.model, { ...under.values, ...values });
  beforeScenario = under;
  choose(next, { told: `Scenario ${title}: ${Object.entries(values).map(([key, value]) => `${label(key).toLowerCase()} ${value}`).join(", ")}.` });
}
const overwritten = (name) => Object.fromEntries(Object.keys(PAGE.scenarios[name]).map((key) => [key, beforeScenario.values[key]]));
each("[data-scenario]", (button) => button.addEventListener("click", () => attempt(() => pickScenario(button.dataset.scenario, button.textContent))));

function showChoices() {
  const on = scenarioOn(), values = on === undefined ? settings.values : { ...settings.values, ...overwritten(on) };
  const isPreset = ({ policy, values: given }) => policy === settings.policy && same(values, settingsOf(policy, settings.model, given).values);
  each("[data-preset]", (button) => button.setAttribute("aria-pressed", String(isPreset(PAGE.presets[button.dataset.preset]))));
  part("dm-defaults").setAttribute("aria-pressed", String(settingsToHash(settings) === settingsToHash(defaults())));
  each("[data-scenario]", (button) => button.setAttribute("aria-pressed", String(button.dataset.scenario === on)));
}
