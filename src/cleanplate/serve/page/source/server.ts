// The program that this page belongs to, by its HTTP API (docs/api.md).
import type { Outline } from "./geometry";
import type { Doc, Layer, Stroke, Value } from "./history";

export interface Kept extends Outline { id: string; warnings: string[] }
export interface KeptPlate { id: string; width: number; height: number; horizon: number | null; warnings: string[] }
export interface Answer {
  request: number;
  give: "picture" | "person";
  rest: boolean;
  width: number;
  height: number;
  quality: number;
  boxes: [number, number, number, number][];
  placed: { height: number; x: number; y: number }[];
  warnings: string[];
  seconds: number;
}

/** What the program refused, in its own sentence. */
export class Refused extends Error {
  constructor(readonly status: number, readonly reason: string, detail: string) {
    super(detail);
  }
}

const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? sessionStorage.getItem("cleanplate-token");
if (token) sessionStorage.setItem("cleanplate-token", token);
const headers: Record<string, string> = token ? { Authorization: `Bearer ${token}` } : {};

export async function ask(path: string, options: RequestInit = {}): Promise<Response> {
  const answer = await fetch(path, { ...options, headers: { ...headers, ...options.headers } });
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, problem.reason ?? "", problem.detail ?? `${answer.status} ${answer.statusText}`);
}

const json = (body: unknown): RequestInit => ({ method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });

export function form(files: Record<string, Blob | string>): FormData {
  const answer = new FormData();
  for (const [name, value] of Object.entries(files)) answer.append(name, value);
  return answer;
}

export async function keepPerson(file: Blob): Promise<Kept> {
  return (await ask("/v1/cutouts", { method: "POST", body: form({ person: file }) })).json();
}

export async function keepPlate(file: Blob): Promise<KeptPlate> {
  return (await ask("/v1/plates", { method: "POST", body: form({ plate: file }) })).json();
}

/** The same person with strokes painted into the matte at the photo's full size, or with others of their photo. */
export async function paint(source: string, strokes: Stroke[], keep?: Value): Promise<Kept> {
  return (await ask(`/v1/cutouts/${source}/paintings`, json({ strokes, keep }))).json();
}

export async function picture(path: string): Promise<ImageBitmap> {
  return createImageBitmap(await (await ask(path)).blob());
}

/** What a picture is asked for by, in previews and exports alike. */
export function wanted(doc: Doc, layers: Layer[] = doc.layers): Record<string, unknown> {
  return { plate: doc.plate?.id, ...doc.scene, ...lookOf(doc), layers: layers.map((each) => ({ person: each.cutout, ...each.fields })) };
}

/** What their colors are matched to: another photo, or a mixture of it and the place. Films have none. */
function lookOf({ look, film, plate }: Doc): Record<string, unknown> {
  if (!look || film || !plate) return {};
  const mixed = [{ plate: look.id, weight: look.weight }, { plate: plate.id, weight: Number((1 - look.weight).toFixed(4)) }];
  return { look: look.weight < 1 ? mixed : look.id };
}

export async function compose(doc: Doc, form: Record<string, string | number>): Promise<{ blob: Blob; warnings: string[] }> {
  const answer = await ask("/v1/compose", json({ ...wanted(doc), ...form }));
  return { blob: await answer.blob(), warnings: JSON.parse(answer.headers.get("X-Warnings") ?? "[]") };
}

export interface Watched { id: string; state: string; done: number; frames: number | null; seconds: number; left: number | null; warnings: string[]; problem: { detail: string } | null }

/** A job's events until it has ended. Read by hand, since an EventSource sends no token. */
export async function watch(job: string, told: (state: Watched) => void): Promise<void> {
  const reader = (await ask(`/v1/jobs/${job}/events`)).body!.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (text + value).split("\n\n");
    text = events.pop()!;
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data: "));
      if (data) told(JSON.parse(data.slice(6)));
    }
  }
}

/** The WebSocket of previews: only the latest message counts, on both ends. */
export class Previews {
  private socket: WebSocket | null = null;
  private waiting: string | null = null;
  private wait = 250; // milliseconds until the next try
  private number = 0;

  constructor(
    private told: (answer: Answer, bytes: Blob) => void,
    private refused: (problem: { detail: string; reason: string }, request: number) => void,
    private state: (open: boolean) => void,
  ) {
    this.open();
  }

  send(message: Record<string, unknown>): number {
    this.number += 1;
    const text = JSON.stringify({ request: this.number, ...message });
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(text);
    else this.waiting = text;
    return this.number;
  }

  private open(): void {
    const protocols = token ? ["cleanplate", `token.${token}`] : [];
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/v1/previews`, protocols);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.wait = 250;
      this.state(true);
      if (this.waiting) socket.send(this.waiting);
      this.waiting = null;
    };
    socket.onmessage = ({ data }) => {
      if (typeof data === "string") {
        const said = JSON.parse(data);
        this.refused(said.problem, said.request);
        return;
      }
      const length = new DataView(data).getUint32(0);
      const header = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
      this.told(header, new Blob([new Uint8Array(data, 4 + length)], { type: header.type }));
    };
    socket.onclose = () => {
      this.state(false);
      setTimeout(() => this.open(), this.wait);
      this.wait = Math.min(4000, this.wait * 2);
    };
    this.socket = socket;
  }
}
