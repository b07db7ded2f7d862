// Pictures come in: chosen, dropped or pasted.
import { dialog, during, element, make, notice } from "./elements";
import type { History, Layer } from "./history";
import { keepPerson, keepPlate, Refused } from "./server";
import { words } from "./words";

let last = 0; // keys of layers

export class Opening {
  /** Where a film goes that was dropped instead of a picture. */
  film: ((file: File, as: "person" | "plate") => void) | null = null;

  constructor(private history: History) {
    last = Math.max(0, ...history.doc.layers.map(({ key }) => key));
    this.listenToDrops();
    addEventListener("paste", (event) => {
      const file = [...(event.clipboardData?.files ?? [])].find(isPicture);
      if (file) this.askWhich(file);
    });
  }

  /** @param at the layer to put them in place of; undefined adds one. */
  async person(file: File | Blob, name: string, at?: number): Promise<boolean> {
    return this.trying(async () => {
      const kept = await during(words.finding, keepPerson(file));
      const old = at === undefined ? undefined : this.history.doc.layers[at];
      const { height: _h, x: _x, y: _y, ...fields } = old?.fields ?? {};
      const layer: Layer = { key: ++last, name, source: kept.id, cutout: kept.id, outline: kept, found: kept, fields, strokes: [] };
      const layers = [...this.history.doc.layers];
      if (at === undefined) layers.push(layer);
      else layers[at] = layer;
      this.history.change({ layers, chosen: at ?? layers.length - 1, example: false });
      for (const warning of kept.warnings) notice("person", warning, true);
    });
  }

  async plate(file: File | Blob, name: string): Promise<boolean> {
    return this.trying(async () => {
      const kept = await during(words.opening, keepPlate(file));
      const { size: _size, ...scene } = this.history.doc.scene;
      const layers = this.history.doc.layers.map((each) => {
        const { height: _h, x: _x, y: _y, ...fields } = each.fields; // they stand elsewhere in another place
        return { ...each, fields };
      });
      this.history.change({ plate: { id: kept.id, name, width: kept.width, height: kept.height, horizon: kept.horizon }, layers, scene, example: false });
      for (const warning of kept.warnings) notice("plate", warning, true);
    });
  }

  /** The program's own example, so that there is something to see before anything was given. */
  async example(): Promise<void> {
    const [person, plate] = await Promise.all(["example-person.png", "example-plate.jpg"].map(async (name) => (await fetch(name)).blob()));
    await this.trying(async () => {
      const [kept, place] = await during(words.finding, Promise.all([keepPerson(person!), keepPlate(plate!)]));
      const layer: Layer = { key: ++last, name: "portrait.png", source: kept.id, cutout: kept.id, outline: kept, found: kept, fields: {}, strokes: [] };
      this.history.amend({ plate: { ...place, name: "plate.jpg" }, layers: [layer], chosen: 0, scene: {}, example: true });
    });
  }

  choose(then: (file: File) => void, accept = "image/*,video/*"): void {
    const input = make("input", { type: "file", accept });
    input.addEventListener("change", () => {
      if (input.files?.[0]) then(input.files[0]);
    });
    input.click();
  }

  choosePerson(at?: number): void {
    this.choose((file) => this.given(file, "person", at));
  }
  choosePlate(): void {
    this.choose((file) => this.given(file, "plate"));
  }

  given(file: File, as: "person" | "plate", at?: number): void {
    if (file.type.startsWith("video/") && this.film) this.film(file, as);
    else if (as === "plate") void this.plate(file, file.name);
    else void this.person(file, file.name, at);
  }

  /** A picture whose light alone is wanted. */
  async look(file: File | Blob, name: string): Promise<boolean> {
    if (this.history.doc.film) return notice("refused", words.lookFilm, true), false;
    return this.trying(async () => {
      const kept = await during(words.lookOpening, keepPlate(file));
      this.history.change({ look: { id: kept.id, name, weight: this.history.doc.look?.weight ?? 1 } });
    });
  }

  chooseLook(): void {
    this.choose((file) => void this.look(file, file.name), "image/*");
  }

  private async trying(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      notice("refused", error instanceof Refused ? error.message : words.stopped, true);
      return false;
    }
  }

  private askWhich(file: File): void {
    const look = () => {
      box.close();
      void this.look(file, file.name);
    };
    const pick = (as: "person" | "plate") => () => {
      box.close();
      this.given(file, as, as === "person" ? this.replaced() : undefined);
    };
    const box = dialog(words.which, words.cancel, make("div", { class: "two" },
      make("button", { type: "button", class: "solid", click: pick("person") }, words.whichPerson),
      make("button", { type: "button", class: "solid", click: pick("plate") }, words.whichPlace),
      make("button", { type: "button", class: "solid", click: look }, words.whichLook)));
  }

  /** A new person takes the place of the chosen one: of the example's, or of the only one. */
  private replaced(): number | undefined {
    return this.history.doc.layers.length ? this.history.doc.chosen : undefined;
  }

  private listenToDrops(): void {
    const targets = element("targets");
    let depth = 0;
    const zones: [string, string, (file: File) => void][] = [
      [words.dropPerson, words.dropPersonHint, (file) => this.given(file, "person", this.replaced())],
      [words.dropPlace, words.dropPlaceHint, (file) => this.given(file, "plate")],
      [words.dropLook, words.dropLookHint, (file) => void this.look(file, file.name)],
    ];
    targets.replaceChildren(...zones.map(([title, hint, take], i) => {
      const zone = make("div", { "data-zone": ["person", "plate", "look"][i] }, title, make("small", {}, hint));
      zone.addEventListener("dragover", (event) => {
        event.preventDefault();
        zone.classList.add("over");
      });
      zone.addEventListener("dragleave", () => zone.classList.remove("over"));
      zone.addEventListener("drop", (event) => {
        event.preventDefault();
        zone.classList.remove("over");
        const file = [...(event.dataTransfer?.files ?? [])].find((each) => isPicture(each) || each.type.startsWith("video/") || !each.type);
        if (file) take(file);
        else notice("refused", words.noSuchFile, true);
      });
      return zone;
    }));
    addEventListener("dragenter", (event) => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      depth += 1;
      targets.hidden = false;
    });
    addEventListener("dragleave", () => {
      depth = Math.max(0, depth - 1);
      targets.hidden = depth === 0;
    });
    addEventListener("dragover", (event) => event.preventDefault());
    addEventListener("drop", (event) => {
      event.preventDefault();
      depth = 0;
      targets.hidden = true;
    });
  }
}

const isPicture = (file: File): boolean => file.type.startsWith("image/");
