// Mending the matte by hand: strokes are kept as vectors in fractions of the photo; the program paints them at its full size.
import { filled, make } from "./elements";
import { clamp } from "./geometry";
import type { Tool } from "./gestures";
import { degreesOf, type History, type Stroke } from "./history";
import type { Previewer } from "./previewing";
import { around, type Stage } from "./stage";
import type { Pane } from "./view";
import { segments } from "./elements";
import { words } from "./words";

type Kind = Stroke["brush"];
const KINDS: Kind[] = ["keep", "drop", "soften"];
const TINTS: Record<Kind, string> = { keep: "rgb(90 200 120 / 50%)", drop: "rgb(235 85 75 / 50%)", soften: "rgb(95 160 250 / 50%)" };
const GHOST = 0.42; // how much of the photo is seen around the person, to paint what the matte lost

export class Brush implements Tool {
  on = false;
  private kind: Kind = "keep";
  private size = 0.06; // of the photo's longer side
  private hardness = 0.7;
  private stroke: Stroke | null = null;
  private at: { x: number; y: number } | null = null;
  private refreshChoice: () => void = () => undefined;
  private sliders: HTMLInputElement[] = [];
  private clear = make("button", { type: "button", click: () => this.history.changeLayer({ strokes: [] }) }, words.brushClear);

  constructor(private stage: Stage, private history: History, private previews: Previewer, private bar: HTMLElement, private told: (on: boolean) => void) {
    const group = make("div", { class: "group segmented", role: "radiogroup", "aria-label": words.brush });
    this.refreshChoice = segments(group, [["keep", words.brushKeep], ["drop", words.brushDrop], ["soften", words.brushSoften]], () => this.kind, (value) => this.pick(value as Kind));
    const slider = (label: string, low: number, high: number, value: number, set: (value: number) => void) => {
      const input = make("input", { type: "range", min: low, max: high, step: 0.002, value });
      input.addEventListener("input", () => {
        set(Number(input.value));
        filled(input);
      });
      filled(input);
      this.sliders.push(input);
      return make("label", {}, label, input);
    };
    bar.append(group, slider(words.brushSize, 0.004, 0.3, this.size, (value) => (this.size = value)), slider(words.brushHardness, 0, 1, this.hardness, (value) => (this.hardness = value)),
      this.clear, make("button", { type: "button", class: "solid", click: () => this.set(false) }, words.brushDone));
    bar.title = words.brushHint;
  }

  set(on: boolean): void {
    this.on = on;
    this.bar.hidden = !on;
    this.stage.paintOver = on ? (ctx, pane) => this.draw(ctx, pane) : null;
    this.stage.canvas.parentElement!.classList.toggle("painted", on);
    this.told(on);
    this.refresh();
    this.stage.redraw();
  }

  pick(kind: Kind): void {
    this.kind = kind;
    this.refresh();
  }
  next(): void {
    if (this.on) this.pick(KINDS[(KINDS.indexOf(this.kind) + 1) % KINDS.length]!);
  }

  resize(by: number): void {
    this.size = clamp(this.size * by, 0.004, 0.3);
    this.refresh();
    this.stage.redraw();
  }

  refresh(): void {
    this.refreshChoice();
    this.clear.disabled = !this.history.layer?.strokes.length;
    this.sliders[0]!.value = String(this.size);
    for (const each of this.sliders) filled(each);
  }

  // ---- strokes -----------------------------------------------------------------------------------------------------

  down(event: PointerEvent): boolean {
    const point = this.point(event);
    if (!point) return false;
    this.stroke = { brush: this.kind, size: round(this.size), hardness: round(this.hardness), points: [point] };
    this.stage.redraw();
    return true;
  }

  move(event: PointerEvent): void {
    this.at = this.stage.at(event);
    if (this.stroke) {
      for (const each of event.getCoalescedEvents?.() ?? [event]) {
        const point = this.point(each);
        const last = this.stroke.points.at(-1)!;
        if (point && Math.hypot(point[0] - last[0], point[1] - last[1]) > this.size / 16) this.stroke.points.push(point);
      }
    }
    this.stage.redraw();
  }

  up(_event: PointerEvent): void {
    const { stroke } = this;
    this.stroke = null;
    const layer = this.history.layer;
    if (stroke && layer) this.history.changeLayer({ strokes: [...layer.strokes, stroke] });
  }

  wheel(event: WheelEvent): boolean {
    if (!event.altKey) return false;
    this.resize(Math.exp(-event.deltaY * 0.002));
    return true;
  }

  /** A point of the page in the unmirrored photo, in fractions. */
  private point(event: { clientX: number; clientY: number }): [number, number] | null {
    const at = this.stage.onPhoto(this.history.doc.chosen, this.stage.onPicture(this.stage.at(event)));
    return at && [round(this.history.layer?.fields.flip ? 1 - at[0] : at[0]), round(at[1])];
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------

  private draw(ctx: CanvasRenderingContext2D, pane: Pane): void {
    const layer = this.history.layer;
    const photo = this.stage.photo();
    if (!layer || !photo) return;
    const frame = this.stage.onPage(photo, pane);
    const ghost = this.previews.photo(layer.source);
    const foot = this.stage.onPage({ left: this.stage.foot()!.x, top: this.stage.foot()!.y, width: 0, height: 0 }, pane);
    ctx.save();
    around(ctx, { x: foot.left, y: foot.top }, degreesOf(layer));
    if (layer.fields.flip) ctx.translate(2 * frame.left + frame.width, 0), ctx.scale(-1, 1);
    if (ghost) {
      ctx.globalAlpha = GHOST;
      ctx.drawImage(ghost, frame.left, frame.top, frame.width, frame.height);
      ctx.globalAlpha = 1;
    }
    const wide = Math.max(frame.width, frame.height);
    if (this.stroke) this.drawStroke(ctx, this.stroke, frame, wide);
    ctx.restore();
    if (this.at) this.drawTip(ctx, wide);
  }

  private drawStroke(ctx: CanvasRenderingContext2D, stroke: Stroke, frame: { left: number; top: number; width: number; height: number }, wide: number): void {
    ctx.save();
    ctx.strokeStyle = TINTS[stroke.brush];
    ctx.lineWidth = stroke.size * wide;
    ctx.lineCap = ctx.lineJoin = "round";
    ctx.beginPath();
    stroke.points.forEach(([u, v], i) => {
      const [x, y] = [frame.left + u * frame.width, frame.top + v * frame.height];
      if (i) ctx.lineTo(x, y);
      else ctx.moveTo(x, y), ctx.lineTo(x + 0.01, y);
    });
    ctx.stroke();
    ctx.restore();
  }

  private drawTip(ctx: CanvasRenderingContext2D, wide: number): void {
    const radius = (this.size * wide) / 2;
    for (const [share, alpha] of [[1, 0.95], [this.hardness, 0.45]] as const) {
      ctx.beginPath();
      ctx.arc(this.at!.x, this.at!.y, Math.max(1, radius * share), 0, 2 * Math.PI);
      ctx.strokeStyle = `rgb(0 0 0 / ${0.6 * alpha})`;
      ctx.lineWidth = 3;
      ctx.stroke();
      ctx.strokeStyle = `rgb(255 255 255 / ${alpha})`;
      ctx.lineWidth = 1.2;
      ctx.stroke();
    }
  }
}

const round = (value: number): number => Number(value.toFixed(5));
