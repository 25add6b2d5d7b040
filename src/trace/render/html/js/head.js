// What moves with the playhead: the line itself, the state of each row, and the strip of the one thread.

/** The playhead, what is not yet, and each row's state at this moment. */
function drawHead() {
  const { context, width, height } = prepare($("head"));
  const x = lanes.x(player.position), { gutter, axisHeight } = lanes;
  context.fillStyle = colours.shade;
  const future = Math.min(Math.max(x, gutter), width);
  context.fillRect(future, axisHeight, width - future, height);
  context.textBaseline = "middle";
  context.save();
  context.beginPath();
  context.rect(0, axisHeight, width, height);
  context.clip();
  if (lanes.rowHeight >= 4) lanes.eachRow(height, (row, y) => drawNow(context, row, y));
  drawCause(context, x, height);
  context.restore();
  if (x >= gutter - 1 && x <= width) drawLine(context, x, width, height);
}

/** The sign of what a row does now, between its name and its bar. */
function drawNow(context, row, y) {
  const size = Math.min(em * 0.9, lanes.rowHeight * 0.62), middle = y + lanes.rowHeight / 2;
  const left = lanes.gutter - em * 1.5, span = spanAt(row, player.event);
  if (span >= 0) {
    drawState(context, spans.state[span], taskColour(row), left, middle - size / 2, em * 0.9, size);
    return;
  }
  const last = lastSpanUpTo(row, player.event), end = endOf(row);
  if (last >= 0 && end >= 0) drawEnd(context, events.kind[end], left + em * 0.45, middle, size);
}

/** An arrow from the task that caused the event of this moment to the one to which it happened. */
function drawCause(context, x, height) {
  const cause = rowOf.get(causeOf(player.event)), row = events.row[player.event];
  if (cause === undefined || cause === row || x < lanes.gutter || lanes.rowHeight < 4) return;
  const middle = (r) => lanes.axisHeight + (r + 0.5) * lanes.rowHeight - $("lanes").scrollTop;
  const [from, to] = [middle(cause), middle(row)], tip = em * 0.45;
  const bend = x + Math.min(em * 1.6, em * 0.8 + Math.abs(to - from) * 0.05);
  context.strokeStyle = context.fillStyle = colours.accent;
  context.lineWidth = Math.max(2, em * 0.14);
  context.beginPath();
  context.arc(x, from, em * 0.24, 0, 7);
  context.fill();
  context.beginPath();
  context.moveTo(x, from);
  context.bezierCurveTo(bend + em * 0.6, from, bend + em * 0.6, to, x + tip, to);
  context.stroke();
  context.beginPath();
  context.moveTo(x + 1, to);
  context.lineTo(x + tip * 1.5, to - tip * 0.75);
  context.lineTo(x + tip * 1.5, to + tip * 0.75);
  context.fill();
}

function drawLine(context, x, width, height) {
  const label = player.axis.byTime ? moment(player.position) : String(player.event + 1);
  context.font = `600 ${em * 0.86}px ${FONT}`;
  const wide = context.measureText(label).width + em * 0.9, tall = lanes.axisHeight * 0.86;
  const left = Math.min(Math.max(x - wide / 2, lanes.gutter - em * 0.4), width - wide - 1);
  context.fillStyle = colours.accent;
  context.fillRect(Math.round(x) - 1, tall - 2, 2, height);
  context.beginPath();
  context.roundRect(left, 1, wide, tall, em * 0.3);
  context.fill();
  context.fillStyle = colours.panel;
  context.fillText(label, left + em * 0.45, tall / 2 + 1.5);
}

/** Who had the one thread, over the whole run, and which part of it the lanes show. */
function drawThread() {
  const { context, width, height } = prepare($("thread"));
  const axis = player.axis, [start, end] = lanes.whole();
  const x = (position) => (position - start) / (end - start) * width;
  const y = Math.round(height * 0.22), tall = Math.round(height * 0.56);
  context.fillStyle = colours.line;
  context.fillRect(0, y + tall - 1, x(axis.end), 1);
  let column = -1;
  for (let turn = 0; turn < history.turnRow.length; turn++) {
    const left = x(axis.at(history.turnFrom[turn])), right = x(axis.at(history.turnTo[turn]));
    // Of the turns that share a pixel the first is shown; a longer one always is.
    if (right - left < 1 && Math.floor(left) === column) continue;
    column = Math.floor(left);
    context.fillStyle = taskColour(history.turnRow[turn]);
    context.fillRect(left, y, Math.max(right - left, 1.5), tall);
  }
  thread.stale = false;
}

/** The marks on the strip that move. */
function markThread() {
  const strip = $("thread"), [start, end] = lanes.whole(), width = strip.clientWidth;
  const x = (position) => (position - start) / (end - start) * width;
  const head = $("thread-head"), seen = $("thread-view");
  head.style.transform = `translateX(${x(player.position)}px)`;
  seen.hidden = lanes.isFitted();
  seen.style.left = `${x(lanes.from)}px`;
  seen.style.width = `${Math.max(4, x(lanes.to) - x(lanes.from))}px`;
  const scrub = $("scrub"), length = player.axis.end - player.axis.start;
  scrub.style.width = `${x(player.axis.end)}px`;
  scrub.value = String(length > 0 ? (player.position - player.axis.start) / length * 1e6 : 0);
  scrub.setAttribute("aria-valuetext", `${moment(events.time[player.event])}, event ${count(player.event + 1)} of ${count(events.count)}`);
}

const thread = { stale: true };
