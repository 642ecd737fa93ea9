// Asks for this panel again while a file is being made for it, as long as somebody sees it.

setInterval(() => {
  if (element.offsetParent && element.querySelector('[data-state="making"]')) trigger("input");
}, 1500);
