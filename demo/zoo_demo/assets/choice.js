// What the fields do. Gradio runs this once with `element`, `trigger` and `props`.

const select = element.querySelector("select");
const about = element.querySelector(".about");
const radios = (field) => [...element.querySelectorAll(`.${field} input`)];
const chosen = (field) => radios(field).find((radio) => radio.checked && !radio.disabled)?.value;

// Show only what is offered; what was chosen stays chosen where it can, or else `wanted`, or the first one.
function offer(field, names, wanted) {
  const keep = [chosen(field), wanted, names[0]].find((name) => names.includes(name));
  for (const radio of radios(field)) {
    radio.disabled = radio.parentElement.hidden = !names.includes(radio.value);
    radio.checked = radio.value === keep;
  }
  return keep;
}

function settle() {
  const { files, about: text } = select.selectedOptions[0].dataset;
  const offered = JSON.parse(files);
  const runtime = offer("runtimes", Object.keys(offered), props.value?.runtime);
  const precision = offer("precisions", Object.keys(offered[runtime]), props.value?.precision);
  about.textContent = `${text}, ${offered[runtime][precision]} for ${runtime}`;
  return { model: select.value, runtime, precision };
}

settle();

element.addEventListener("change", () => {
  props.value = settle();
  trigger("input");
  document.dispatchEvent(new Event("zoo:settled"));
});
