// The direction of the light as a sun that is dragged around somebody who stands on the ground, seen a little from above.
import { make } from "./elements";
import { words } from "./words";

const SVG = "http://www.w3.org/2000/svg";
const [WIDE, HIGH, ACROSS, DOWN] = [112, 64, 44, 22]; // of the picture, and the radii of the ring

function shape(name: string, given: Record<string, string | number>): SVGElement {
  const answer = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(given)) answer.setAttribute(key, String(value));
  return answer;
}

/** The angle that a point of the dial stands for: clockwise on the ground, 0 behind the person. */
export function degreesAt(x: number, y: number): number {
  const angle = (Math.atan2((x - WIDE / 2) / ACROSS, -(y - HIGH / 2) / DOWN) * 180) / Math.PI;
  return Math.round((angle + 360) % 360);
}

export function sun(label: string, given: () => number | null | undefined, set: (degrees: number | null, gesture: string | null) => void, end: () => void): { box: HTMLElement; refresh: () => void } {
  const dial = shape("svg", { viewBox: `0 0 ${WIDE} ${HIGH}`, class: "dial", role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": 359, "aria-label": label });
  const middle = [WIDE / 2, HIGH / 2] as const;
  const cast = shape("line", { class: "cast", x1: middle[0], y1: middle[1] });
  const beam = shape("line", { class: "beam", x1: middle[0], y1: middle[1] });
  const ball = shape("circle", { class: "ball", r: 7 });
  dial.append(
    shape("ellipse", { class: "ring", cx: middle[0], cy: middle[1], rx: ACROSS, ry: DOWN }), cast, beam,
    shape("path", { class: "somebody", d: `M${middle[0] - 3.6} ${middle[1] + 1}l.4-8.5a3.2 3.2 0 0 1 6.4 0l.4 8.5Z` }), shape("circle", { class: "somebody", cx: middle[0], cy: middle[1] - 14.2, r: 3 }), ball,
  );
  const said = make("p", { "aria-live": "polite" });
  const find = make("button", { type: "button", class: "solid", click: () => set(null, null) }, words.findLight);
  const turn = (degrees: number, gesture: string) => set(((Math.round(degrees) % 360) + 360) % 360, gesture);
  const from = (event: PointerEvent) => {
    const { left, top, width, height } = dial.getBoundingClientRect();
    turn(degreesAt(((event.clientX - left) * WIDE) / width, ((event.clientY - top) * HIGH) / height), "sun");
  };
  dial.addEventListener("pointerdown", (event) => {
    dial.setPointerCapture(event.pointerId);
    from(event);
  });
  dial.addEventListener("pointermove", (event) => {
    if (dial.hasPointerCapture(event.pointerId)) from(event);
  });
  dial.addEventListener("pointerup", end);
  dial.addEventListener("dblclick", () => set(null, null));
  dial.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageUp: 45, PageDown: -45 }[event.key];
    if (event.key === "Delete" || event.key === "Backspace") set(null, null);
    else if (by !== undefined) turn((given() ?? 0) + by, "sun keys");
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  dial.addEventListener("blur", end);
  const refresh = () => {
    const degrees = given();
    const angle = ((degrees ?? 0) * Math.PI) / 180;
    const [x, y] = [Math.sin(angle) * ACROSS, -Math.cos(angle) * DOWN];
    ball.setAttribute("cx", String(middle[0] + x));
    ball.setAttribute("cy", String(middle[1] + y));
    for (const [line, by] of [[beam, 1], [cast, -0.55]] as const) {
      line.setAttribute("x2", String(middle[0] + by * x));
      line.setAttribute("y2", String(middle[1] + by * y));
    }
    const found = degrees === null || degrees === undefined;
    dial.classList.toggle("found", found);
    said.textContent = found ? words.lightFound : words.lightFrom(degrees);
    dial.setAttribute("aria-valuenow", String(degrees ?? 0));
    dial.setAttribute("aria-valuetext", said.textContent);
    find.hidden = found;
  };
  const box = make("div", { class: "sun" }, make("span", { class: "label" }, label), make("span"));
  box.append(dial, make("div", { class: "pair" }, said, find));
  return { box, refresh };
}
