// The start of the page.
const watch = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) {
    const name = target.dataset.figure;
    if (isIntersecting) visible.add(name); else visible.delete(name);
  }
  if (results !== null) queue();
}, { rootMargin: "40px" });
each("[data-figure]", (figure) => watch.observe(figure));

each("details.more", (details) => details.addEventListener("toggle", () => { if (details.open && rest === 0) update(); }));

const asked = attempt(() => settingsFromHash(location.hash));
if (asked === undefined) remember(); else settings = asked || settings;
if (asked === null) history.replaceState({ ...history.state, deltamu: "start" }, "");  // an address without settings, to come back to
look();
show();
results = { fan: null, fanNote: "" };
update();
showStep();
drawMove(true);
root.explorer = {  // for tests and the curious; the page itself needs none of it
  engine, PAGE, Plotly, costs,
  get settings() { return settings; },
  get results() { return results; },
  settingsFromJSON: (text) => settingsFromJSON(text, settings.model), settingsToJSON, settingsFromHash, settingsToHash, settingsOf, Refused,
  show: (policy, model, values) => choose(settingsOf(policy, model, values), { told: null }), update, settle, csv, setControl: (name, value) => setControl(name, value, { settled: false, push: true }),
};
