// What the fields do. Gradio runs this once with `element`, `trigger` and `props`.

const select = element.querySelector("select");
const about = element.querySelector(".about");
const details = element.querySelector("details");
const summary = element.querySelector("summary");
const radios = (field) => [...element.querySelectorAll(`.${field} input`)];

// What was asked for last, whether or not the chosen model has it.
const wish = { ...props.value };

// Show only what is offered, and choose what is wished for, or else the first one.
function offer(field, names, wished) {
  const keep = names.includes(wished) ? wished : names[0];
  for (const radio of radios(field)) {
    radio.disabled = radio.parentElement.hidden = !names.includes(radio.value);
    radio.checked = radio.value === keep;
  }
  return keep;
}

function settle(byHand) {
  const { files, missing, about: text } = select.selectedOptions[0].dataset;
  const offered = JSON.parse(files);
  const names = Object.keys(offered);
  // A file that has to be made first is made for who chooses it, not for who passes by with another model's choice.
  const wished = byHand || !missing.split(" ").includes(wish.runtime) ? wish.runtime : names[0];
  const runtime = offer("runtimes", names, wished);
  const precision = offer("precisions", Object.keys(offered[runtime]), wish.precision);
  summary.textContent = `${select.value} on ${runtime}, ${precision}`;
  about.textContent = `${text}, ${offered[runtime][precision]}`;
  return { model: select.value, runtime, precision };
}

settle(false);

// Where the answer comes below, it is not to be pushed away.
const narrow = matchMedia("(max-width: 760px)");
const fold = () => (details.open = !narrow.matches);
narrow.addEventListener("change", fold);
fold();

element.addEventListener("change", ({ target }) => {
  const byHand = target.type === "radio";
  if (byHand) wish[target.name.replace("zoo-", "")] = target.value;
  props.value = settle(byHand);
  trigger("input");
  document.dispatchEvent(new Event("zoo:settled"));
});
