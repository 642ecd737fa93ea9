// The pad's behaviour. Gradio runs this once with `element`, `trigger` and `props`.
// The value is a list of strokes, each a list of [x, y] in thousandths of the pad's side, y down.

const SIDE = 1000;
const PEN = 52; // only what is seen: the network's image has a pen of its own
const NEAR = 4; // a point closer than this to the one before changes nothing
const MOST_POINTS = 20000; // eighty times across the pad; keeps a request small
const PAUSE_MS = 60; // while the pen moves, an answer is asked for at most this often

const paper = element.querySelector(".paper");
const canvas = element.querySelector("canvas");
const context = canvas.getContext("2d");

let strokes = [];
let pen = null; // id of the pointer that draws; another finger or the palm draws nothing meanwhile
let frame = null;
let timer = null;

function paint() {
  frame = null;
  const pixels = Math.round(canvas.clientWidth * window.devicePixelRatio);
  if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
  paper.classList.toggle("blank", strokes.length === 0);
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
  props.value = strokes.map((stroke) => stroke.slice());
  trigger("input");
}

function point(event) {
  const box = canvas.getBoundingClientRect();
  const along = (position, start, length) =>
    Math.min(SIDE, Math.max(0, Math.round(((position - start) / length) * SIDE))); // what is sent is what is seen
  return [along(event.clientX, box.left, box.width), along(event.clientY, box.top, box.height)];
}

function add(next) {
  const stroke = strokes[strokes.length - 1];
  const [x, y] = stroke[stroke.length - 1];
  const drawn = strokes.reduce((sum, each) => sum + each.length, 0);
  if (Math.hypot(next[0] - x, next[1] - y) >= NEAR && drawn < MOST_POINTS) stroke.push(next);
}

canvas.addEventListener("pointerdown", (event) => {
  if (pen !== null || event.button !== 0) return;
  pen = event.pointerId;
  canvas.setPointerCapture(pen);
  strokes.push([point(event)]);
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
    send();
  });
}

canvas.addEventListener("contextmenu", (event) => event.preventDefault()); // a long press is a slow pen

function change(kept) {
  if (pen !== null || kept.length === strokes.length) return;
  strokes = kept;
  paintSoon();
  send();
}

const undo = () => change(strokes.slice(0, -1));
const clear = () => change([]);

element.querySelector(".undo").addEventListener("click", undo);
element.querySelector(".clear").addEventListener("click", clear);
canvas.addEventListener("keydown", (event) => {
  if (event.key === "z" && (event.ctrlKey || event.metaKey)) undo();
  else if (event.key === "Delete" || event.key === "Backspace") clear();
  else return;
  event.preventDefault();
});

new ResizeObserver(paintSoon).observe(canvas);
window.addEventListener("resize", paintSoon); // zooming changes the pixels, not always the size
paint();
