// Gradio runs this once with `element`.

element.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  document.dispatchEvent(new CustomEvent("zoo:draw", { detail: JSON.parse(button.dataset.strokes) }));
  document.querySelector("#pad")?.scrollIntoView({ block: "nearest" });
});
