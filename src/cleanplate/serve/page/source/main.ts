// The page: START READING HERE. It makes the parts, tells them of each other and listens to the keys.
import { Brush } from "./brush";
import { Cards } from "./cards";
import { Comparing } from "./comparing";
import { dialog, dismiss, during, element, icon, iconButton, make, notice } from "./elements";
import { Exporting } from "./exporting";
import { Films } from "./films";
import { groups } from "./formats";
import { Gestures } from "./gestures";
import type { Outline } from "./geometry";
import { History, type Layer } from "./history";
import { looking } from "./looking";
import { Loupe } from "./loupe";
import { Opening } from "./opening";
import { Panel, type Schema } from "./panel";
import { Previewer } from "./previewing";
import { ask, paint } from "./server";
import { Stage } from "./stage";
import { words } from "./words";

const history = new History(sessionStorage);
let schema: Schema = {};
let formats: string[] = [];
let layered: string[] = [];
const surface = element("surface");
const stage = new Stage(element("picture") as HTMLCanvasElement, element("marks") as HTMLCanvasElement, history, () => previews, () => refreshView());
const previews = new Previewer(history, () => {
  stage.redraw();
  loupe.draw();
}, problem, connection);
const opening = new Opening(history);
const gestures = new Gestures(stage, history, previews, surface);
const comparing = new Comparing(stage, element("compare"), element("split"));
const exporting = new Exporting(history, () => schema, () => groups(formats, layered));
const brush = new Brush(stage, history, previews, element("painting"), (on) => (gestures.tool = on ? brush : null));
const loupe = new Loupe(stage, previews, element("lens") as HTMLCanvasElement, surface);
const films = new Films(history, element("film"));
opening.film = (file, as) => void films.open(file, as);
let cards: Cards;
let panel: Panel;

// ---- what goes wrong ---------------------------------------------------------------------------------------------------

let lost = 0;

function connection(open: boolean): void {
  clearTimeout(lost);
  if (open) dismiss("connection");
  else lost = window.setTimeout(() => notice("connection", words.stopped, true), 1200);
}

function problem(detail: string, reason: string): void {
  previews.refused();
  if (reason === "busy") return void setTimeout(() => previews.schedule(), 600);
  notice("refused", reason === "gone" ? words.gone : detail, true);
}

/** Such as a cut of the photo that is seen: once, and away when it is mended. */
function said(warnings: string[]): void {
  const text = warnings.join(" ");
  if (text === told) return;
  told = text;
  if (text) notice("said", text, true);
  else dismiss("said");
}
let told = "";

// ---- the bar and the tools ---------------------------------------------------------------------------------------------

const undo = iconButton("undo", `${words.undo} (Ctrl Z)`, () => history.undo(), { id: "undo" });
const redo = iconButton("redo", `${words.redo} (Ctrl Shift Z)`, () => history.redo(), { id: "redo" });
const [move, mend] = [tool("move", words.move, "V", () => brush.set(false)), tool("brush", words.brush, "B", mendOn)];
const flipped = tool("flip", words.flip, "F", flip);
const auto = tool("auto", words.auto, "Delete", chosenPlace);
const glass = tool("loupe", words.loupe, "L", () => loupeOn(!loupe.on));
const whole = tool("fit", words.fit, "Z", () => stage.zoomTo(null));
const exact = make("button", { type: "button", id: "exact", title: `${words.trueSize} (Z)`, click: () => stage.zoomTo(stage.trueZoom) }, words.trueSize);
const zoomed = make("output", { class: "wide", "aria-live": "off" });

function tool(name: string, label: string, key: string, click: () => void): HTMLButtonElement {
  return iconButton(name, `${label} (${key})`, click, { id: `tool-${name}` });
}

function layOut(): void {
  const rule = () => make("span", { class: "rule" });
  element("steps").append(undo, redo);
  element("doing").append(iconButton("help", words.keysTitle, showKeys), make("button", { type: "button", class: "main", id: "export", click: () => exporting.open() }, words.export));
  element("tools").setAttribute("aria-label", words.canvas);
  element("tools").append(move, mend, rule(), flipped, auto, rule(), glass, whole, exact, zoomed);
  element("side").setAttribute("aria-label", words.settings);
  element("promise").title = words.promiseLong;
  element("promise").append(icon("lock"), words.promise);
  surface.setAttribute("aria-label", words.canvas);
  surface.setAttribute("aria-description", words.canvasHelp);
}

function showKeys(): void {
  dialog(words.keysTitle, words.close, make("dl", {}, ...words.keys.flatMap(([key, does]) => [make("dt", {}, key), make("dd", {}, does)])));
}

function loupeOn(on: boolean): void {
  loupe.set(on);
  refreshView();
}

function mendOn(): void {
  if (history.doc.film?.as === "person") notice("refused", words.brushFilm, true);
  else brush.set(true);
}

function flip(): void {
  const layer = history.layer;
  if (layer) history.setField("flip", !layer.fields.flip || undefined);
}

function chosenPlace(): void {
  const layer = history.layer;
  if (!layer) return;
  const { height: _h, x: _x, y: _y, rotate: _r, ...fields } = layer.fields;
  stage.moving = false;
  history.changeLayer({ fields });
}

// ---- painted cutouts: made by the program, once each --------------------------------------------------------

const painted = new Set<string>(); // what is being made

/** See that each layer's cutout is the one that its strokes ask for. */
function paintWhatIsAsked(): void {
  for (const layer of history.doc.layers) {
    const key = asked(layer);
    const done = made.get(key) ?? (plain(layer) ? { id: layer.source, ...layer.found } : undefined);
    if (done) {
      if (layer.cutout !== done.id) put(key, done);
    } else if (!painted.has(key)) {
      painted.add(key);
      const work = paint(layer.source, layer.strokes, layer.fields.keep);
      void during(words.mending, work).then((kept) => {
        made.set(key, kept);
        put(key, kept);
      }).catch((error) => problem(error.message, error.reason ?? "")).finally(() => painted.delete(key));
    }
  }
}

const made = new Map<string, { id: string } & Outline>();
const asked = (layer: Layer): string => JSON.stringify([layer.source, layer.strokes, layer.fields.keep]);
const plain = ({ strokes, fields }: Layer): boolean => !strokes.length && !fields.keep;

function put(key: string, kept: { id: string } & Outline): void {
  const layers = history.doc.layers.map((each) => (asked(each) === key ? { ...each, cutout: kept.id, outline: kept } : each));
  history.amend({ layers });
}

// ---- refreshing --------------------------------------------------------------------------------------------------------

function refresh(): void {
  undo.disabled = !history.canUndo;
  redo.disabled = !history.canRedo;
  panel?.refresh();
  cards?.refresh();
  paintWhatIsAsked();
  brush.refresh();
  films.refresh();
  stage.redraw();
}

function refreshView(): void {
  comparing?.refresh();
  cards?.refresh();
  zoomed.textContent = words.percent(stage.scale * devicePixelRatio);
  whole.disabled = stage.fitted;
  for (const [button, on] of [[move, !brush.on], [mend, brush.on], [glass, loupe.on]] as const) button.setAttribute("aria-pressed", String(on));
  if (!stage.moving) panel?.refresh();
  if (!stage.moving && element("said").textContent !== stage.describe()) element("said").textContent = stage.describe();
  document.documentElement.dataset.state = previews.current ? "ready" : "waiting";
}

// ---- keys --------------------------------------------------------------------------------------------------------------

const keys: Record<string, () => void> = {
  v: () => brush.set(false),
  b: mendOn,
  f: flip,
  Delete: chosenPlace,
  c: () => comparing.next(),
  z: () => stage.zoomTo(stage.fitted ? stage.trueZoom : null),
  e: () => exporting.open(),
  "?": showKeys,
  "[": () => brush.resize(1 / 1.2),
  "]": () => brush.resize(1.2),
  x: () => brush.next(),
  "\\": () => comparing.hold(true),
  l: () => loupeOn(true),
};

addEventListener("keydown", (event) => {
  const target = event.target as HTMLElement;
  if ((element("dialog") as HTMLDialogElement).open || target.matches("input[type=text], select")) return;
  if (event.ctrlKey || event.metaKey) {
    const undoing = event.key.toLowerCase() === "z";
    if (undoing || event.key.toLowerCase() === "y") {
      event.preventDefault();
      if (undoing && !event.shiftKey) history.undo();
      else history.redo();
    }
    return;
  }
  const inControl = target.matches("input, [role=slider], [role=radio]");
  if (event.key.startsWith("Arrow") && (inControl || target.closest("#panel"))) return;
  if (!inControl && gestures.key(event)) return event.preventDefault();
  const act = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (act && !(event.repeat && "\\lL".includes(event.key))) {
    event.preventDefault();
    act();
  }
});
addEventListener("keyup", (event) => {
  if (event.key === "\\") comparing.hold(false);
  if (event.key.toLowerCase() === "l") loupeOn(false);
});
addEventListener("blur", () => comparing.hold(false));

// ---- begin -------------------------------------------------------------------------------------------------------------

async function begin(): Promise<void> {
  document.title = words.title;
  layOut();
  refreshView();
  ({ properties: schema, formats, layered } = await (await ask("/v1/recipe")).json());
  cards = new Cards(element("panel"), history, opening, previews);
  panel = new Panel(element("panel"), schema, history, (name) => previews.place(history.doc.chosen)?.[name as "height"], () => gestures.slide(), () => previews.prepareStrength(), looking(history, opening));
  previews.said = said;
  history.listen(refresh);
  previews.schedule();
  refresh();
  if (!history.doc.plate && !history.doc.layers.length) await opening.example();
}

void begin().catch((error) => notice("connection", error.message || words.stopped, true));
Object.assign(window, { studio: { history, previews, stage } }); // for whoever wants to look, and for the tests
