// The page's elements, made by hand: `make("button", { class: "main" }, "Export")`.
type Child = Node | string | null | undefined | false;

export function make<K extends keyof HTMLElementTagNameMap>(tag: K, given: Record<string, unknown> = {}, ...children: Child[]): HTMLElementTagNameMap[K] {
  const answer = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || value === false) continue;
    if (typeof value === "function") answer.addEventListener(name, value as EventListener);
    else answer.setAttribute(name, value === true ? "" : String(value));
  }
  answer.append(...children.filter((each): each is Node | string => Boolean(each)));
  return answer;
}

export function icon(name: string): SVGSVGElement {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** A button with a picture on it; its name is what is read out and shown when the pointer rests on it. */
export function iconButton(name: string, label: string, click: () => void, given: Record<string, unknown> = {}): HTMLButtonElement {
  return make("button", { type: "button", class: "icon-only", "aria-label": label, title: label, click, ...given }, icon(name));
}

export const element = (id: string): HTMLElement => document.getElementById(id)!;

export function filled(slider: HTMLInputElement): void {
  const [low, high] = [Number(slider.min), Number(slider.max)];
  const share = (value: number) => (100 * (value - low)) / (high - low);
  const ends = [share(Number(slider.value)), low === -high ? 50 : 0].sort((one, other) => one - other); // from the middle, where that is none
  for (const [name, at] of [["--from", ends[0]], ["--filled", ends[1]]] as const) slider.style.setProperty(name, `${at}%`);
}

/** Radio buttons side by side: arrow keys go from one to the next. */
export function segments(group: HTMLElement, choices: [string, string][], chosen: () => string, choose: (value: string) => void): () => void {
  const buttons = choices.map(([value, label]) => make("button", { type: "button", role: "radio", "data-value": value, click: () => choose(value) }, label));
  group.replaceChildren(...buttons);
  group.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const at = (choices.findIndex(([value]) => value === chosen()) + by + choices.length) % choices.length;
    choose(choices[at]![0]);
    buttons[at]!.focus();
  });
  return () => {
    for (const button of buttons) {
      const is = button.dataset.value === chosen();
      button.setAttribute("aria-checked", String(is));
      button.tabIndex = is ? 0 : -1;
    }
  };
}

/** A short message over the picture. Of one kind only one is shown. */
export function notice(kind: string, text: string, wrong = false, ...more: Node[]): HTMLElement {
  const box = element("notices");
  dismiss(kind);
  const away = make("button", { type: "button", class: "icon-only", "aria-label": "Close", click: () => shown.remove() }, icon("close"));
  const shown = make("div", { class: wrong ? "notice wrong" : "notice", "data-kind": kind }, make("span", {}, text), ...more, away);
  box.append(shown);
  if (!wrong && !more.length) setTimeout(() => shown.remove(), 4500);
  return shown;
}

export function dismiss(kind: string): void {
  for (const old of element("notices").querySelectorAll(`[data-kind="${kind}"]`)) old.remove();
}

let veils = 0;

/** Say what is being done for as long as it takes. */
export async function during<T>(text: string, work: Promise<T>): Promise<T> {
  const veil = element("veil");
  veils += 1;
  veil.querySelector("p")!.textContent = text;
  veil.hidden = false;
  try {
    return await work;
  } finally {
    veils -= 1;
    veil.hidden = veils === 0;
  }
}

export function dialog(title: string, close: string, ...content: Child[]): HTMLDialogElement {
  const box = element("dialog") as HTMLDialogElement;
  const heading = make("h2", { id: "dialog-title" }, title);
  box.setAttribute("aria-labelledby", "dialog-title");
  box.replaceChildren(make("div", { class: "top" }, heading, iconButton("close", close, () => box.close())), ...content.filter((each): each is Node => each instanceof Node));
  if (!box.open) box.showModal();
  return box;
}

export function download(blob: Blob, name: string): void {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
