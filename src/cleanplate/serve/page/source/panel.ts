// The settings at the side: one control for each field of a recipe, with the bounds that the program says.
import { filled, icon, make, segments } from "./elements";
import type { History, Value } from "./history";
import { sun } from "./sun";
import { words } from "./words";

export interface Field { type?: string | string[]; enum?: string[]; minimum?: number; exclusiveMinimum?: number; maximum?: number; default: Value; description?: string }
export type Schema = Record<string, Field>;

const SECTIONS: [keyof typeof words.sections, string[]][] = [
  ["light", ["strength", "exposure", "warmth", "wrap", "shadow", "light"]],
  ["lens", ["aperture", "defocus", "grain", "soften"]],
  ["edge", ["edge", "clean_hair", "blend", "harmonize", "keep", "weights"]],
  ["place", ["height", "x", "y", "rotate", "flip", "fit"]],
];
const SCENE = new Set(["size", "defocus", "aperture", "weights"]); // about the whole picture, not of one person
const ELSEWHERE = new Set(["size"]); // asked for at the export
const SLIDERS: Record<string, [number, number, number]> = { height: [0.05, 2, 0.005], x: [-0.25, 1.25, 0.001], y: [0, 1.5, 0.001], aperture: [0, 50, 0.5], defocus: [0, 10, 0.1], rotate: [-180, 180, 0.5], exposure: [-3, 3, 0.05], warmth: [-1, 1, 0.01], edge: [-1, 1, 0.01] };
const SAID: Record<string, (value: number) => string> = { aperture: words.millimeters, defocus: words.percentOfHeight, rotate: words.degrees, exposure: words.stops, warmth: words.signed, edge: words.ofHeight };

type Effective = (name: string) => number | undefined;

export class Panel {
  private refreshers: (() => void)[] = [];

  constructor(box: HTMLElement, private schema: Schema, private history: History, private effective: Effective, private moving: () => void, private strength: () => void, look: { box: HTMLElement; refresh: () => void }) {
    this.refreshers.push(look.refresh);
    const known = new Set(SECTIONS.flatMap(([, names]) => names));
    const more = Object.keys(schema).filter((name) => !known.has(name) && !ELSEWHERE.has(name));
    for (const [title, names] of [...SECTIONS, ["more", more] as const]) {
      const controls = names.filter((name) => schema[name]).map((name) => this.control(name));
      if (title === "light") controls.splice(1, 0, look.box);
      if (controls.length) box.append(make("section", { "data-section": title }, make("h2", {}, words.sections[title]), ...controls));
    }
  }

  refresh(): void {
    for (const each of this.refreshers) each();
  }

  value(name: string): Value {
    return this.given(name) ?? this.schema[name]!.default;
  }

  private given(name: string): Value | undefined {
    return SCENE.has(name) ? this.history.doc.scene[name] : this.history.layer?.fields[name];
  }

  private set(name: string, value: Value | undefined, gesture: string | null = null): void {
    const kept = value === this.schema[name]!.default ? undefined : value;
    if (SCENE.has(name)) this.history.setScene(name, kept, gesture);
    else this.history.setField(name, kept, gesture);
  }

  private control(name: string): HTMLElement {
    const field = this.schema[name]!;
    if (name === "light") return this.light();
    if (field.enum) return this.choice(name, field.enum);
    if (field.type === "boolean") return this.flag(name);
    return this.slider(name, field);
  }

  private words(name: string): [string, string] {
    return words.fields[name] ?? [name.replaceAll("_", " "), this.schema[name]!.description ?? ""];
  }

  private slider(name: string, field: Field): HTMLElement {
    const [label, hint] = this.words(name);
    const [low, high, step] = SLIDERS[name] ?? [field.minimum ?? field.exclusiveMinimum ?? 0, field.maximum ?? 1, 0.01];
    const input = make("input", { type: "range", id: `field-${name}`, min: low, max: high, step, "aria-describedby": `hint-${name}` });
    const output = make("output", { for: `field-${name}` });
    const place = ["height", "x", "y", "rotate"].includes(name);
    input.addEventListener("input", () => {
      if (place) this.moving();
      this.set(name, Number(input.value), `slider ${name}`);
    });
    for (const end of ["change", "blur"]) input.addEventListener(end, () => this.history.endGesture());
    const back = this.back(name, label);
    const row = make("div", { class: "field", title: hint }, make("label", { for: `field-${name}` }, label), back, output, input, hidden(name, hint));
    if (name === "strength") for (const near of ["pointerenter", "focusin"]) row.addEventListener(near, this.strength);
    row.addEventListener("dblclick", () => this.set(name, undefined));
    this.refreshers.push(() => {
      const value = (this.given(name) ?? this.effective(name) ?? field.default ?? low) as number;
      input.value = String(value);
      filled(input);
      output.textContent = (SAID[name] ?? words.percent)(value);
      input.setAttribute("aria-valuetext", output.textContent);
      row.classList.toggle("changed", this.given(name) !== undefined);
    });
    return row;
  }

  private back(name: string, label: string): HTMLButtonElement {
    return make("button", { type: "button", class: "back", "aria-label": words.reset(label), title: words.reset(label), click: () => this.set(name, undefined) }, icon("reset"));
  }

  private flag(name: string): HTMLElement {
    const [label, hint] = this.words(name);
    const input = make("input", { type: "checkbox", role: "switch", id: `field-${name}` });
    input.addEventListener("change", () => this.set(name, input.checked));
    this.refreshers.push(() => (input.checked = Boolean(this.value(name))));
    return make("label", { class: "switch", title: hint }, make("span", {}, label), input);
  }

  private choice(name: string, values: string[]): HTMLElement {
    const [label, hint] = this.words(name);
    const group = make("div", { class: "segmented group", role: "radiogroup", "aria-label": label, id: `field-${name}` });
    this.refreshers.push(segments(group, values.map((each) => [each, words.choices[each] ?? each]), () => String(this.value(name)), (value) => this.set(name, value)));
    return make("div", { class: "field choice", title: hint }, make("span", { class: "label" }, label), group);
  }

  private light(): HTMLElement {
    const [label, hint] = this.words("light");
    const { box, refresh } = sun(label, () => this.given("light") as number | null | undefined, (degrees, gesture) => this.set("light", degrees ?? undefined, gesture), () => this.history.endGesture());
    box.title = hint;
    this.refreshers.push(refresh);
    return box;
  }
}

function hidden(name: string, hint: string): HTMLElement {
  return make("span", { id: `hint-${name}`, hidden: true }, hint);
}
