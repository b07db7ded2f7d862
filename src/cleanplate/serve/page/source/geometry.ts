// Where a person's photo lies in the picture. The same sums as the library's placing: a place is the person's visible height and
// their foot point, as fractions of the picture.
export interface Place { height: number; x: number; y: number }
export interface Size { width: number; height: number }
export interface Point { x: number; y: number }
export interface Rect { left: number; top: number; width: number; height: number }
export interface Outline {
  width: number; // of the photo, pixels
  height: number;
  box: [number, number, number, number]; // where the person is in it: left, top, width, height as fractions
  foot: [number, number]; // the point that x and y place, as fractions
  cropped: string[];
}

/** The same of the mirrored photo. */
export function mirrored(of: Outline): Outline {
  const { box: [left, top, width, height], foot: [x, y] } = of;
  const other: Record<string, string> = { left: "right", right: "left" };
  return { ...of, box: [1 - left - width, top, width, height], foot: [1 - x, y], cropped: of.cropped.map((side) => other[side] ?? side) };
}

/** A point turned clockwise around another. */
export function turned(point: { x: number; y: number }, around: { x: number; y: number }, degrees: number): { x: number; y: number } {
  const [cosine, sine] = [Math.cos((degrees * Math.PI) / 180), Math.sin((degrees * Math.PI) / 180)];
  const [dx, dy] = [point.x - around.x, point.y - around.y];
  return { x: around.x + cosine * dx - sine * dy, y: around.y + sine * dx + cosine * dy };
}

/** The photo's whole frame in the pixels of the picture. */
export function photoFrame(of: Outline, place: Place, picture: Size): Rect {
  const scale = (place.height * picture.height) / (of.box[3] * of.height);
  const [width, height] = [of.width * scale, of.height * scale];
  return { left: place.x * picture.width - of.foot[0] * width, top: place.y * picture.height - of.foot[1] * height, width, height };
}

/** The person's own rectangle in it. */
export function personFrame(of: Outline, place: Place, picture: Size): Rect {
  const photo = photoFrame(of, place, picture);
  return part(photo, { left: of.box[0], top: of.box[1], width: of.box[2], height: of.box[3] });
}

/** A part of a rectangle, the part given in fractions. */
export function part(whole: Rect, of: Rect): Rect {
  return { left: whole.left + of.left * whole.width, top: whole.top + of.top * whole.height, width: of.width * whole.width, height: of.height * whole.height };
}

/** Where a rectangle lies in another, in fractions of that. */
export function within(inner: Rect, outer: Rect): Rect {
  return { left: (inner.left - outer.left) / outer.width, top: (inner.top - outer.top) / outer.height, width: inner.width / outer.width, height: inner.height / outer.height };
}

/** A rectangle in pixels as fractions of a picture. */
export function fractions(rect: Rect, of: Size): Rect {
  return { left: rect.left / of.width, top: rect.top / of.height, width: rect.width / of.width, height: rect.height / of.height };
}

export function same(one: Rect, other: Rect): boolean {
  return one.left === other.left && one.top === other.top && one.width === other.width && one.height === other.height;
}

export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
export const round = (value: number, digits = 4): number => Number(value.toFixed(digits));

export interface Guide { axis: "x" | "y"; at: number } // in fractions of the picture
const CAMERA = 0.85; // height of a camera over a person's, as the library's placing has it

/** A place moved onto whatever lies within `reach` (in fractions of the picture): cut edges, the ground, the middle. */
export function snapped(of: Outline, place: Place, picture: Size, horizon: number | null, reach: { x: number; y: number }): { place: Place; guides: Guide[] } {
  const person = personFrame(of, place, picture);
  const [left, right] = [person.left / picture.width, (person.left + person.width) / picture.width];
  const [top, bottom] = [person.top / picture.height, (person.top + person.height) / picture.height];
  const across: [number, number][] = [[0.5 - place.x, 0.5]]; // how far to move, and where the line is drawn
  const down: [number, number][] = [];
  if (of.cropped.includes("left")) across.push([-left, 0]);
  if (of.cropped.includes("right")) across.push([1 - right, 1]);
  if (of.cropped.includes("bottom")) down.push([1 - bottom, 1]);
  if (of.cropped.includes("top")) down.push([-top, 0]);
  if (!of.cropped.includes("bottom") && horizon !== null) {
    const ground = horizon + CAMERA * place.height;
    down.push([ground - place.y, ground]);
  }
  const guides: Guide[] = [];
  const moved = { ...place };
  for (const axis of ["x", "y"] as const) {
    const near = (axis === "x" ? across : down).filter(([by]) => Math.abs(by) <= reach[axis]).sort((a, b) => Math.abs(a[0]) - Math.abs(b[0]))[0];
    if (near) {
      moved[axis] += near[0];
      guides.push({ axis, at: near[1] });
    }
  }
  return { place: moved, guides };
}
