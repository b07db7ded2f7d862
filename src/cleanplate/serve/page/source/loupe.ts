// A round glass that follows the pointer and shows true pixels, twice as large: for hair.
import { clamp } from "./geometry";
import type { Previewer } from "./previewing";
import type { Stage } from "./stage";

const [SIDE, TIMES] = [240, 2]; // CSS pixels of the glass, and for one of the picture's

export class Loupe {
  on = false;
  private at = { x: 0, y: 0 };
  private resting = 0;

  constructor(private stage: Stage, private previews: Previewer, private glass: HTMLCanvasElement, private surface: HTMLElement) {
    surface.addEventListener("pointermove", (event) => this.move(stage.at(event)));
    surface.addEventListener("pointerdown", (event) => this.move(stage.at(event)));
  }

  set(on: boolean): void {
    if (this.on === on) return;
    this.on = on;
    this.glass.hidden = !on;
    if (on) {
      if (!this.at.x) this.at = { x: this.surface.clientWidth / 2, y: this.surface.clientHeight / 2 };
      this.glass.width = this.glass.height = SIDE * devicePixelRatio;
      this.move(this.at);
    } else this.stage.viewChanged();
  }

  private move(at: { x: number; y: number }): void {
    this.at = at;
    if (!this.on) return;
    const { clientWidth, clientHeight } = this.surface;
    this.glass.style.left = `${clamp(at.x - SIDE / 2, 4, clientWidth - SIDE - 4)}px`;
    this.glass.style.top = `${clamp(at.y - SIDE / 2, 4, clientHeight - SIDE - 4)}px`;
    this.draw();
    clearTimeout(this.resting);
    this.resting = window.setTimeout(() => this.previews.look(this.region()), 120);
  }

  /** What lies under the glass, in fractions of the picture. */
  private region(): { left: number; top: number; width: number; height: number } {
    const { width, height } = this.stage.picture;
    const centre = this.stage.onPicture(this.at);
    const [across, down] = [Math.min(width, SIDE / TIMES), Math.min(height, SIDE / TIMES)];
    const [left, top] = [Math.round(clamp(centre.x - across / 2, 0, width - across)), Math.round(clamp(centre.y - down / 2, 0, height - down))];
    return { left: left / width, top: top / height, width: across / width, height: down / height };
  }

  draw(): void {
    if (!this.on) return;
    const ctx = this.glass.getContext("2d")!;
    const { width, height } = this.stage.picture;
    const centre = this.stage.onPicture(this.at);
    ctx.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
    ctx.clearRect(0, 0, SIDE, SIDE);
    ctx.translate(SIDE / 2, SIDE / 2);
    ctx.scale(TIMES, TIMES);
    ctx.translate(-centre.x, -centre.y);
    ctx.imageSmoothingQuality = "high";
    const { whole, sharp } = this.previews;
    if (whole) ctx.drawImage(whole.bitmap, 0, 0, width, height);
    if (sharp && sharp.key === whole?.key) {
      ctx.imageSmoothingEnabled = false;
      ctx.drawImage(sharp.bitmap, sharp.region.left * width, sharp.region.top * height, sharp.region.width * width, sharp.region.height * height);
    }
  }
}
