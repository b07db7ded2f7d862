// What leaves the page: the finished picture, the recipe, and the command that makes the same picture.
import { asked, byName, flags, type Form, hint, isDeep, isLossy, label, named, type Saved } from "./formats";
import { dialog, download, during, filled, make, notice } from "./elements";
import type { History, Layer, Value } from "./history";
import type { Schema } from "./panel";
import { ask, compose, Refused } from "./server";
import { words } from "./words";

const SHRINK = [1, 0.5, 0.25];
const SCENE = ["size", "defocus", "aperture", "weights"]; // fields about the whole picture

export class Exporting {
  private saved: Saved = { give: "picture", format: "jpg" };
  private form: Form = { quality: 95, depth: "", space: "keep" };

  constructor(private history: History, private schema: () => Schema, private groups: () => [string, Saved[]][]) {}

  open(): void {
    const { plate } = this.history.doc;
    if (!plate || !this.history.doc.layers.length) return;
    const format = make("select", { id: "export-format" }, ...this.groups().filter(([, those]) => those.length).map(([title, those]) =>
      make("optgroup", { label: title }, ...those.map((each) => make("option", { value: named(each) }, label(each))))));
    format.value = named(this.saved);
    const quality = make("input", { type: "range", id: "export-quality", min: 1, max: 100, step: 1, value: this.form.quality });
    const shown = make("output", { for: "export-quality" });
    const qualityRow = make("div", { class: "entry" }, make("label", { for: "export-quality" }, words.quality), make("div", { class: "with" }, quality, shown));
    const depth = select("export-depth", [["", words.depthOwn], ...[8, 16].map((bits): [string, string] => [String(bits), words.depthOf(bits)])], this.form.depth);
    const depthRow = make("div", { class: "entry" }, make("label", { for: "export-depth" }, words.depth), depth);
    const space = select("export-space", Object.entries(words.spaces), this.form.space);
    const told = make("p", { class: "hint" });
    const command = make("code", { tabindex: 0 });
    const refresh = () => {
      this.saved = byName(format.value);
      this.form = { quality: Number(quality.value), depth: depth.value, space: space.value };
      qualityRow.hidden = !isLossy(this.saved);
      depthRow.hidden = !isDeep(this.saved);
      told.textContent = hint(this.saved);
      told.hidden = !told.textContent;
      shown.textContent = quality.value;
      filled(quality);
      command.textContent = this.command();
    };
    for (const each of [format, quality, depth, space]) each.addEventListener("input", refresh);
    const masks = this.history.doc.layers.some((each) => each.strokes.length) && make("button", { type: "button", class: "solid", click: () => void this.saveMasks() }, words.masksToo);
    dialog(words.exportTitle, words.close,
      make("div", { class: "entry" }, make("label", { for: "export-format" }, words.format), format), told, qualityRow, depthRow,
      make("div", { class: "entry" }, make("label", { for: "export-space" }, words.space), space), this.sizeRow(refresh),
      make("div", { class: "row" }, make("button", { type: "button", class: "main", id: "export-save", click: () => void this.save() }, words.save),
        make("button", { type: "button", class: "solid", id: "export-copy", click: () => void this.copy() }, words.copyPicture)),
      make("h3", {}, words.recipe), make("p", { class: "hint" }, words.recipeHint),
      make("div", { class: "row" }, make("button", { type: "button", class: "solid", id: "recipe-save", click: () => this.saveRecipe() }, words.saveRecipe),
        make("button", { type: "button", class: "solid", id: "recipe-open", click: () => this.chooseRecipe() }, words.openRecipe)),
      ...(this.history.doc.film ? [] : [make("h3", {}, words.command), command, // of a frame there is none
        make("div", { class: "row" }, make("button", { type: "button", class: "solid", click: () => void this.copyText(command.textContent ?? "") }, words.copyCommand), masks)]));
    refresh();
  }

  private sizeRow(refresh: () => void): HTMLElement {
    const { plate, scene } = this.history.doc;
    const sizes = SHRINK.map((by) => [Math.round(plate!.width * by), Math.round(plate!.height * by)] as const);
    const named = sizes.slice(1).map(([w, h]) => `${w}x${h}`);
    const own = typeof scene.size === "string" ? scene.size : "";
    const select = make("select", { id: "export-size" }, make("option", { value: "" }, words.sizeOwn(plate!.width, plate!.height)),
      ...sizes.slice(1).map(([w, h]) => make("option", { value: `${w}x${h}` }, words.sizeOf(w, h))), make("option", { value: "other" }, words.sizeOther));
    const text = make("input", { type: "text", id: "export-other", "aria-label": words.sizeField, placeholder: "1920x1080", pattern: "[1-9][0-9]{0,5}x[1-9][0-9]{0,5}", value: own });
    select.value = own === "" || named.includes(own) ? own : "other";
    const set = () => {
      text.hidden = select.value !== "other";
      const size = select.value === "other" ? text.value : select.value;
      if (size === "" || /^[1-9]\d{0,5}x[1-9]\d{0,5}$/.test(size)) this.history.setScene("size", size || undefined, "size");
      refresh();
    };
    text.hidden = select.value !== "other";
    select.addEventListener("input", set);
    text.addEventListener("change", set);
    return make("div", { class: "entry" }, make("label", { for: "export-size" }, words.size), make("div", {}, select, text));
  }

  private async made(saved = this.saved, form = this.form): Promise<Blob | null> {
    try {
      const { blob, warnings } = await during(words.composing, compose(this.history.doc, asked(saved, form)));
      for (const warning of warnings) notice("warning", warning, saved.give !== "lut");
      return blob;
    } catch (error) {
      notice("refused", error instanceof Refused ? error.message : words.stopped, true);
      return null;
    }
  }

  private async save(): Promise<void> {
    const { give, format } = this.saved;
    const blob = await this.made();
    if (!blob) return;
    download(blob, `${this.stem()}${give === "picture" ? "" : `-${give}`}.${format}`);
    notice("saved", words.saved);
  }

  private stem(): string {
    const [person, plate] = [this.history.layer?.name ?? "person", this.history.doc.plate?.name ?? "plate"].map((name) => name.replace(/\.[^.]*$/, ""));
    return `${person}-${plate}`;
  }

  private async copy(): Promise<void> {
    const made = this.made({ give: "picture", format: "png" }, { ...this.form, depth: "" }); // the one format that clipboards take
    try {
      await navigator.clipboard.write([new ClipboardItem({ "image/png": made.then((blob) => blob ?? Promise.reject(new Error())) })]);
      notice("saved", words.copied);
    } catch {
      if (await made) notice("refused", words.clipboardBad, true);
    }
  }

  private async copyText(text: string): Promise<void> {
    try {
      await navigator.clipboard.writeText(text);
      notice("saved", words.copied);
    } catch {
      notice("refused", words.clipboardBad, true);
    }
  }

  // ---- recipes -----------------------------------------------------------------------------------------------------

  /** The fields of one person's picture, flat, as every door of the library takes them. */
  recipe(layer: Layer): Record<string, Value> {
    return { ...layer.fields, ...this.history.doc.scene };
  }

  /** As --recipe takes it, but for what the page alone knows: strokes as lines, and further people. */
  private saveRecipe(): void {
    const { layers, plate, look, film } = this.history.doc;
    const one = layers[0]!;
    const masks = ["keep", "drop"].filter((brush) => one.strokes.some((each) => each.brush === brush));
    const looks = look && !film ? [{ file: look.name, weight: look.weight }, ...(look.weight < 1 ? [{ file: plate!.name, weight: rest(look.weight) }] : [])] : undefined;
    const inputs = { person: { file: one.name }, plate: { file: plate!.name }, ...Object.fromEntries(masks.map((brush) => [`${brush}_mask`, { file: `${brush}-mask.png` }])), look: looks };
    const { format: _format, give: _give, ...form } = asked(this.saved, this.form);
    const studio = layers.map(({ strokes, fields }) => ({ fields, strokes }));
    const plain = layers.length === 1 && !one.strokes.length;
    const content = { recipe: 1, inputs, fields: this.recipe(one), form, ...(plain ? {} : { studio }) };
    download(new Blob([JSON.stringify(content, null, 2) + "\n"], { type: "application/json" }), "recipe.json");
  }

  private chooseRecipe(): void {
    const input = make("input", { type: "file", accept: "application/json,.json" });
    input.addEventListener("change", () => {
      if (input.files?.[0]) void input.files[0].text().then((text) => this.openRecipe(text));
    });
    input.click();
  }

  openRecipe(text: string): void {
    try {
      const { studio, fields = {}, recipe, form = {} } = JSON.parse(text);
      if (recipe !== 1 || !Object.keys(fields).every((name) => name in this.schema())) throw new Error();
      const said = Object.entries(fields as Record<string, Value>).filter(([name, value]) => value !== null && value !== this.schema()[name]!.default);
      const [scene, own] = [true, false].map((whole) => Object.fromEntries(said.filter(([name]) => SCENE.includes(name) === whole)));
      this.form = { quality: Number(form.quality ?? this.form.quality), depth: String(form.depth ?? this.form.depth), space: form.space ?? this.form.space };
      const layers = this.history.doc.layers.map((layer, i) => {
        const saved = studio?.[i];
        return { ...layer, fields: saved?.fields ?? (i ? layer.fields : own!), strokes: saved?.strokes ?? layer.strokes };
      });
      this.history.change({ layers, scene: scene! });
      notice("saved", words.recipeOpened);
    } catch {
      notice("refused", words.recipeBad, true);
    }
  }

  // ---- the command line --------------------------------------------------------------------------------------------

  command(): string {
    const { plate, layers, look } = this.history.doc;
    let behind = quoted(plate!.name);
    const { out, more } = flags(this.saved, this.form);
    const looks = look ? [`--look ${quoted(look.name)}${look.weight < 1 ? `:${look.weight} --look ${quoted(plate!.name)}:${rest(look.weight)}` : ""}`] : [];
    return layers.map((layer, i) => {
      const last = i + 1 === layers.length;
      const to = last ? out : `step-${i + 1}.png`;
      const scene = Object.entries(this.history.doc.scene).filter(([name]) => name === "weights" || i === 0);
      const asked = Object.entries({ ...Object.fromEntries(scene), ...layer.fields }).map(([name, value]) => flag(name, value));
      const masks = ["keep", "drop"].filter((brush) => layer.strokes.some((each) => each.brush === brush)).map((brush) => `--${brush}-mask ${brush}-mask.png`);
      const line = ["cleanplate compose", quoted(layer.name), behind, "-o", to, ...asked, ...looks, ...masks, ...(last ? more : [])].filter(Boolean).join(" ");
      behind = to;
      return line;
    }).join(" && ");
  }

  /** The painted masks as the command line takes them. */
  private async saveMasks(): Promise<void> {
    for (const layer of this.history.doc.layers) {
      for (const brush of ["keep", "drop"] as const) {
        if (!layer.strokes.some((each) => each.brush === brush)) continue;
        const answer = await ask(`/v1/cutouts/${layer.cutout}/${brush}_mask.png`);
        download(await answer.blob(), `${brush}-mask.png`);
      }
    }
  }
}

const rest = (weight: number): number => Number((1 - weight).toFixed(4));

function select(id: string, choices: [string, string][], value: string): HTMLSelectElement {
  const box = make("select", { id }, ...choices.map(([each, text]) => make("option", { value: each }, text)));
  box.value = value;
  return box;
}

function flag(name: string, value: Value): string {
  const long = `--${name.replaceAll("_", "-")}`;
  if (value === true) return long;
  if (value === false) return `--no-${name.replaceAll("_", "-")}`;
  return `${long} ${value}`;
}

const quoted = (name: string): string => (/^[\w.,/-]+$/.test(name) && !name.startsWith("-") ? name : `'${name.replaceAll("'", "'\\''")}'`);
