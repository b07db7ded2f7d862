// A film on either side: scrubbed by its frames, which are kept as pictures are; rendered by the program, and played when it is done.
import { dialog, download, during, filled, iconButton, make, notice } from "./elements";
import type { Doc, Film, History, Layer } from "./history";
import { ask, form, type Kept, type KeptPlate, Refused, type Watched, watch } from "./server";
import { words } from "./words";

const SCRUB = 140; // milliseconds without a move after which a frame is asked for
let last = 0;

export class Films {
  private at = make("input", { type: "range", min: 0, step: 0.04, "aria-label": words.filmTime });
  private time = make("output");
  private part = make("span", { class: "part" });
  private progress = make("progress", { max: 1, "aria-label": words.rendering });
  private said = make("output", { class: "said" });
  private scrubbing = 0;
  private job: string | null = null;
  private render = make("button", { type: "button", class: "main", id: "film-render", click: () => void this.begin() }, words.render);
  private stop = make("button", { type: "button", class: "solid", id: "film-cancel", click: () => void this.cancel() }, words.cancel);

  constructor(private history: History, private bar: HTMLElement) {
    const from = make("button", { type: "button", title: words.filmStart, click: () => this.bound("start") }, words.filmStart);
    const to = make("button", { type: "button", title: words.filmEnd, click: () => this.bound("end") }, words.filmEnd);
    const leave = iconButton("close", words.filmLeave, () => this.history.change({ film: null }));
    bar.append(this.at, this.time, from, to, this.part, this.render, this.progress, this.said, this.stop, leave);
    this.at.addEventListener("input", () => {
      this.show(Number(this.at.value));
      clearTimeout(this.scrubbing);
      this.scrubbing = window.setTimeout(() => void this.frame(Number(this.at.value)), SCRUB);
    });
    this.refresh();
  }

  private get film(): Film | null {
    return this.history.doc.film ?? null;
  }

  /** A film was dropped or chosen. */
  async open(file: File, as: "person" | "plate"): Promise<void> {
    await this.trying(async () => {
      const kept = await during(words.openingFilm, ask("/v1/films", { method: "POST", body: form({ film: file }) }).then((answer) => answer.json()));
      const film: Film = { id: kept.id, as, name: file.name, seconds: kept.seconds ?? 0, rate: kept.rate ?? 25, at: 0, start: null, end: null, width: kept.width, height: kept.height };
      const still = await during(as === "person" ? words.finding : words.opening, this.still(film, 0));
      this.history.change({ film, example: false, ...this.with(film, still) });
    });
  }

  private async still(film: Film, at: number): Promise<Kept & KeptPlate> {
    return (await ask(`/v1/films/${film.id}/stills`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ at, as: film.as }) })).json();
  }

  /** The document with a frame on the film's side. A filmed person stands as in their own frame until they are moved. */
  private with(film: Film, still: Kept & KeptPlate): Partial<Doc> {
    const { doc } = this.history;
    if (film.as === "plate") return { plate: { id: still.id, name: film.name, width: still.width, height: still.height, horizon: still.horizon } };
    const old = doc.layers[0];
    const layer: Layer = { key: ++last + 1e6, name: film.name, source: still.id, cutout: still.id, outline: still, found: still, fields: old?.fields ?? {}, strokes: [] };
    if (doc.film?.id === film.id) return { layers: [layer] };
    const { height: _h, x: _x, y: _y, rotate: _r, flip: _f, ...fields } = layer.fields; // who is filmed stays as filmed
    return { layers: [{ ...layer, fields: { ...fields, ...asFilmed(still) } }], chosen: 0, scene: { ...doc.scene, size: `${film.width}x${film.height}` } };
  }

  private async frame(at: number): Promise<void> {
    const { film } = this;
    if (!film) return;
    await this.trying(async () => {
      const still = await this.still(film, at);
      if (this.film?.id === film.id) this.history.amend({ film: { ...this.film, at }, ...this.with(film, still) });
    });
  }

  private bound(which: "start" | "end"): void {
    const { film } = this;
    if (!film) return;
    const bounds = { start: film.start, end: film.end, [which]: Number(this.at.value) };
    if (bounds.start !== null && bounds.end !== null && bounds.start >= bounds.end) bounds[which === "start" ? "end" : "start"] = null;
    this.history.change({ film: { ...film, ...bounds } });
  }

  // ---- rendering ---------------------------------------------------------------------------------------------------

  private async begin(): Promise<void> {
    const { doc } = this.history;
    const { film } = this;
    const layer = doc.layers[0];
    if (!film || !layer || !doc.plate) return;
    const own = film.as === "person" ? asFilmed(layer.outline) : null;
    const fields = { ...layer.fields, ...doc.scene };
    if (own && (["height", "x", "y"] as const).every((name) => fields[name] === own[name])) for (const name of ["height", "x", "y"]) delete fields[name];
    if (own && fields.size === `${film.width}x${film.height}`) delete fields.size;
    const body = form({ person: film.as === "person" ? film.id : layer.cutout, plate: film.as === "plate" ? film.id : doc.plate.id });
    for (const [name, value] of Object.entries({ ...fields, start: film.start, end: film.end })) if (value !== null && value !== undefined) body.append(name, String(value));
    await this.trying(async () => {
      const job = await (await ask("/v1/jobs", { method: "POST", body })).json();
      this.job = job.id;
      this.refresh();
      await watch(job.id, (state) => this.tell(state));
    });
    this.job = null;
    this.refresh();
  }

  private tell(state: Watched): void {
    if (state.frames) this.progress.value = state.done / state.frames;
    else this.progress.removeAttribute("value");
    const rate = state.seconds ? state.done / state.seconds : 0;
    this.said.textContent = state.state === "waiting" ? words.filmWaiting : words.filmRate(state.done, state.frames, rate, state.left);
    if (state.problem) notice("refused", state.problem.detail, true);
    for (const warning of state.warnings) notice("warning", warning, true);
    if (state.state === "done") void this.play(state.id);
  }

  private async cancel(): Promise<void> {
    if (this.job) await this.trying(async () => void (await ask(`/v1/jobs/${this.job}`, { method: "DELETE" })));
  }

  private async play(job: string): Promise<void> {
    await this.trying(async () => {
      const blob = await (await ask(`/v1/jobs/${job}/result`)).blob();
      const video = make("video", { controls: true, autoplay: true, loop: true, src: URL.createObjectURL(blob), "aria-label": words.filmDone });
      const name = `${this.film?.name.replace(/\.[^.]*$/, "") ?? "film"}-cleanplate.mp4`;
      dialog(words.filmDone, words.close, video, make("div", { class: "row" }, make("button", { type: "button", class: "main", id: "film-save", click: () => download(blob, name) }, words.saveFilm)))
        .addEventListener("close", () => URL.revokeObjectURL(video.src), { once: true });
    });
  }

  // ---- what is shown -----------------------------------------------------------------------------------------------

  refresh(): void {
    const { film } = this;
    this.bar.hidden = !film;
    if (!film) return;
    this.at.max = String(Math.max(0.04, film.seconds - 1 / film.rate));
    if (document.activeElement !== this.at) this.at.value = String(film.at);
    this.show(Number(this.at.value));
    this.part.textContent = film.start === null && film.end === null ? "" : words.filmPart(film.start ?? 0, film.end ?? film.seconds);
    const working = this.job !== null;
    for (const each of [this.progress, this.said, this.stop]) each.hidden = !working;
    for (const each of this.bar.querySelectorAll<HTMLButtonElement | HTMLInputElement>("button:not(#film-cancel), input")) each.disabled = working;
    this.bar.classList.toggle("working", working);
  }

  private show(at: number): void {
    this.time.textContent = words.seconds(at);
    this.at.setAttribute("aria-valuetext", this.time.textContent);
    filled(this.at);
  }

  private async trying(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const canceled = error instanceof Refused && error.reason === "gone" && this.job !== null;
      if (!canceled) notice("refused", error instanceof Refused ? error.message : words.stopped, true);
    }
  }
}

/** The place that somebody has in their own frame. */
function asFilmed(of: { box: [number, number, number, number]; foot: [number, number] }): { height: number; x: number; y: number } {
  return { height: of.box[3], x: of.foot[0], y: of.foot[1] };
}

