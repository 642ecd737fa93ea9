// Gradio runs this once with `element`, `trigger` and `props`.

const agreed = element.querySelector("input");

element.querySelector(".labels").addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  props.value = { label: button.value, agreed: agreed.checked };
  trigger("input");
});
