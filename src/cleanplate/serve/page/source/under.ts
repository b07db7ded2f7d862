// Who is under the pointer: the front person of whom something solid is there.
import type { Point } from "./geometry";
import type { History } from "./history";
import type { Previewer } from "./previewing";
import type { Stage } from "./stage";

const SEEN = 26; // alpha of 255 from which a person is under the pointer

export class Under {
  constructor(private stage: Stage, private history: History, private previews: Previewer) {}

  /** The front layer whose person is at a point of the page. */
  at(at: Point): number | null {
    const point = this.stage.onPicture(at);
    for (let i = this.history.doc.layers.length - 1; i >= 0; i--) if (this.covers(i, point)) return i;
    return null;
  }

  private covers(index: number, point: Point): boolean {
    const layer = this.history.doc.layers[index]!;
    const place = this.previews.place(index);
    const bitmap = this.previews.cutouts.get(layer.cutout);
    if (!place || !bitmap) return false;
    const [x, v] = this.stage.onPhoto(index, point)!;
    const u = layer.fields.flip ? 1 - x : x;
    return u >= 0 && u < 1 && v >= 0 && v < 1 && alphaAt(bitmap, u, v) > SEEN;
  }
}

const alphas = new WeakMap<ImageBitmap, { width: number; height: number; data: Uint8ClampedArray }>();

/** Alpha of a bitmap at a point in fractions, from a small copy that is read once. */
function alphaAt(bitmap: ImageBitmap, u: number, v: number): number {
  let small = alphas.get(bitmap);
  if (!small) {
    const scale = 160 / Math.max(bitmap.width, bitmap.height);
    const [width, height] = [Math.max(1, Math.round(bitmap.width * scale)), Math.max(1, Math.round(bitmap.height * scale))];
    const ctx = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })!;
    ctx.drawImage(bitmap, 0, 0, width, height);
    small = { width, height, data: ctx.getImageData(0, 0, width, height).data };
    alphas.set(bitmap, small);
  }
  return small.data[4 * (Math.floor(v * small.height) * small.width + Math.floor(u * small.width)) + 3]!;
}
