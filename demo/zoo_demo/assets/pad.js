// The pad's behaviour. Gradio runs this once with `element`, `trigger` and `props`.
// The value is a list of strokes, each a list of [x, y] in thousandths of the pad's side, y down; or a picture that
// was opened, pasted or dropped: { picture: "data:image/..." }.

const SIDE = 1000;
const PEN = 40; // only what is seen: the network's image has a pen of its own
const NEAR = 4; // a point closer than this to the one before changes nothing
const MOST_POINTS = 20000; // eighty times across the pad; keeps a request small
const PAUSE_MS = 60; // while the pen moves, an answer is asked for at most this often
const MOST_STEPS = 100; // that can be undone
const PICTURE_SIDE = 1024; // longer side of a picture that is sent, in pixels
const PICTURE_LENGTH = 400000; // most characters of a picture that is sent; the server takes little more

const paper = element.querySelector(".paper");
const canvas = element.querySelector("canvas");
const shown = element.querySelector(".picture");
const complaint = element.querySelector(".complaint");
const file = element.querySelector(".file");
const context = canvas.getContext("2d");

const EMPTY = { strokes: [], picture: null };
let drawing = EMPTY; // replaced, never changed, except for the stroke that is being drawn
let past = [];
let future = [];
let pen = null; // id of the pointer that draws; another finger or the palm draws nothing meanwhile
let isTouch = false; // whether it is a finger, or a palm that came down before the stylus
let frame = null;
let timer = null;

function paint() {
  frame = null;
  const { strokes, picture } = drawing;
  const pixels = Math.round(canvas.clientWidth * window.devicePixelRatio);
  if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
  paper.classList.toggle("blank", strokes.length === 0 && !picture);
  shown.hidden = !picture;
  if (picture && shown.src !== picture) shown.src = picture;
  context.setTransform(pixels / SIDE, 0, 0, pixels / SIDE, 0, 0);
  context.clearRect(0, 0, SIDE, SIDE);
  context.lineWidth = PEN;
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = "#1e293b"; // in the dark, the style sheet inverts it
  for (const stroke of strokes) {
    context.beginPath();
    context.moveTo(...stroke[0]);
    // Through the middles of the segments, with the points as control points: round where the pen went round.
    for (let i = 1; i < stroke.length - 1; i++) {
      const [x, y] = stroke[i];
      const [nextX, nextY] = stroke[i + 1];
      context.quadraticCurveTo(x, y, (x + nextX) / 2, (y + nextY) / 2);
    }
    const [lastX, lastY] = stroke[stroke.length - 1];
    context.lineTo(lastX + 0.01, lastY); // a line without length, a dot, would not be drawn everywhere
    context.stroke();
  }
}

function paintSoon() {
  frame ??= requestAnimationFrame(paint);
}

function send() {
  clearTimeout(timer);
  timer = null;
  const { strokes, picture } = drawing;
  props.value = picture ? { picture } : strokes.map((stroke) => stroke.slice());
  trigger("input");
}

// What a stroke, a picture or a button leaves behind: the panels that follow the drawing are told, too.
function settle() {
  element.querySelector(".undo").setAttribute("aria-disabled", past.length === 0);
  element.querySelector(".redo").setAttribute("aria-disabled", future.length === 0);
  element.querySelector(".clear").setAttribute("aria-disabled", drawing.strokes.length === 0 && !drawing.picture);
  paintSoon();
  send();
  document.dispatchEvent(new Event("zoo:settled"));
}

function remember() {
  past = [...past.slice(1 - MOST_STEPS), drawing];
  future = [];
  complaint.textContent = "";
}

function change(next) {
  if (pen !== null) return;
  remember();
  drawing = next;
  settle();
}

function step(from, to) {
  if (pen !== null || from.length === 0) return;
  to.push(drawing);
  drawing = from.pop();
  settle();
}

const undo = () => step(past, future);
const redo = () => step(future, past);
const clear = () => (drawing.strokes.length || drawing.picture) && change(EMPTY);

function point(event) {
  const box = canvas.getBoundingClientRect();
  const along = (position, start, length) =>
    Math.min(SIDE, Math.max(0, Math.round(((position - start) / length) * SIDE))); // what is sent is what is seen
  return [along(event.clientX, box.left, box.width), along(event.clientY, box.top, box.height)];
}

function add(next) {
  const stroke = drawing.strokes[drawing.strokes.length - 1];
  const [x, y] = stroke[stroke.length - 1];
  const drawn = drawing.strokes.reduce((sum, each) => sum + each.length, 0);
  if (Math.hypot(next[0] - x, next[1] - y) >= NEAR && drawn < MOST_POINTS) stroke.push(next);
}

canvas.addEventListener("pointerdown", (event) => {
  const isPalm = pen !== null && isTouch && event.pointerType === "pen";
  if ((pen !== null && !isPalm) || event.button !== 0) return;
  if (isPalm) drawing = past.pop(); // the stylus takes over
  pen = event.pointerId;
  isTouch = event.pointerType === "touch";
  canvas.setPointerCapture(pen);
  remember();
  drawing = { strokes: [...drawing.strokes, [point(event)]], picture: null };
  paintSoon();
});

canvas.addEventListener("pointermove", (event) => {
  if (event.pointerId !== pen) return;
  const coalesced = event.getCoalescedEvents?.() ?? [];
  for (const each of coalesced.length ? coalesced : [event]) add(point(each));
  paintSoon();
  timer ??= setTimeout(send, PAUSE_MS);
});

for (const end of ["pointerup", "pointercancel"]) {
  canvas.addEventListener(end, (event) => {
    if (event.pointerId !== pen) return;
    pen = null;
    settle();
  });
}

canvas.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press is a slow pen

element.querySelector(".undo").addEventListener("click", undo);
element.querySelector(".redo").addEventListener("click", redo);
element.querySelector(".clear").addEventListener("click", clear);
canvas.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  const control = event.ctrlKey || event.metaKey;
  if (control && (key === "y" || (key === "z" && event.shiftKey))) redo();
  else if (control && key === "z") undo();
  else if (key === "delete" || key === "backspace") clear();
  else return;
  event.preventDefault();
});

// Pictures: made small here, so that whatever a camera gives is sent in a moment, and nothing else is sent.

function encoded(bitmap, side, type) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const copy = document.createElement("canvas");
  copy.width = Math.max(1, Math.round(bitmap.width * scale));
  copy.height = Math.max(1, Math.round(bitmap.height * scale));
  copy.getContext("2d").drawImage(bitmap, 0, 0, copy.width, copy.height);
  return copy.toDataURL(type, 0.92);
}

async function take(chosen) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(chosen);
  } catch {
    complaint.textContent = `“${chosen.name || "What was pasted"}” is no picture that can be opened. Give a PNG, JPEG, WebP or GIF.`;
    return;
  }
  const type = chosen.type === "image/jpeg" ? "image/jpeg" : "image/png"; // others may be transparent
  let side = PICTURE_SIDE;
  let picture = encoded(bitmap, side, type);
  while (picture.length > PICTURE_LENGTH) picture = encoded(bitmap, (side = Math.round(side * 0.8)), type);
  bitmap.close();
  change({ strokes: [], picture });
}

const firstFile = (files) => [...(files ?? [])][0];

element.querySelector(".open").addEventListener("click", () => file.click());
file.addEventListener("change", () => {
  if (firstFile(file.files)) take(firstFile(file.files));
  file.value = ""; // so that the same file can be chosen again
});
document.addEventListener("paste", (event) => {
  const pasted = firstFile(event.clipboardData?.files);
  if (!pasted || !element.isConnected) return;
  event.preventDefault();
  take(pasted);
});
paper.addEventListener("dragover", (event) => event.preventDefault());
paper.addEventListener("drop", (event) => {
  event.preventDefault();
  if (firstFile(event.dataTransfer.files)) take(firstFile(event.dataTransfer.files));
});

// The gallery hands over strokes in any unit: they are shown in the middle of the pad.
document.addEventListener("zoo:draw", (event) => {
  const points = event.detail.flat();
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [left, right, upper, lower] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = (0.72 * SIDE) / Math.max(right - left, lower - upper, 1);
  const placed = ([x, y]) => [
    Math.round(SIDE / 2 + (x - (left + right) / 2) * scale),
    Math.round(SIDE / 2 + (y - (upper + lower) / 2) * scale),
  ];
  change({ strokes: event.detail.map((stroke) => stroke.map(placed)), picture: null });
});

new ResizeObserver(paintSoon).observe(canvas);
window.addEventListener("resize", paintSoon); // zooming changes the pixels, not always the size
for (const name of ["undo", "redo", "clear"]) element.querySelector(`.${name}`).setAttribute("aria-disabled", true);
paint();
