// Asks for this panel anew whenever the drawing or the choice has settled, as long as somebody sees it.
document.addEventListener("zoo:settled", () => element.offsetParent && trigger("submit"));
