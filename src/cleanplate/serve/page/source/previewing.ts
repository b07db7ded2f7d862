// Pictures for the canvas: what the server composes, and what is drawn until that has come.
import { fractions, photoFrame, type Place, type Rect, same, type Size, within } from "./geometry";
import { degreesOf, type Doc, type History, type Layer, outlineOf } from "./history";
import { type Answer, picture, Previews, Refused, wanted } from "./server";
import { type Between, type End, StrengthEnds } from "./strength";

export const SIDE = 1280; // of a preview of the whole picture
const SMALL_SIDE = 720; // of cutouts for the pointer on a small screen

interface Asked { key: string; layer?: Layer; region?: Rect; end?: End }
export interface Finished { key: string; bitmap: ImageBitmap; region: Rect } // region: in fractions of the picture
export interface Recolored { bitmap: ImageBitmap; within: Rect; look: string; degrees: number; flip: boolean } // where it lies in the photo's frame, in fractions

export class Previewer {
  whole: Finished | null = null;
  sharp: Finished | null = null;
  placed: (Place | undefined)[] = []; // where each layer was last seen
  said: (warnings: string[]) => void = () => undefined; // what is to be said of the picture at rest
  answers: { at: number; seconds: number; key: string; rest: boolean }[] = []; // the latest ones, for the bench
  plate: ImageBitmap | null = null;
  private plateId = "";
  readonly cutouts = new Map<string, ImageBitmap>();
  readonly recolored = new Map<number, Recolored>(); // by the layer's key
  private photos = new Map<string, ImageBitmap>();
  private loading = new Set<string>();
  private asked = new Map<number, Asked>();
  private previews: Previews;
  private region: Rect | null = null;
  private scheduled = false;
  private ends = new StrengthEnds();
  private busy = false; // with one of what is asked for at rest
  private newest = 0; // request that was answered

  constructor(
    private history: History,
    private redraw: () => void,
    private problem: (detail: string, reason: string) => void,
    state: (open: boolean) => void,
  ) {
    this.previews = new Previews((answer, bytes) => void this.arrived(answer, bytes), (problem) => this.problem(problem.detail, problem.reason), (open) => {
      state(open);
      if (open) this.schedule();
    });
    history.listen(() => this.schedule());
  }

  get size(): Size {
    const { plate, scene } = this.history.doc;
    const asked = typeof scene.size === "string" ? scene.size.split("x").map(Number) : [];
    return { width: asked[0] || plate?.width || 3, height: asked[1] || plate?.height || 2 };
  }

  key(doc: Doc = this.history.doc): string {
    return JSON.stringify(wanted(doc));
  }

  /** Whether what the server sent is what is asked for now. */
  get current(): boolean {
    return this.whole?.key === this.key();
  }

  place(at: number): Place | undefined {
    const fields = this.history.doc.layers[at]?.fields ?? {};
    const seen = this.placed[at];
    const [height, x, y] = [fields.height, fields.x, fields.y].map((value, i) => (typeof value === "number" ? value : seen?.[(["height", "x", "y"] as const)[i]!]));
    return height === undefined || x === undefined || y === undefined ? undefined : { height, x, y };
  }

  /** Ask once a frame, however often the document changes. */
  schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    requestAnimationFrame(() => {
      this.scheduled = false;
      this.load();
      this.askWhole();
    });
  }

  /** True pixels of a part of the picture, once nothing moves; null when the whole is small enough. */
  look(region: Rect | null): void {
    this.region = region;
    if (region) this.askMore();
    else if (this.sharp) this.dropSharp();
  }

  /** Nothing comes of what was asked for. */
  refused(): void {
    this.busy = false;
  }

  private dropSharp(): void {
    this.sharp?.bitmap.close();
    this.sharp = null;
  }

  /** What is asked for at rest, one after the other: only the latest message counts, so a second one would undo the first. */
  private askMore(): void {
    const layer = this.history.layer;
    if (!this.current || this.busy) return;
    if (this.region && !this.sharpIsCurrent) this.askSharp(this.region);
    else if (layer && this.recolored.get(layer.key)?.look !== look(this.history.doc, layer)) this.askPerson(layer);
    else {
      const end = this.ends.missing(this.history.doc);
      if (end) this.askFurther({ ...wanted(this.history.doc, end.layers), side: SIDE, quality: 90 }, { key: end.key, end });
    }
  }

  private askWhole(): void {
    const { doc } = this.history;
    if (!doc.plate || !doc.layers.length) return;
    const key = this.key();
    if (key === this.whole?.key) return;
    this.busy = false; // what else was asked for is overtaken
    this.remember(this.previews.send({ ...wanted(doc), side: SIDE, quality: 70 }), { key });
  }

  private askSharp(region: Rect): void {
    const message = { ...wanted(this.history.doc), side: null, region: [region.left, region.top, region.width, region.height], quality: 90 };
    this.askFurther(message, { key: this.key(), region });
  }

  /** The chosen person in the place's colors, to be moved by the pointer. */
  private askPerson(layer: Layer): void {
    const { doc } = this.history;
    const message = { ...wanted(doc, doc.layers.slice(0, doc.chosen + 1)), side: Math.min(SIDE, Math.max(SMALL_SIDE, innerWidth)), give: "person" };
    this.askFurther(message, { key: this.key(), layer });
  }

  private askFurther(message: Record<string, unknown>, asked: Asked): void {
    this.busy = true;
    this.remember(this.previews.send(message), asked);
  }

  /** The slider of strength is about to be moved. */
  prepareStrength(): void {
    if (this.ends.prepare(this.history.doc)) this.askMore();
  }

  /** What is drawn while it moves. */
  between(): Between | null {
    return this.current ? null : this.ends.between(this.history.doc);
  }

  private remember(number: number, asked: Asked): void {
    this.asked.set(number, asked);
    for (const old of this.asked.keys()) if (old < number - 60) this.asked.delete(old);
  }

  private async arrived(answer: Answer, bytes: Blob): Promise<void> {
    const asked = this.asked.get(answer.request);
    if (!asked) return;
    const bitmap = await createImageBitmap(bytes);
    if (answer.request < this.newest) return bitmap.close(); // another overtook it while it was decoded
    this.newest = answer.request;
    this.answers = [...this.answers, { at: performance.now(), seconds: answer.seconds, key: asked.key, rest: answer.rest }].slice(-400);
    if (answer.give === "person" && asked.layer) this.keepRecolored(asked.layer, answer, bitmap);
    else if (asked.end) this.ends.keep(asked.end, bitmap);
    else if (asked.region) this.swap("sharp", { key: asked.key, bitmap, region: asked.region });
    else {
      if (asked.key === this.key()) this.seen(answer);
      this.swap("whole", { key: asked.key, bitmap, region: { left: 0, top: 0, width: 1, height: 1 } });
    }
    this.redraw();
    const further = asked.layer || asked.region || asked.end;
    if (further) this.busy = false;
    if (further || answer.rest) this.askMore();
  }

  private seen(answer: Answer): void {
    this.placed = answer.placed;
    if (answer.rest) this.said(answer.warnings);
  }

  get sharpIsCurrent(): boolean {
    return this.sharp?.key === this.key() && this.region !== null && same(this.sharp.region, this.region);
  }

  private swap(which: "whole" | "sharp", next: Finished): void {
    this[which]?.bitmap.close();
    this[which] = next;
  }

  private keepRecolored(layer: Layer, answer: Answer, bitmap: ImageBitmap): void {
    const [left, top, width, height] = answer.boxes.at(-1)!;
    const place = answer.placed.at(-1)!;
    this.recolored.get(layer.key)?.bitmap.close();
    const inside = within({ left, top, width, height }, fractions(photoFrame(outlineOf(layer), place, this.size), this.size));
    this.recolored.set(layer.key, { bitmap, within: inside, look: look(this.history.doc, layer), degrees: degreesOf(layer), flip: Boolean(layer.fields.flip) });
  }

  /** A person's photo as it was taken, for the brush; asked for when it is first wanted. */
  photo(cutout: string): ImageBitmap | undefined {
    if (!this.photos.has(cutout)) void this.fetch(`/v1/cutouts/${cutout}/photo.jpg`, (bitmap) => this.photos.set(cutout, bitmap));
    return this.photos.get(cutout);
  }

  /** The plate and the cutouts as they were sent, small: for the canvas while something moves, and for `before`. */
  private load(): void {
    const { plate, layers } = this.history.doc;
    if (plate && plate.id !== this.plateId) {
      this.plateId = plate.id;
      void this.fetch(`/v1/plates/${plate.id}/preview.jpg`, (bitmap) => {
        if (this.history.doc.plate?.id === plate.id) this.plate = bitmap;
      });
    }
    for (const { cutout } of layers) {
      if (!this.cutouts.has(cutout)) void this.fetch(`/v1/cutouts/${cutout}/preview.png`, (bitmap) => this.cutouts.set(cutout, bitmap));
    }
  }

  private async fetch(path: string, take: (bitmap: ImageBitmap) => void): Promise<void> {
    if (this.loading.has(path)) return;
    this.loading.add(path);
    try {
      take(await picture(path));
      this.redraw();
    } catch (error) {
      if (error instanceof Refused) this.problem(error.message, error.reason);
    } finally {
      this.loading.delete(path);
    }
  }
}

/** What a recolored person depends on besides their place, about. */
function look(doc: Doc, layer: Layer): string {
  const { height: _h, x: _x, y: _y, ...rest } = layer.fields;
  return JSON.stringify([doc.plate?.id, doc.look, layer.cutout, rest]);
}
