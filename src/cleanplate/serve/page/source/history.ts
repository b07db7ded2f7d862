// What the page holds: one immutable document, what it was and what it will be again. Kept in the tab's own session storage, so that
// a reload goes on where it was and two tabs know nothing of each other.
import { mirrored, type Outline, type Place } from "./geometry";

export type Value = number | string | boolean | null;
export interface Stroke { brush: "keep" | "drop" | "soften"; size: number; hardness: number; points: [number, number][] } // fractions of the photo; size of its longer side
export interface Layer {
  key: number;
  name: string;
  source: string; // the cutout as it was sent
  cutout: string; // the same, mirrored or painted where that was asked for
  outline: Outline;
  found: Outline; // the source's
  fields: Record<string, Value>; // of the recipe, only what differs from its defaults
  strokes: Stroke[];
}
export interface Plate { id: string; name: string; width: number; height: number; horizon: number | null }
export interface Look { id: string; name: string; weight: number } // of a kept picture, and how much of it beside the place's own
export interface Film { id: string; as: "person" | "plate"; name: string; seconds: number; rate: number; at: number; start: number | null; end: number | null; width: number; height: number }
export interface Doc {
  plate: Plate | null;
  layers: Layer[];
  chosen: number; // the layer that is moved and set
  scene: Record<string, Value>; // fields about the whole picture: size, defocus, aperture, weights
  example: boolean;
  look?: Look | null; // what their colors are matched to in the place's stead
  film?: Film | null; // one side of it is filmed, and `at` is the frame that is seen
}

/** Where somebody is in their photo, as it lies there. */
export const outlineOf = (layer: Layer): Outline => (layer.fields.flip ? mirrored(layer.outline) : layer.outline);
export const degreesOf = (layer: Layer | undefined): number => Number(layer?.fields.rotate ?? 0);

const KEY = "cleanplate";
const MOST = 200; // steps that can be undone
const EMPTY: Doc = { plate: null, layers: [], chosen: 0, scene: {}, example: false };

export class History {
  doc: Doc = EMPTY;
  private past: Doc[] = [];
  private future: Doc[] = [];
  private gesture: string | null = null;
  private listeners: (() => void)[] = [];

  constructor(private storage: Storage) {
    try {
      const kept = JSON.parse(storage.getItem(KEY) ?? "null");
      if (kept?.doc) [this.doc, this.past, this.future] = [kept.doc, kept.past, kept.future];
    } catch {
      storage.removeItem(KEY); // of another version: begin anew
    }
  }

  get layer(): Layer | undefined {
    return this.doc.layers[this.doc.chosen];
  }
  get canUndo(): boolean {
    return this.past.length > 0;
  }
  get canRedo(): boolean {
    return this.future.length > 0;
  }

  listen(told: () => void): void {
    this.listeners.push(told);
  }

  /** A new document. Changes of one gesture (a drag, a slider) are one step. */
  change(next: Partial<Doc>, gesture: string | null = null): void {
    if (gesture === null || gesture !== this.gesture) {
      this.past = [...this.past, this.doc].slice(-MOST);
      this.future = [];
    }
    this.gesture = gesture;
    this.doc = { ...this.doc, ...next };
    this.tell();
  }

  /** The same without a step of its own: what a server answered, say. */
  amend(next: Partial<Doc>): void {
    this.doc = { ...this.doc, ...next };
    this.tell();
  }

  changeLayer(next: Partial<Layer>, gesture: string | null = null, at = this.doc.chosen): void {
    this.change({ layers: this.doc.layers.map((each, i) => (i === at ? { ...each, ...next } : each)) }, gesture);
  }

  setField(name: string, value: Value | undefined, gesture: string | null = null): void {
    const layer = this.layer;
    if (layer) this.changeLayer({ fields: without({ ...layer.fields, [name]: value }) }, gesture);
  }

  setScene(name: string, value: Value | undefined, gesture: string | null = null): void {
    this.change({ scene: without({ ...this.doc.scene, [name]: value }) }, gesture);
  }

  setPlace(place: Place, gesture: string | null = null): void {
    const layer = this.layer;
    if (layer) this.changeLayer({ fields: { ...layer.fields, ...place } }, gesture);
  }

  endGesture(): void {
    this.gesture = null;
  }

  undo(): void {
    this.step("past", "future");
  }
  redo(): void {
    this.step("future", "past");
  }

  private step(from: "past" | "future", to: "past" | "future"): void {
    const next = this[from].pop();
    if (!next) return;
    this[to].push(this.doc);
    this.doc = next;
    this.gesture = null;
    this.tell();
  }

  private tell(): void {
    try {
      this.storage.setItem(KEY, JSON.stringify({ doc: this.doc, past: this.past.slice(-40), future: this.future.slice(-40) }));
    } catch {
      /* full: then a reload begins anew */
    }
    for (const told of this.listeners) told();
  }
}

function without<T>(fields: Record<string, T | undefined>): Record<string, T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Record<string, T>;
}
