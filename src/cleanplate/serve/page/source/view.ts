// What is seen of the picture, and what lies where on the page. Positions on the page are CSS pixels; of the picture, its own.
import { clamp, personFrame, photoFrame, type Rect, type Size, turned } from "./geometry";
import { degreesOf, type History, outlineOf } from "./history";
import { type Previewer, SIDE } from "./previewing";

export type Comparison = "off" | "split" | "side" | "before";
export interface Pane { area: Rect; shows: "before" | "after"; zoom: number; left: number; top: number } // left, top: of the picture's corner

const MARGIN = 24; // CSS pixels around the fitted picture
const TOOLS = 70; // below it, for the tools
const KNOB = 30; // CSS pixels from the frame to where it is turned
const MOST_ZOOM = 8; // CSS pixels for one of the picture's

export abstract class View {
  comparison: Comparison = "off";
  held = false; // the key for `before` is down
  split = 0.5; // of the picture's width
  private zoom: number | null = null; // null: as the picture fits
  private centre = { x: 0.5, y: 0.5 }; // of the picture, in the middle of the pane
  protected area: Size = { width: 1, height: 1 };
  private settled = 0;

  constructor(
    protected marks: HTMLCanvasElement,
    protected history: History,
    protected previews: () => Previewer,
    protected told: () => void,
  ) {}

  /** Draw it all, soon. */
  abstract redraw(): void;

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
}
