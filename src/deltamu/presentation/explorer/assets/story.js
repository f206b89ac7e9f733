// The guided tour: each step sets the controls and ends in a claim of the ledger.
const VERDICTS = { proved: "Proved", enumerated: "Proved for the settings that are enumerated, and no others", argued: "Argued, with checked lemmas", refuted: "Refuted", supported: "Supported by numbers", definition: "By definition" };
let step = -1;

const stepSettings = ({ policy, model, values }) => settingsOf(policy, model, values);
// The step whose settings are shown as it set them.
function currentStep() {
  const at = PAGE.story[step];
  return at !== undefined && settingsToHash(stepSettings(at)) === settingsToHash(settings) ? at : undefined;
}

// What differs from the settings of a step, in words, and whether the step itself asks to move it.
function strayed(at) {
  const set = stepSettings(at), found = [], names = FACTS.parameters.map(({ name }) => name).filter((name) => set.values[name] !== settings.values[name]);
  for (const key of ["policy", "model"]) if (set[key] !== settings[key]) found.push(`${key} ${set[key]} → ${settings[key]}`);
  const invited = found.length === 0 && names.every((name) => at.invites.includes(name));
  return { invited, changes: [...found, ...names.map((name) => `${TEXTS[name].text} ${number(set.values[name], 6)} → ${number(settings.values[name], 6)}`)] };
}

// Symbols for names, as everywhere on the page.
const inSymbols = (text) => text.replace(/[A-Za-z]\w*/g, (name) => own(TEXTS, name) !== undefined && (name.includes("_") || /^[α-ω]/.test(TEXTS[name].text)) ? TEXTS[name].text : name);

function tellStep() {
  const at = PAGE.story[step];
  part("dm-step").hidden = part("dm-step-buttons").hidden = at === undefined;
  part("dm-step-start").hidden = at !== undefined;
  each("[data-step]", (button) => button.setAttribute("aria-current", button.dataset.step === (at && at.key) ? "step" : "false"));
  each("[data-figure]", (figure) => figure.classList.toggle("looked-at", at !== undefined && figure.dataset.figure === at.figure));
  tellThere(at);
  tellBar(at);
  if (at === undefined) return;
  fill(part("dm-step-question"), `${step + 1}. ${at.question}`);
  fill(part("dm-step-look"), at.look);
  fill(part("dm-step-means"), at.means);
  part("dm-step-verdict").dataset.verdict = at.verdict;
  fill(part("dm-step-verdict"), `${VERDICTS[at.verdict]}:`);
  const statement = inSymbols(at.statement);
  fill(part("dm-step-statement"), at.verdict === "refuted" ? `“${statement}”` : statement);
  fill(part("dm-step-claim"), `${at.where === "" ? "" : `Conditions: ${inSymbols(at.where)}. `}The program checks it: deltamu verify ${at.claim}.`);
  part("dm-step-back").disabled = step === 0;
  part("dm-step-next").disabled = step === PAGE.story.length - 1;
  const { changes, invited } = strayed(at), note = part("dm-step-changed");
  note.hidden = changes.length === 0;
  fill(note.firstElementChild, `You changed ${changes.join(", ")}${invited ? ", as the step asks" : ""}.`);
  tellEvidence(at);
}

const claimInWords = ({ verdict, statement, where, claim }) => `${VERDICTS[verdict]}: ${inSymbols(statement)} ${where === "" ? "" : `Conditions: ${inSymbols(where)}. `}The program checks it: deltamu verify ${claim}.`;

// The runs that a step compares for its answer, at its own settings.
function tellEvidence({ key, evidence, measured, besides, values, policy, model }) {
  const box = part("dm-step-evidence");
  box.hidden = measured === "";
  if (box.dataset.of === key) return;
  box.dataset.of = key;
  const { target } = settingsOf(policy, model, values).values, rows = evidence.map(({ name, left, moves }) => [spoken(name), number(left), moves === null ? `not in ${FACTS.moves}` : String(moves)]);
  const caption = `Compared at the settings of this step, in the ${model} model`;
  box.replaceChildren(...(evidence.length === 0 ? [] : [tableOf(caption, ["", `Defects left after ${counted(FACTS.moves, "move")}`, `Moves to the target ${number(target, 6)}`], rows)]), paragraph(measured), ...(besides === null ? [] : [paragraph(`In the ledger of claims too: ${claimInWords(besides)}`, "note")]));
}

// Where the tour's own buttons are out of sight, a bar at the foot of the window goes on with it.
let toursInSight = true, rootInSight = true;
function tellBar(at) {
  const bar = part("dm-tour"), last = step === PAGE.story.length - 1;
  bar.hidden = at === undefined || toursInSight || !rootInSight;
  root.classList.toggle("touring", !bar.hidden);
  if (at === undefined) return;
  fill(part("dm-tour-at"), `${step + 1} of ${PAGE.story.length}: ${at.question}`);
  fill(part("dm-tour-next"), last ? "End the tour" : "Next");
  part("dm-tour-back").disabled = step === 0;
}
const seen = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) if (target === root) rootInSight = isIntersecting; else toursInSight = isIntersecting;
  tellBar(PAGE.story[step]);
});
for (const target of [root, root.querySelector(".story .steps")]) seen.observe(target);

// Beside a plot that lies far below the tour: what the step says of it, and the way on.
function tellThere(at) {
  each(".there", (box) => {
    const here = at !== undefined && box.closest("details") !== null && box.closest("[data-figure]").dataset.figure === at.figure;
    box.hidden = !here;
    if (!here) return box.replaceChildren();
    const means = document.createElement("p"), on = document.createElement("button"), last = step === PAGE.story.length - 1;
    means.className = "finding";
    means.textContent = at.means;
    on.type = "button";
    on.className = "small main";
    on.textContent = last ? "End the tour" : `Next: ${PAGE.story[step + 1].question}`;
    on.addEventListener("click", () => last ? endTour() : goTo(step + 1));
    return box.replaceChildren(means, on);
  });
}

// The plot that a step is about is never folded away.
function unfoldPlot({ figure }) {
  const folded = part(FIGURES[figure].element).closest("details");
  if (folded !== null) folded.open = true;
}

let beforeTour = null;  // the visitor's own settings, to come back to
function goTo(next) {
  if (step < 0) beforeTour = settings;
  step = next;
  beforeScenario = null;
  unfoldPlot(PAGE.story[step]);
  choose(stepSettings(PAGE.story[step]), { control: `step ${step}` });
  tellStep();
  part("dm-step-question").focus();
}

function endTour() {
  if (step < 0) return;
  step = -1;
  tellStep();
  if (beforeTour !== null && settingsToHash(beforeTour) !== settingsToHash(settings)) choose(beforeTour, { told: "The tour has ended: your own settings are back." });
  else remember();
  beforeTour = null;
  part("dm-step-start").focus();
}

// The step that the address names; settings of one's own keep the step that is open.
function showStep() {
  const named = PAGE.story.indexOf(stepFromHash(location.hash));
  if (named >= 0) unfoldPlot(PAGE.story[step = named]);
  tellStep();
}
each("[data-step]", (button) => button.addEventListener("click", () => goTo(PAGE.story.findIndex(({ key }) => key === button.dataset.step))));
part("dm-step-back").addEventListener("click", () => goTo(step - 1));
part("dm-step-next").addEventListener("click", () => goTo(step + 1));
part("dm-step-start").addEventListener("click", () => goTo(0));
part("dm-step-again").addEventListener("click", () => goTo(step));
part("dm-step-show").addEventListener("click", () => {
  const { figure } = PAGE.story[step];
  unfoldPlot(PAGE.story[step]);
  const shown = root.querySelector(`[data-figure="${figure}"]`);
  shown.scrollIntoView({ block: "start" });
  uncover(shown);
});
part("dm-tour-back").addEventListener("click", () => goTo(step - 1));
part("dm-tour-next").addEventListener("click", () => step === PAGE.story.length - 1 ? endTour() : goTo(step + 1));
part("dm-tour-text").addEventListener("click", () => part("dm-step-question").focus());
part("dm-step-end").addEventListener("click", endTour);
addEventListener("keydown", ({ key, target }) => {
  const ours = target === document.body || root.contains(target);
  if (key === "Escape" && ours && !dialog.open && !target.matches("input, select, textarea, .about")) endTour();
});
