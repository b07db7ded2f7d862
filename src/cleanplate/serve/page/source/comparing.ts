// Before and after: a line that splits the picture, both side by side, or before alone while a key is held.
import { element, segments } from "./elements";
import { clamp } from "./geometry";
import type { Stage } from "./stage";
import type { Comparison } from "./view";
import { words } from "./words";

const ORDER: Comparison[] = ["off", "split", "side"];

export class Comparing {
  private refreshChoice: () => void;

  constructor(private stage: Stage, group: HTMLElement, private line: HTMLElement) {
    group.setAttribute("aria-label", words.compare);
    const choices: [string, string][] = [["off", words.compareOff], ["split", words.compareSplit], ["side", words.compareSide], ["before", words.compareBefore]];
    this.refreshChoice = segments(group, choices, () => stage.comparison, (value) => this.set(value as Comparison));
    line.setAttribute("aria-label", words.splitLine);
    line.setAttribute("aria-valuemin", "0");
    line.setAttribute("aria-valuemax", "100");
    line.addEventListener("pointerdown", (event) => line.setPointerCapture(event.pointerId));
    line.addEventListener("pointermove", (event) => {
      if (line.hasPointerCapture(event.pointerId)) this.to(stage.onPicture(stage.at(event)).x / stage.picture.width);
    });
    line.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -0.02, ArrowRight: 0.02, ArrowDown: -0.02, ArrowUp: 0.02 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.to(stage.split + by);
    });
    element("tag-before").textContent = words.before;
    element("tag-after").textContent = words.after;
  }

  set(how: Comparison): void {
    this.stage.compare(how);
  }

  next(): void {
    this.set(ORDER[(ORDER.indexOf(this.stage.comparison) + 1) % ORDER.length]!);
  }

  hold(on: boolean): void {
    if (this.stage.held === on) return;
    this.stage.held = on;
    this.stage.redraw();
  }

  private to(share: number): void {
    this.stage.split = clamp(share, 0, 1);
    this.stage.redraw();
  }

  refresh(): void {
    const { stage, line } = this;
    this.refreshChoice();
    line.hidden = stage.comparison !== "split";
    const pane = stage.panes()[0]!;
    const at = pane.left + stage.split * stage.picture.width * pane.zoom;
    line.style.left = `${clamp(at, pane.area.left, pane.area.left + pane.area.width)}px`;
    const top = Math.max(pane.area.top, pane.top);
    line.style.top = `${top}px`;
    line.style.height = `${Math.min(pane.area.top + pane.area.height, pane.top + stage.picture.height * pane.zoom) - top}px`;
    line.setAttribute("aria-valuenow", String(Math.round(stage.split * 100)));
    this.tags();
  }

  private tags(): void {
    const { stage } = this;
    const [before, after] = [element("tag-before"), element("tag-after")];
    const panes = stage.panes();
    const both = stage.comparison === "split" || stage.comparison === "side";
    before.hidden = !both && panes[0]!.shows !== "before";
    after.hidden = !both;
    const last = panes.at(-1)!;
    before.style.left = `${Math.max(panes[0]!.area.left, panes[0]!.left) + 14}px`;
    after.style.left = stage.comparison === "side" ? `${Math.max(last.area.left, last.left) + 14}px` : "auto";
    after.style.right = stage.comparison === "side" ? "auto" : `${Math.max(0, last.left) + 14}px`;
    for (const [tag, pane] of [[before, panes[0]!], [after, last]] as const) tag.style.top = `${Math.max(pane.area.top, pane.top) + 14}px`;
  }
}
