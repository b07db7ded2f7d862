// The canvas: the view, drawn.
import { clamp, type Guide, part, type Rect } from "./geometry";
import { degreesOf, type History, type Layer } from "./history";
import { type Previewer, type Recolored } from "./previewing";
import { type Pane, View } from "./view";
import { words } from "./words";

const HANDLE = 5.5; // radius

export class Stage extends View {
  moving = false; // the pointer has the person: what is drawn here counts, not what the server sent before
  hovered = false;
  guides: Guide[] = [];
  bare = false; // no handles: the brush has the canvas
  paintOver: ((ctx: CanvasRenderingContext2D, pane: Pane) => void) | null = null;
  private scheduled = false;

  constructor(
    readonly canvas: HTMLCanvasElement,
    marks: HTMLCanvasElement,
    history: History,
    previews: () => Previewer,
    told: () => void,
  ) {
    super(marks, history, previews, told);
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement!);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  private resize(): void {
    const parent = this.canvas.parentElement!;
    this.area = { width: parent.clientWidth, height: parent.clientHeight };
    for (const each of [this.canvas, this.marks]) {
      each.width = Math.round(this.area.width * devicePixelRatio);
      each.height = Math.round(this.area.height * devicePixelRatio);
    }
    this.draw(); // at once: a canvas that was sized anew is empty
    this.viewChanged();
  }

  redraw(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.draw();
    });
  }

  private draw(): void {
    const ctx = this.canvas.getContext("2d")!;
    const over = this.marks.getContext("2d")!;
    for (const each of [ctx, over]) {
      each.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
      each.clearRect(0, 0, this.area.width, this.area.height);
    }
    if (!this.history.doc.plate) return;
    this.placeFrame();
    for (const pane of this.panes()) {
      this.inPane(ctx, pane, () => this.drawPane(ctx, pane));
      if (pane.shows === "after" && !this.held) this.drawMarks(over, pane);
    }
    this.told();
  }

  /** The picture's shadow on the table: of its own, since a filter of the canvas would be made anew in every frame. */
  private placeFrame(): void {
    const { style } = document.getElementById("frame")!;
    const panes = this.panes();
    const [first, last] = [this.onPage({ left: 0, top: 0, ...this.picture }, panes[0]!), this.onPage({ left: 0, top: 0, ...this.picture }, panes.at(-1)!)];
    const rect = { left: first.left, top: first.top, width: last.left + last.width - first.left, height: last.top + last.height - first.top };
    for (const [name, value] of Object.entries(rect)) style.setProperty(name, `${value}px`);
  }

  private inPane(ctx: CanvasRenderingContext2D, pane: Pane, draw: () => void): void {
    ctx.save();
    ctx.beginPath();
    ctx.rect(pane.area.left, pane.area.top, pane.area.width, pane.area.height);
    ctx.clip();
    ctx.translate(pane.left, pane.top);
    ctx.scale(pane.zoom, pane.zoom);
    ctx.imageSmoothingQuality = "high";
    ctx.imageSmoothingEnabled = pane.zoom * devicePixelRatio < 3;
    draw();
    ctx.restore();
  }

  private drawPane(ctx: CanvasRenderingContext2D, pane: Pane): void {
    const { width, height } = this.picture;
    ctx.beginPath();
    ctx.rect(0, 0, width, height);
    ctx.clip();
    if (pane.shows === "before") {
      this.drawPasted(ctx, false);
      return;
    }
    this.drawFinished(ctx);
    if (this.comparison === "split" && !this.held) {
      ctx.beginPath();
      ctx.rect(0, 0, this.split * width, height);
      ctx.clip();
      this.drawPasted(ctx, false);
    }
  }

  private drawFinished(ctx: CanvasRenderingContext2D): void {
    const previews = this.previews();
    const { width, height } = this.picture;
    const whole = previews.whole;
    const between = this.moving ? null : previews.between();
    if (between) {
      ctx.drawImage(between.none, 0, 0, width, height);
      ctx.globalAlpha = between.share;
      ctx.drawImage(between.most, 0, 0, width, height);
      ctx.globalAlpha = 1;
    } else if (whole && (previews.current || !this.moving)) {
      ctx.drawImage(whole.bitmap, 0, 0, width, height);
      const sharp = previews.sharp;
      if (sharp && sharp.key === whole.key) {
        const to = part({ left: 0, top: 0, width, height }, sharp.region);
        ctx.drawImage(sharp.bitmap, to.left, to.top, to.width, to.height);
      }
    } else this.drawPasted(ctx, true);
  }

  /** Plate and people laid over each other here: as they were shot, or recolored for as long as the pointer moves them. */
  private drawPasted(ctx: CanvasRenderingContext2D, recolored: boolean): void {
    const previews = this.previews();
    if (previews.plate) this.drawFilling(ctx, previews.plate);
    this.history.doc.layers.forEach((layer, i) => {
      const photo = this.photo(i);
      if (photo) this.drawPerson(ctx, layer, photo, this.foot(i)!, recolored);
    });
  }

  private drawFilling(ctx: CanvasRenderingContext2D, plate: ImageBitmap): void {
    const { width, height } = this.picture;
    const scale = Math.max(width / plate.width, height / plate.height);
    const [w, h] = [width / scale, height / scale];
    ctx.drawImage(plate, (plate.width - w) / 2, (plate.height - h) / 2, w, h, 0, 0, width, height);
  }

  private drawPerson(ctx: CanvasRenderingContext2D, layer: Layer, photo: Rect, foot: { x: number; y: number }, recolored: boolean): void {
    const previews = this.previews();
    const own = previews.cutouts.get(layer.cutout);
    const degrees = degreesOf(layer);
    const known = recolored && !asShot(layer) ? previews.recolored.get(layer.key) : undefined;
    const made = known && known.flip === Boolean(layer.fields.flip) ? known : undefined;
    ctx.save();
    around(ctx, foot, degrees - (made?.degrees ?? 0));
    this.drawTurned(ctx, layer, photo, own, made);
    ctx.restore();
  }

  private drawTurned(ctx: CanvasRenderingContext2D, layer: Layer, photo: Rect, own: ImageBitmap | undefined, made: Recolored | undefined): void {
    const asTaken = () => {
      ctx.save();
      if (layer.fields.flip) ctx.translate(2 * photo.left + photo.width, 0), ctx.scale(-1, 1);
      ctx.drawImage(own!, photo.left, photo.top, photo.width, photo.height);
      ctx.restore();
    };
    if (!made) {
      if (own) asTaken();
      return;
    }
    const to = part(photo, made.within);
    if (own && !made.degrees) {
      ctx.save(); // what lay beyond the plate was not sent
      ctx.beginPath();
      ctx.rect(photo.left - 1, photo.top - 1, photo.width + 2, photo.height + 2);
      ctx.rect(to.left, to.top, to.width, to.height);
      ctx.clip("evenodd");
      asTaken();
      ctx.restore();
    }
    ctx.drawImage(made.bitmap, to.left, to.top, to.width, to.height);
  }

  private drawMarks(ctx: CanvasRenderingContext2D, pane: Pane): void {
    ctx.save();
    ctx.beginPath();
    ctx.rect(pane.area.left, pane.area.top, pane.area.width, pane.area.height);
    ctx.clip();
    this.drawGuides(ctx, pane);
    if (this.paintOver) this.paintOver(ctx, pane);
    else if (this.hovered || this.moving) this.drawHandles(ctx, pane);
    ctx.restore();
  }

  private drawGuides(ctx: CanvasRenderingContext2D, pane: Pane): void {
    const { width, height } = this.picture;
    const frame = this.onPage({ left: 0, top: 0, width, height }, pane);
    ctx.strokeStyle = getComputedStyle(this.canvas).getPropertyValue("--guide");
    ctx.lineWidth = 1;
    for (const { axis, at } of this.guides) {
      ctx.beginPath();
      const where = axis === "x" ? frame.left + at * frame.width : frame.top + at * frame.height;
      const inside = Math.round(clamp(where, axis === "x" ? frame.left + 1 : frame.top + 1, axis === "x" ? frame.left + frame.width - 1 : frame.top + frame.height - 1)) + 0.5;
      if (axis === "x") ctx.moveTo(inside, frame.top), ctx.lineTo(inside, frame.top + frame.height);
      else ctx.moveTo(frame.left, inside), ctx.lineTo(frame.left + frame.width, inside);
      ctx.stroke();
    }
  }

  private drawHandles(ctx: CanvasRenderingContext2D, pane: Pane): void {
    const corners = this.handles(pane);
    if (!corners.length) return;
    ctx.beginPath();
    corners.forEach(({ x, y }, i) => (i ? ctx.lineTo(x, y) : ctx.moveTo(x, y)));
    ctx.closePath();
    for (const [color, width] of [["rgb(0 0 0 / 35%)", 3], ["rgb(255 255 255 / 80%)", 1]] as const) {
      ctx.strokeStyle = color;
      ctx.lineWidth = width;
      ctx.stroke();
    }
    const knob = this.knob(pane);
    if (knob) {
      ctx.beginPath();
      ctx.moveTo(knob.from.x, knob.from.y);
      ctx.lineTo(knob.x, knob.y);
      ctx.stroke();
    }
    for (const { x, y } of knob ? [...corners, knob] : corners) {
      ctx.beginPath();
      ctx.arc(x, y, HANDLE, 0, 2 * Math.PI);
      ctx.fillStyle = "#fff";
      ctx.shadowColor = "rgb(0 0 0 / 55%)";
      ctx.shadowBlur = 5;
      ctx.fill();
      ctx.shadowBlur = 0;
    }
  }

  /** What a screen reader is told of the person. */
  describe(): string {
    const place = this.previews().place(this.history.doc.chosen);
    return place ? words.moved(Math.round(place.x * 100), Math.round(place.y * 100), Math.round(place.height * 100)) : "";
  }
}

/** Whether nothing is asked of somebody's colors or edge. */
const asShot = ({ fields }: Layer): boolean => fields.harmonize === false && !fields.exposure && !fields.warmth && !fields.edge;

/** Turn what is drawn from here on clockwise around a point. */
export function around(ctx: CanvasRenderingContext2D, at: { x: number; y: number }, degrees: number): void {
  if (!degrees) return;
  ctx.translate(at.x, at.y);
  ctx.rotate((degrees * Math.PI) / 180);
  ctx.translate(-at.x, -at.y);
}
