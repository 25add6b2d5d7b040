// Colours and sizes, as the style sheet has them, for what is drawn on canvases.

const $ = (id) => document.getElementById(id);
const root = document.documentElement;
const colours = {};
let em = 16;

/** Reads colours and the size of type anew; to be called when either has changed. */
function readTheme() {
  const style = getComputedStyle(root);
  for (const name of ["ink", "muted", "faint", "line", "panel", "raised", "shade", "good", "bad", "gone", "accent"]) {
    colours[name] = style.getPropertyValue(`--${name}`).trim();
  }
  em = parseFloat(style.fontSize);
  stripes.clear();
}

/** The colour of a task, the same everywhere; main has that of the text. */
function taskColour(row) {
  const id = tasks[row].id;
  return id === 0 ? colours.ink : recording.palette[(id - 1) % recording.palette.length];
}

/** Fits a canvas to its size on the page, and gives its context in units of the page. */
function prepare(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== w || canvas.height !== h) [canvas.width, canvas.height] = [w, h];
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

const stripes = new Map();

/** Slanted stripes: ready, but the loop is busy with others. */
function stripe(context, colour) {
  if (!stripes.has(colour)) {
    const tile = document.createElement("canvas"), size = Math.max(6, Math.round(em * 0.45));
    tile.width = tile.height = size;
    const pen = tile.getContext("2d");
    pen.strokeStyle = colour;
    pen.lineWidth = size * 0.36;
    for (const shift of [-size, 0, size]) {
      pen.beginPath();
      pen.moveTo(shift - 2, size + 2);
      pen.lineTo(shift + size + 2, -2);
      pen.stroke();
    }
    stripes.set(colour, context.createPattern(tile, "repeat"));
  }
  return stripes.get(colour);
}

/** The sign of an end: a tick, a cross or a struck circle. */
function drawEnd(context, kind, x, y, size) {
  const r = size / 2;
  context.save();
  context.lineWidth = Math.max(1.5, size * 0.17);
  context.lineCap = context.lineJoin = "round";
  context.strokeStyle = kind === KIND.failed ? colours.bad : kind === KIND.cancelled ? colours.gone : colours.good;
  context.beginPath();
  if (kind === KIND.failed) {
    context.moveTo(x - r * 0.7, y - r * 0.7);
    context.lineTo(x + r * 0.7, y + r * 0.7);
    context.moveTo(x + r * 0.7, y - r * 0.7);
    context.lineTo(x - r * 0.7, y + r * 0.7);
  } else if (kind === KIND.cancelled) {
    context.arc(x, y, r * 0.85, 0, 7);
    context.moveTo(x - r * 0.6, y + r * 0.6);
    context.lineTo(x + r * 0.6, y - r * 0.6);
  } else {
    context.moveTo(x - r * 0.85, y + r * 0.05);
    context.lineTo(x - r * 0.25, y + r * 0.7);
    context.lineTo(x + r * 0.85, y - r * 0.7);
  }
  context.stroke();
  context.restore();
}

/** A piece of a bar: solid while it runs, striped while it is ready, pale while it waits. */
function drawState(context, state, colour, x, y, width, height) {
  if (state === RUNNING) {
    context.fillStyle = colour;
    context.fillRect(x, y, width, height);
    return;
  }
  context.globalAlpha = state === READY ? 0.22 : 0.15;
  context.fillStyle = colour;
  context.fillRect(x, y, width, height);
  context.globalAlpha = 1;
  if (state === READY) {
    context.fillStyle = stripe(context, colour);
    context.fillRect(x, y, width, height);
  }
}

/** Writes a text that is cut with an ellipsis where there is no room; nothing where there is very little. */
function writeText(context, text, x, y, room) {
  if (room < em * 1.6 || !text) return 0;
  let shown = text.length > 400 ? text.slice(0, 400) : text;
  let width = context.measureText(shown).width;
  if (width > room) {
    const letters = Array.from(shown);
    const fits = lastWhere(0, letters.length, (n) => context.measureText(letters.slice(0, n).join("") + "…").width <= room);
    if (fits < 3) return 0;
    shown = letters.slice(0, fits).join("") + "…";
    width = context.measureText(shown).width;
  }
  context.fillText(shown, x, y);
  return width;
}
