// The slider of strength: the picture is a straight line between its ends, so between them no answer of the server is needed.
import type { Doc, Layer } from "./history";
import { wanted } from "./server";

const MOST = 1.5; // the end of the slider

export interface End { key: string; which: "none" | "most"; layers: Layer[] } // a picture to be asked for
export interface Between { none: ImageBitmap; most: ImageBitmap; share: number } // how far from the first the slider is

export class StrengthEnds {
  private key = ""; // of the document, whatever the strength; none while nobody has touched the slider
  private pictures: { none?: ImageBitmap; most?: ImageBitmap } = {};

  /** Both ends will be wanted of this document; false where they are known to be. */
  prepare(doc: Doc): boolean {
    const key = besides(doc);
    if (this.key === key) return false;
    for (const each of Object.values(this.pictures)) each?.close();
    this.pictures = {};
    this.key = key;
    return true;
  }

  /** What is to be asked for next, if anything. */
  missing(doc: Doc): End | null {
    if (this.key !== besides(doc) || this.pictures.most) return null;
    const which = this.pictures.none ? "most" : "none";
    return { key: this.key, which, layers: atStrength(doc, which === "none" ? 0 : MOST) };
  }

  keep({ key, which }: End, bitmap: ImageBitmap): void {
    if (this.key !== key) return bitmap.close();
    this.pictures[which]?.close();
    this.pictures[which] = bitmap;
  }

  /** The two ends, where both are there and of this document. */
  between(doc: Doc): Between | null {
    const { none, most } = this.pictures;
    if (!none || !most || this.key !== besides(doc)) return null;
    return { none, most, share: Number(doc.layers[doc.chosen]?.fields.strength ?? 1) / MOST };
  }
}

/** The document's layers, the chosen one at another strength. */
function atStrength(doc: Doc, strength: number): Layer[] {
  return doc.layers.map((each, i) => (i === doc.chosen ? { ...each, fields: { ...each.fields, strength } } : each));
}

function besides(doc: Doc): string {
  return JSON.stringify(wanted({ ...doc, layers: atStrength(doc, MOST) }));
}
