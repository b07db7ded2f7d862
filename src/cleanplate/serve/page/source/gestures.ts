// Pointer, wheel and keys on the canvas: they move and scale the chosen person, or pan and zoom what is seen.
import { clamp, type Place, type Point, round, snapped } from "./geometry";
import { degreesOf, type History, outlineOf } from "./history";
import type { Previewer } from "./previewing";
import type { Stage } from "./stage";
import { Under } from "./under";

const REACH = 9; // CSS pixels within which a person snaps
const TAKEN = 16; // CSS pixels around a handle that take it
const UPRIGHT = 2; // degrees within which somebody who is turned by hand stands straight
const STEP = 0.01; // of the picture, for an arrow key

/** Something else that may have the pointer first: the brush. */
export interface Tool {
  down(event: PointerEvent): boolean;
  move(event: PointerEvent): void;
  up(event: PointerEvent): void;
  wheel(event: WheelEvent): boolean;
}

type Drag =
  | { kind: "move"; from: Point; place: Place }
  | { kind: "scale"; foot: Point; reach: number; place: Place }
  | { kind: "turn"; foot: Point; from: number; degrees: number }
  | { kind: "pan"; last: Point }
  | { kind: "pinch"; apart: number; middle: Point; place: Place | null; zoom: number };

export class Gestures {
  tool: Tool | null = null;
  private drag: Drag | null = null;
  private pointers = new Map<number, Point>();
  private count = 0; // of gestures: each is one step to undo
  private resting = 0;
  private under: Under;

  constructor(private stage: Stage, private history: History, private previews: Previewer, private surface: HTMLElement) {
    this.under = new Under(stage, history, previews);
    surface.addEventListener("pointerdown", (event) => this.down(event));
    surface.addEventListener("pointermove", (event) => this.move(event));
    for (const kind of ["pointerup", "pointercancel"] as const) surface.addEventListener(kind, (event) => this.up(event));
    surface.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    surface.addEventListener("pointerenter", () => this.hover(true));
    surface.addEventListener("pointerleave", () => this.hover(false));
    surface.addEventListener("focus", () => this.hover(surface.matches(":focus-visible")));
    surface.addEventListener("blur", () => this.hover(false));
  }

  private hover(on: boolean): void {
    this.stage.hovered = on;
    this.stage.redraw();
  }

  private get place(): Place | null {
    return this.previews.place(this.history.doc.chosen) ?? null;
  }

  private down(event: PointerEvent): void {
    if (event.button > 1) return;
    this.surface.setPointerCapture(event.pointerId);
    const at = this.stage.at(event);
    this.pointers.set(event.pointerId, at);
    if (this.pointers.size === 2) return this.pinch();
    if (event.button === 0 && this.tool?.down(event)) return;
    this.count += 1;
    const handle = this.tool ? undefined : this.stage.handles(this.stage.paneAt(at)).find(({ x, y }) => Math.hypot(x - at.x, y - at.y) < TAKEN);
    const place = this.place;
    const knob = this.tool ? null : this.stage.knob(this.stage.paneAt(at));
    if (event.button === 1 || this.tool) this.drag = { kind: "pan", last: at };
    else if (knob && place && Math.hypot(knob.x - at.x, knob.y - at.y) < TAKEN) {
      const foot = this.foot(place);
      this.drag = { kind: "turn", foot, from: bearing(at, foot), degrees: degreesOf(this.history.layer) };
    }
    else if (handle && place) {
      const foot = this.foot(place);
      this.drag = { kind: "scale", foot, reach: Math.max(8, Math.hypot(at.x - foot.x, at.y - foot.y)), place };
    } else {
      const under = this.under.at(at);
      if (under !== null && under !== this.history.doc.chosen) this.history.amend({ chosen: under });
      this.drag = under !== null && this.place ? { kind: "move", from: this.stage.onPicture(at), place: this.place } : { kind: "pan", last: at };
    }
    this.stage.redraw();
  }

  private pinch(): void {
    const [one, other] = [...this.pointers.values()] as [Point, Point];
    const middle = { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
    const onPerson = !this.tool && this.under.at(middle) !== null;
    this.drag = { kind: "pinch", apart: Math.max(1, Math.hypot(one.x - other.x, one.y - other.y)), middle, place: onPerson ? this.place : null, zoom: this.stage.scale };
  }

  private move(event: PointerEvent): void {
    const at = this.stage.at(event);
    if (this.pointers.has(event.pointerId)) this.pointers.set(event.pointerId, at);
    if (this.tool && !this.drag) return this.tool.move(event);
    const drag = this.drag;
    if (!drag) return this.cursor(at);
    if (drag.kind === "pan") {
      this.stage.pan(at.x - drag.last.x, at.y - drag.last.y);
      drag.last = at;
    } else if (drag.kind === "move") {
      const now = this.stage.onPicture(at);
      const { width, height } = this.stage.picture;
      this.to({ ...drag.place, x: drag.place.x + (now.x - drag.from.x) / width, y: drag.place.y + (now.y - drag.from.y) / height }, !event.altKey);
    } else if (drag.kind === "scale") {
      this.to({ ...drag.place, height: scaled(drag.place.height, Math.hypot(at.x - drag.foot.x, at.y - drag.foot.y) / drag.reach) }, false);
    } else if (drag.kind === "turn") {
      const degrees = drag.degrees + bearing(at, drag.foot) - drag.from;
      this.turnTo(!event.altKey && Math.abs(between180(degrees)) < UPRIGHT ? 0 : degrees);
    } else this.pinched(drag);
  }

  private pinched(drag: Drag & { kind: "pinch" }): void {
    const [one, other] = [...this.pointers.values()];
    if (!one || !other) return;
    const factor = Math.hypot(one.x - other.x, one.y - other.y) / drag.apart;
    const middle = { x: (one.x + other.x) / 2, y: (one.y + other.y) / 2 };
    if (!drag.place) return this.stage.zoomTo(drag.zoom * factor, middle);
    const { width, height } = this.stage.picture;
    const by = { x: (middle.x - drag.middle.x) / (this.stage.scale * width), y: (middle.y - drag.middle.y) / (this.stage.scale * height) };
    this.to({ height: scaled(drag.place.height, factor), x: drag.place.x + by.x, y: drag.place.y + by.y }, false);
  }

  private up(event: PointerEvent): void {
    this.pointers.delete(event.pointerId);
    if (this.tool && !this.drag) this.tool.up(event);
    if (this.drag?.kind === "pinch" && this.pointers.size) return;
    this.drag = null;
    this.rest();
  }

  /** The picture that the server composed may take over. */
  private rest(): void {
    this.stage.guides = [];
    this.history.endGesture();
    clearTimeout(this.resting);
    const wait = () => {
      this.stage.moving = !this.previews.current;
      this.stage.redraw();
      if (this.stage.moving && !this.drag) this.resting = window.setTimeout(wait, 60);
    };
    wait();
  }

  private wheel(event: WheelEvent): void {
    event.preventDefault();
    if (this.tool?.wheel(event)) return;
    const by = Math.exp(-event.deltaY * (event.deltaMode ? 0.04 : 0.0015));
    const at = this.stage.at(event);
    if (this.tool || event.ctrlKey || event.metaKey || this.under.at(at) === null) return this.stage.zoomTo(this.stage.scale * by, at);
    const place = this.place;
    if (place) this.to({ ...place, height: scaled(place.height, by) }, false, "wheel");
    this.restIn(250);
  }

  /** Unless something moves again until then. */
  restIn(milliseconds: number): void {
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => this.rest(), milliseconds);
  }

  /** A slider moves the person. */
  slide(): void {
    this.stage.moving = true;
    this.restIn(300);
  }

  /** Whether a key was one for the canvas. */
  key(event: KeyboardEvent): boolean {
    const place = this.place;
    const arrows: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const arrow = arrows[event.key];
    if (!place) return false;
    const step = STEP * (event.shiftKey ? 5 : event.altKey ? 0.1 : 1);
    if (arrow) this.to({ ...place, x: place.x + arrow[0] * step, y: place.y + arrow[1] * step }, false, "arrows");
    else if (event.key === "+" || event.key === "=") this.to({ ...place, height: scaled(place.height, 1 + 2 * step) }, false, "scaling");
    else if (event.key === "-") this.to({ ...place, height: scaled(place.height, 1 / (1 + 2 * step)) }, false, "scaling");
    else if (",.<>".includes(event.key)) this.turnTo(degreesOf(this.history.layer) + (",<".includes(event.key) ? -1 : 1) * ("<>".includes(event.key) ? 10 : 1), "turning");
    else return false;
    this.restIn(400);
    return true;
  }

  turnTo(degrees: number, gesture = `turn ${this.count}`): void {
    this.stage.moving = true;
    this.history.setField("rotate", round(between180(degrees), 1) || undefined, gesture);
    this.stage.redraw();
  }

  private to(place: Place, snap: boolean, gesture = `drag ${this.count}`): void {
    const layer = this.history.layer;
    if (!layer) return;
    const picture = this.stage.picture;
    const scale = this.stage.scale;
    const reach = { x: REACH / (scale * picture.width), y: REACH / (scale * picture.height) };
    const plain = { place, guides: [] };
    const { place: at, guides } = snap ? snapped(outlineOf(layer), place, picture, this.history.doc.plate?.horizon ?? null, reach) : plain;
    this.stage.guides = guides;
    this.stage.moving = true;
    this.history.setPlace({ height: round(clamp(at.height, 0.02, 10)), x: round(clamp(at.x, -5, 5)), y: round(clamp(at.y, -5, 5)) }, gesture);
    this.stage.redraw();
  }

  private foot(place: Place): Point {
    const pane = this.stage.panes().at(-1)!;
    const { width, height } = this.stage.picture;
    return { x: pane.left + place.x * width * pane.zoom, y: pane.top + place.y * height * pane.zoom };
  }

  private cursor(at: Point): void {
    const handle = this.stage.handles(this.stage.paneAt(at)).find(({ x, y }) => Math.hypot(x - at.x, y - at.y) < TAKEN);
    const knob = this.stage.knob(this.stage.paneAt(at));
    if (knob && Math.hypot(knob.x - at.x, knob.y - at.y) < TAKEN) {
      this.surface.style.cursor = "grab";
      return;
    }
    const diagonal = handle && handle.dx === handle.dy ? "nwse-resize" : "nesw-resize";
    this.surface.style.cursor = handle ? diagonal : this.under.at(at) !== null ? "move" : this.stage.fitted ? "default" : "grab";
  }
}

/** The direction from a foot to a point: 0 above it, clockwise. */
const bearing = (at: Point, foot: Point): number => (Math.atan2(at.x - foot.x, foot.y - at.y) * 180) / Math.PI;
const between180 = (degrees: number): number => ((((degrees + 180) % 360) + 360) % 360) - 180;
const scaled = (height: number, by: number): number => clamp(height * by, 0.02, 10);
