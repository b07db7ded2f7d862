// What can be saved, and how the program and the command line are asked for it.
import { words } from "./words";

export type Part = "picture" | "cutout" | "foreground" | "alpha" | "lut";
export interface Saved { give: Part; format: string }
export interface Form { quality: number; depth: string; space: string }

const LOSSY = new Set(["jpg", "webp", "avif", "heic"]);
const DEEP = new Set(["png", "tif", "psd", "psb", "ora", "exr"]);
const ALIKE = new Set(["jpeg", "tiff", "heif"]); // other names of formats that are there
const PARTS: Saved[] = [
  { give: "cutout", format: "png" }, { give: "cutout", format: "tif" }, { give: "foreground", format: "png" }, { give: "foreground", format: "tif" },
  { give: "alpha", format: "png" }, { give: "alpha", format: "tif" }, { give: "lut", format: "cube" },
];

/** By kind, everything that can be saved here. */
export function groups(formats: string[], layered: string[]): [string, Saved[]][] {
  const pictures = (names: string[]): Saved[] => names.filter((each) => !ALIKE.has(each)).map((format) => ({ give: "picture", format }));
  return [[words.savedPicture, pictures(formats)], [words.savedLayers, pictures(layered)], [words.savedParts, PARTS]];
}

export const named = ({ give, format }: Saved): string => (give === "picture" ? format : `${give}.${format}`);
export function byName(name: string): Saved {
  const [give, format] = name.split(".");
  return format ? { give: give as Part, format } : { give: "picture", format: give! };
}

const layeredKind = (format: string): boolean => ["psd", "psb", "ora", "exr"].includes(format);
export const isLossy = ({ give, format }: Saved): boolean => give === "picture" && LOSSY.has(format);
export const isDeep = ({ format }: Saved): boolean => DEEP.has(format);

/** As fields of POST /v1/compose: those alone that were asked for and go with it. */
export function asked(saved: Saved, form: Form): Record<string, string | number> {
  const told: Record<string, string | number> = { format: saved.format };
  if (saved.give !== "picture") told.give = saved.give;
  if (isLossy(saved)) told.quality = form.quality;
  if (isDeep(saved) && form.depth) told.depth = Number(form.depth);
  if (form.space !== "keep") told.space = form.space;
  return told;
}

/** As the command line's flags: where the picture goes, and what else is written. */
export function flags(saved: Saved, form: Form): { out: string; more: string[] } {
  const more: string[] = [];
  const part = saved.give !== "picture";
  if (part) more.push(saved.give === "lut" ? "--lut-out match.cube" : `--${saved.give}-out ${saved.give === "cutout" ? "person" : saved.give}.${saved.format}`);
  if (isLossy(saved) && form.quality !== 95) more.push(`--quality ${form.quality}`);
  if (isDeep(saved) && form.depth) more.push(`--depth ${form.depth}`);
  if (form.space !== "keep") more.push(`--space ${form.space}`);
  return { out: part ? "out.png" : `out.${saved.format}`, more };
}

export const label = (saved: Saved): string => (saved.give === "picture" ? words.formatNames[saved.format] ?? saved.format.toUpperCase() : `${words.parts[saved.give]}${saved.give === "lut" ? "" : `, ${saved.format.toUpperCase()}`}`);
export const hint = (saved: Saved): string => (layeredKind(saved.format) ? words.layersHint : saved.give === "lut" ? words.lutHint : "");
