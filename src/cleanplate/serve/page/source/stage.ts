// The canvas: what is drawn where. Positions on the page are CSS pixels; of the picture, its own.
import { clamp, type Guide, part, personFrame, photoFrame, type Rect, type Size, turned } from "./geometry";
import { degreesOf, type History, type Layer, outlineOf } from "./history";
import { Previewer, type Recolored, SIDE } from "./previewing";
import { words } from "./words";

export type Comparison = "off" | "split" | "side" | "before";
export interface Pane { area: Rect; shows: "before" | "after"; zoom: number; left: number; top: number } // left, top: of the picture's corner

const MARGIN = 24; // CSS pixels around the fitted picture
const TOOLS = 70; // below it, for the tools
const KNOB = 30; // CSS pixels from the frame to where it is turned
const HANDLE = 5.5; // radius
const MOST_ZOOM = 8; // CSS pixels for one of the picture's

export class Stage {
  comparison: Comparison = "off";
  held = false; // the key for `before` is down
  split = 0.5; // of the picture's width
  moving = false; // the pointer has the person: what is drawn here counts, not what the server sent before
  hovered = false;
  guides: Guide[] = [];
  bare = false; // no handles: the brush has the canvas
  paintOver: ((ctx: CanvasRenderingContext2D, pane: Pane) => void) | null = null;
  private zoom: number | null = null; // null: as the picture fits
  private centre = { x: 0.5, y: 0.5 }; // of the picture, in the middle of the pane
  private scheduled = false;
  private area: Size = { width: 1, height: 1 };
  private settled = 0;

  constructor(
    readonly canvas: HTMLCanvasElement,
    private marks: HTMLCanvasElement,
    private history: History,
    private previews: () => Previewer,
    private told: () => void,
  ) {
    new ResizeObserver(() => this.resize()).observe(canvas.parentElement!);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.redraw());
  }

  get picture(): Size {
    return this.previews().size;
  }

  // ---- what is seen of the picture ---------------------------------------------------------------------------------

  panes(): Pane[] {
    const { width, height } = this.area;
    const shows: Pane["shows"][] = this.comparison === "side" ? ["before", "after"] : [this.comparison === "before" || this.held ? "before" : "after"];
    const upright = shows.length > 1 && height > width;
    return shows.map((each, i) => {
      const area = upright
        ? { left: 0, top: (i * height) / shows.length, width, height: height / shows.length }
        : { left: (i * width) / shows.length, top: 0, width: width / shows.length, height };
      return this.pane(area, each);
    });
  }

  private pane(area: Rect, shows: Pane["shows"]): Pane {
    const { width, height } = this.picture;
    const zoom = this.zoom ?? this.fit(area);
    const margin = this.margin(area);
    const below = this.zoom === null ? TOOLS - margin : 0; // fitted, the picture lies above the tools
    const inside = (size: number, room: number, at: number) => (size * zoom <= room ? (room - size * zoom) / 2 : clamp(room / 2 - at * size * zoom, room - size * zoom - MARGIN, MARGIN));
    return { area, shows, zoom, left: area.left + inside(width, area.width, this.centre.x), top: area.top + inside(height, area.height - below, this.centre.y) };
  }

  private fit(area: Rect): number {
    const { width, height } = this.picture;
    const margin = this.margin(area);
    return Math.max(0.01, Math.min((area.width - 2 * margin) / width, (area.height - margin - TOOLS) / height));
  }

  private margin(area: Rect): number {
    return area.width < 500 ? 0 : Math.min(MARGIN, area.width * 0.03);
  }

  get fitted(): boolean {
    return this.zoom === null;
  }

  /** CSS pixels for one of the picture's. */
  get scale(): number {
    return this.panes()[0]!.zoom;
  }

  get trueZoom(): number {
    return 1 / devicePixelRatio;
  }

  /** Zoom so that the point under the pointer stays there; null fits the whole. */
  zoomTo(zoom: number | null, at?: { x: number; y: number }): void {
    const pane = this.panes()[0]!;
    const smallest = this.fit(pane.area);
    const point = at ?? { x: pane.area.left + pane.area.width / 2, y: pane.area.top + pane.area.height / 2 };
    const on = this.onPicture(point);
    this.zoom = zoom === null || zoom <= smallest ? null : Math.min(zoom, MOST_ZOOM);
    if (this.zoom !== null) {
      const local = this.paneAt(point).area;
      const { width, height } = this.picture;
      this.centre = { x: on.x / width - (point.x - local.left - local.width / 2) / (this.zoom * width), y: on.y / height - (point.y - local.top - local.height / 2) / (this.zoom * height) };
    }
    this.viewChanged();
  }

  pan(dx: number, dy: number): void {
    if (this.zoom === null) return;
    const { width, height } = this.picture;
    this.centre = { x: clamp(this.centre.x - dx / (this.zoom * width), 0, 1), y: clamp(this.centre.y - dy / (this.zoom * height), 0, 1) };
    this.viewChanged();
  }

  compare(how: Comparison): void {
    this.comparison = how;
    this.viewChanged();
  }

  /** Where nothing has moved for a moment, true pixels are asked for, if there are more of them than the preview has. */
  viewChanged(): void {
    this.redraw();
    clearTimeout(this.settled);
    this.settled = window.setTimeout(() => this.previews().look(this.wantsMore() ? this.visible() : null), 160);
    this.told();
  }

  private wantsMore(): boolean {
    const { width, height } = this.picture;
    return Math.max(width, height) > SIDE && this.scale * devicePixelRatio * Math.max(width, height) > SIDE * 1.05;
  }

  /** The part of the picture that is seen, in fractions, on whole pixels. */
  visible(): Rect {
    const pane = this.panes().at(-1)!;
    const { width, height } = this.picture;
    const span = (from: number, room: number, corner: number, size: number): [number, number] => {
      const first = Math.floor(clamp((from - corner) / pane.zoom, 0, size - 1));
      const last = Math.ceil(clamp((from + room - corner) / pane.zoom, first + 1, size));
      return [first / size, (last - first) / size];
    };
    const [left, across] = span(pane.area.left, pane.area.width, pane.left, width);
    const [top, down] = span(pane.area.top, pane.area.height, pane.top, height);
    return { left, top, width: across, height: down };
  }

  // ---- from the page to the picture --------------------------------------------------------------------------------

  at(event: { clientX: number; clientY: number }): { x: number; y: number } {
    const { left, top } = this.marks.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  paneAt(point: { x: number; y: number }): Pane {
    const panes = this.panes();
    return panes.find(({ area }) => point.x < area.left + area.width && point.y < area.top + area.height) ?? panes.at(-1)!;
  }

  onPicture(point: { x: number; y: number }): { x: number; y: number } {
    const pane = this.paneAt(point);
    return { x: (point.x - pane.left) / pane.zoom, y: (point.y - pane.top) / pane.zoom };
  }

  onPage(rect: Rect, pane: Pane): Rect {
    return { left: pane.left + rect.left * pane.zoom, top: pane.top + rect.top * pane.zoom, width: rect.width * pane.zoom, height: rect.height * pane.zoom };
  }

  person(at = this.history.doc.chosen): Rect | null {
    const layer = this.history.doc.layers[at];
    const place = this.previews().place(at);
    return layer && place ? personFrame(outlineOf(layer), place, this.picture) : null;
  }

  photo(at = this.history.doc.chosen): Rect | null {
    const layer = this.history.doc.layers[at];
    const place = this.previews().place(at);
    return layer && place ? photoFrame(outlineOf(layer), place, this.picture) : null;
  }

  /** Somebody's foot point, around which they are turned. */
  foot(at = this.history.doc.chosen): { x: number; y: number } | null {
    const place = this.previews().place(at);
    return place ? { x: place.x * this.picture.width, y: place.y * this.picture.height } : null;
  }

  /** A point of the picture in somebody's photo as it lies there, in fractions, turned back upright. */
  onPhoto(index: number, point: { x: number; y: number }): [number, number] | null {
    const [photo, foot] = [this.photo(index), this.foot(index)];
    if (!photo || !foot) return null;
    const at = turned(point, foot, -degreesOf(this.history.doc.layers[index]));
    return [(at.x - photo.left) / photo.width, (at.y - photo.top) / photo.height];
  }

  /** Where the chosen person is taken to be turned: above their head. */
  knob(pane: Pane): { x: number; y: number; from: { x: number; y: number } } | null {
    const [person, foot] = [this.person(), this.foot()];
    if (!person || !foot) return null;
    const frame = this.onPage(person, pane);
    const around = this.onPage({ left: foot.x, top: foot.y, width: 0, height: 0 }, pane);
    const turn = (y: number) => turned({ x: frame.left + frame.width / 2, y }, { x: around.left, y: around.top }, degreesOf(this.history.layer));
    const inside = ({ x, y }: { x: number; y: number }) => ({ x: clamp(x, pane.area.left + 12, pane.area.left + pane.area.width - 12), y: clamp(y, pane.area.top + 12, pane.area.top + pane.area.height - 12) });
    return { ...inside(turn(frame.top - KNOB)), from: inside(turn(frame.top)) };
  }

  /** The corners of the chosen person's frame on the page, drawn inside what is seen so that they can always be taken. */
  handles(pane: Pane): { x: number; y: number; dx: number; dy: number }[] {
    const person = this.person();
    if (!person) return [];
    const frame = this.onPage(person, pane);
    const { area } = pane;
    const inset = 12;
    const place = (value: number, from: number, room: number) => clamp(value, from + inset, from + room - inset);
    const foot = this.onPage({ left: this.foot()!.x, top: this.foot()!.y, width: 0, height: 0 }, pane);
    return [[0, 0], [1, 0], [1, 1], [0, 1]].map(([dx, dy]) => {
      const at = turned({ x: frame.left + dx! * frame.width, y: frame.top + dy! * frame.height }, { x: foot.left, y: foot.top }, degreesOf(this.history.layer));
      return { x: place(at.x, area.left, area.width), y: place(at.y, area.top, area.height), dx: dx!, dy: dy! };
    });
  }

  // ---- drawing -----------------------------------------------------------------------------------------------------

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
    const known = recolored && layer.fields.harmonize !== false ? previews.recolored.get(layer.key) : undefined;
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

/** Turn what is drawn from here on clockwise around a point. */
export function around(ctx: CanvasRenderingContext2D, at: { x: number; y: number }, degrees: number): void {
  if (!degrees) return;
  ctx.translate(at.x, at.y);
  ctx.rotate((degrees * Math.PI) / 180);
  ctx.translate(-at.x, -at.y);
}
