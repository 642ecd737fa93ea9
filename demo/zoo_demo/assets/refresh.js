// Asks for this panel anew whenever the drawing or the choice has settled, as long as somebody sees it. Until an answer
// to a newer request is here, what it shows is marked as old.

const request = () => element.querySelector("[data-request]")?.dataset.request;
let old = null;

document.addEventListener("zoo:settled", () => {
  old = request();
  element.setAttribute("aria-busy", true);
  if (element.offsetParent) trigger("submit");
});

new MutationObserver(() => request() !== old && element.removeAttribute("aria-busy")).observe(element, {
  attributeFilter: ["data-request"],
  childList: true,
  subtree: true,
});
