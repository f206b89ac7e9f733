// The guided tour: each step sets the controls and ends in a claim of the ledger.
const VERDICTS = { proved: "Proved", argued: "Argued, with checked lemmas", refuted: "Refuted", supported: "Supported by numbers", definition: "By definition" };
let step = -1;

const stepSettings = ({ policy, model, values }) => settingsOf(policy, model, values);
// The step whose settings are shown as it set them.
function currentStep() {
  const at = PAGE.story[step];
  return at !== undefined && settingsToHash(stepSettings(at)) === settingsToHash(settings) ? at : undefined;
}

function tellStep() {
  const at = PAGE.story[step];
  part("dm-step").hidden = at === undefined;
  each("[data-step]", (button) => button.setAttribute("aria-current", button.dataset.step === (at && at.key) ? "step" : "false"));
  if (at === undefined) return;
  fill(part("dm-step-question"), `${step + 1}. ${at.question}`);
  fill(part("dm-step-look"), at.look);
  part("dm-step-verdict").dataset.verdict = at.verdict;
  fill(part("dm-step-verdict"), `${VERDICTS[at.verdict]}:`);
  fill(part("dm-step-statement"), at.verdict === "refuted" ? `“${at.statement}”` : at.statement);
  fill(part("dm-step-claim"), `(${at.claim})`);
  part("dm-step-back").disabled = step === 0;
  part("dm-step-next").disabled = step === PAGE.story.length - 1;
}

function goTo(next) {
  step = next;
  choose(stepSettings(PAGE.story[step]), { control: `step ${step}` });
  tellStep();
  part("dm-step-question").focus();
}

// The step that the address names; settings of one's own keep the step that is open.
function showStep() {
  const named = PAGE.story.indexOf(stepFromHash(location.hash));
  if (named >= 0) step = named;
  tellStep();
}
each("[data-step]", (button) => button.addEventListener("click", () => goTo(PAGE.story.findIndex(({ key }) => key === button.dataset.step))));
part("dm-step-back").addEventListener("click", () => goTo(step - 1));
part("dm-step-next").addEventListener("click", () => goTo(step + 1));
part("dm-step-end").addEventListener("click", () => {
  step = -1;
  tellStep();
  remember();
  root.querySelector("[data-step]").focus();
});
