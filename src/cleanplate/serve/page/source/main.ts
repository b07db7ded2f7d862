// The page: START READING HERE. It makes the parts, tells them of each other and listens to the keys.
import { Brush } from "./brush";
import { Cards } from "./cards";
import { Comparing } from "./comparing";
import { dialog, dismiss, during, element, icon, iconButton, make, notice } from "./elements";
import { Exporting } from "./exporting";
import { Gestures } from "./gestures";
import { History } from "./history";
import { Opening } from "./opening";
import { Panel, type Schema } from "./panel";
import { Previewer } from "./previewing";
import { ask, paint } from "./server";
import { Stage } from "./stage";
import { words } from "./words";

const history = new History(sessionStorage);
let schema: Schema = {};
const surface = element("surface");
const stage = new Stage(element("picture") as HTMLCanvasElement, element("marks") as HTMLCanvasElement, history, () => previews, () => refreshView());
const previews = new Previewer(history, () => stage.redraw(), problem, connection);
const opening = new Opening(history);
const gestures = new Gestures(stage, history, previews, surface);
const comparing = new Comparing(stage, element("compare"), element("split"));
const exporting = new Exporting(history, () => schema);
const brush = new Brush(stage, history, previews, element("painting"), (on) => (gestures.tool = on ? brush : null));
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
  notice("refused", reason === "gone" ? words.gone : detail, true);
}

// ---- the bar and the tools ---------------------------------------------------------------------------------------------

const undo = iconButton("undo", `${words.undo} (Ctrl Z)`, () => history.undo(), { id: "undo" });
const redo = iconButton("redo", `${words.redo} (Ctrl Shift Z)`, () => history.redo(), { id: "redo" });
const [move, mend] = [tool("move", words.move, "V", () => brush.set(false)), tool("brush", words.brush, "B", () => brush.set(true))];
const flipped = tool("flip", words.flip, "F", flip);
const auto = tool("auto", words.auto, "Delete", chosenPlace);
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
  element("tools").append(move, mend, rule(), flipped, auto, rule(), whole, exact, zoomed);
  surface.setAttribute("aria-label", words.canvas);
  surface.setAttribute("aria-description", words.canvasHelp);
}

function showKeys(): void {
  dialog(words.keysTitle, words.close, make("dl", {}, ...words.keys.flatMap(([key, does]) => [make("dt", {}, key), make("dd", {}, does)])));
}

function flip(): void {
  const layer = history.layer;
  if (layer) history.changeLayer({ flip: !layer.flip });
}

function chosenPlace(): void {
  const layer = history.layer;
  if (!layer) return;
  const { height: _h, x: _x, y: _y, ...fields } = layer.fields;
  stage.moving = false;
  history.changeLayer({ fields });
}

// ---- mirrored and painted cutouts: made by the program, once each --------------------------------------------------------

const painted = new Map<string, Promise<void>>();

/** See that each layer's cutout is the one that its strokes and its mirroring ask for. */
function paintWhatIsAsked(): void {
  for (const layer of history.doc.layers) {
    const key = JSON.stringify([layer.source, layer.flip, layer.strokes]);
    if (key === made.get(layer.cutout) || (layer.cutout === layer.source && !layer.flip && !layer.strokes.length)) continue;
    if (painted.has(key)) continue;
    const plain = !layer.flip && !layer.strokes.length;
    const work = plain ? ask(`/v1/cutouts/${layer.source}`).then((answer) => answer.json()) : paint(layer.source, layer.flip, layer.strokes);
    painted.set(key, during(words.mending, work).then((kept) => {
      made.set(kept.id, key);
      const at = history.doc.layers.findIndex((each) => JSON.stringify([each.source, each.flip, each.strokes]) === key);
      if (at >= 0) history.amend({ layers: history.doc.layers.map((each, i) => (i === at ? { ...each, cutout: kept.id, outline: kept } : each)) });
    }).catch((error) => problem(error.message, error.reason ?? "")).finally(() => painted.delete(key)));
  }
}
const made = new Map<string, string>(); // what a painted cutout was made of

// ---- refreshing --------------------------------------------------------------------------------------------------------

function refresh(): void {
  undo.disabled = !history.canUndo;
  redo.disabled = !history.canRedo;
  panel?.refresh();
  cards?.refresh();
  paintWhatIsAsked();
  brush.refresh();
  stage.redraw();
  if (history.doc.example) showExample();
  else dismiss("example");
}

function refreshView(): void {
  comparing?.refresh();
  cards?.refresh();
  zoomed.textContent = words.percent(stage.scale * devicePixelRatio);
  whole.disabled = stage.fitted;
  for (const [button, on] of [[move, !brush.on], [mend, brush.on]] as const) button.setAttribute("aria-pressed", String(on));
  if (!stage.moving) panel?.refresh();
  surface.setAttribute("aria-valuetext", stage.describe());
  document.documentElement.dataset.state = previews.current ? "ready" : "waiting";
}

let hinted = false;

function showExample(): void {
  if (hinted) return;
  hinted = true;
  notice("example", `${words.example} ${words.exampleHint}`, false,
    make("button", { type: "button", class: "solid", click: () => opening.choosePerson(0) }, words.choosePerson),
    make("button", { type: "button", class: "solid", click: () => opening.choosePlate() }, words.choosePlace));
}

// ---- keys --------------------------------------------------------------------------------------------------------------

const keys: Record<string, () => void> = {
  v: () => brush.set(false),
  b: () => brush.set(true),
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
  if (act && !(event.repeat && event.key === "\\")) {
    event.preventDefault();
    act();
  }
});
addEventListener("keyup", (event) => {
  if (event.key === "\\") comparing.hold(false);
});
addEventListener("blur", () => comparing.hold(false));

// ---- begin -------------------------------------------------------------------------------------------------------------

async function begin(): Promise<void> {
  document.title = words.title;
  layOut();
  refreshView();
  schema = (await (await ask("/v1/recipe")).json()).properties;
  cards = new Cards(element("panel"), history, opening, previews);
  panel = new Panel(element("panel"), schema, history, (name) => previews.place(history.doc.chosen)?.[name as "height"], () => (stage.moving = true));
  element("panel").setAttribute("aria-label", words.pictures);
  element("panel").append(make("p", { class: "promise", title: words.promiseLong }, icon("lock"), words.promise));
  history.listen(refresh);
  previews.schedule();
  refresh();
  if (!history.doc.plate && !history.doc.layers.length) await opening.example();
}

void begin().catch((error) => notice("connection", error.message || words.stopped, true));
Object.assign(window, { studio: { history, previews, stage } }); // for whoever wants to look, and for the tests
