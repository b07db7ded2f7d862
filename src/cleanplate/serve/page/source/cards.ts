// The pictures that are open, as cards: who is in it, and where.
import { icon, make } from "./elements";
import type { History } from "./history";
import type { Opening } from "./opening";
import type { Previewer } from "./previewing";
import { words } from "./words";

export class Cards {
  private grid = make("div", { class: "cards" });
  private hint = make("p", { class: "hint" }, words.example, " ", words.exampleHint);
  private drawn = "";

  constructor(box: HTMLElement, private history: History, private opening: Opening, private previews: Previewer) {
    box.append(make("section", { "data-section": "pictures" }, make("h2", {}, words.pictures), this.grid, this.hint));
  }

  refresh(): void {
    const { plate, layers, chosen, example } = this.history.doc;
    this.hint.hidden = !example;
    const state = JSON.stringify([plate?.id, layers.map(({ key, cutout }) => [key, cutout, this.previews.cutouts.has(cutout)]), chosen, Boolean(this.previews.plate)]);
    if (state === this.drawn) return; // focus stays where it is
    this.drawn = state;
    const focused = this.grid.contains(document.activeElement) ? (document.activeElement as HTMLElement).dataset.is : undefined;
    const people = layers.map((layer, i) => {
      const title = layers.length > 1 ? words.personNumber(i + 1) : words.person;
      const click = () => (layers.length > 1 && i !== chosen ? this.history.amend({ chosen: i }) : this.opening.choosePerson(i));
      const card = this.card(`person ${i}`, title, layer.name, this.previews.cutouts.get(layer.cutout), click);
      card.classList.toggle("chosen", layers.length > 1 && i === chosen);
      if (layers.length > 1) card.append(this.away(i));
      return card;
    });
    if (!people.length) people.push(this.card("person", words.person, words.choosePerson, undefined, () => this.opening.choosePerson()));
    const place = this.card("place", words.place, plate?.name ?? words.choosePlace, this.previews.plate ?? undefined, () => this.opening.choosePlate());
    const add = make("button", { type: "button", class: "add", "data-is": "add", click: () => this.opening.choosePerson() }, icon("plus"), words.addPerson);
    this.grid.replaceChildren(...people, place, ...(layers.length && plate ? [add] : []));
    if (focused) this.grid.querySelector<HTMLElement>(`[data-is="${focused}"]`)?.focus();
  }

  private card(is: string, title: string, name: string, bitmap: ImageBitmap | undefined, click: () => void): HTMLElement {
    const face = bitmap ? thumbnail(bitmap) : make("span", { class: "nothing" }, icon("plus"));
    const label = make("span", { class: "name" }, title, make("small", {}, name));
    return make("div", { class: "card" }, make("button", { type: "button", class: "face", "data-is": is, title: words.change, click }, face, label));
  }

  private away(at: number): HTMLElement {
    const click = () => {
      const layers = this.history.doc.layers.filter((_each, i) => i !== at);
      this.history.change({ layers, chosen: Math.min(this.history.doc.chosen, layers.length - 1) });
    };
    const label = `${words.remove} ${words.personNumber(at + 1)}`;
    return make("button", { type: "button", class: "icon-only away", "aria-label": label, title: label, click }, icon("close"));
  }
}

function thumbnail(bitmap: ImageBitmap): HTMLCanvasElement {
  const [width, height] = [320, 240];
  const canvas = make("canvas", { width, height, "aria-hidden": "true" });
  const ctx = canvas.getContext("2d")!;
  const scale = Math.max(width / bitmap.width, height / bitmap.height);
  ctx.imageSmoothingQuality = "high";
  ctx.drawImage(bitmap, (width - bitmap.width * scale) / 2, Math.min(0, (height - bitmap.height * scale) * 0.2), bitmap.width * scale, bitmap.height * scale);
  return canvas;
}
