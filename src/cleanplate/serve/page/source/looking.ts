// The look of another photo: chosen or dropped, and how much of it.
import { filled, icon, make } from "./elements";
import type { History } from "./history";
import type { Opening } from "./opening";
import { picture } from "./server";
import { words } from "./words";

const LEAST = 0.05; // less is the place's own: take it away

/** The control, and what sets it to the document as it is. */
export function looking(history: History, opening: Opening): { box: HTMLElement; refresh: () => void } {
  const choose = make("button", { type: "button", class: "solid", id: "look-choose", title: words.lookHint, click: () => opening.chooseLook() }, icon("plus"), words.lookOther);
  const face = make("canvas", { width: 96, height: 64, "aria-hidden": "true" });
  const name = make("small");
  const again = make("button", { type: "button", class: "face", title: words.change, click: () => opening.chooseLook() }, face, make("span", {}, words.look, name));
  const away = make("button", { type: "button", class: "icon-only", id: "look-remove", "aria-label": words.lookRemove, title: words.lookRemove, click: () => history.change({ look: null }) }, icon("close"));
  const slider = make("input", { type: "range", id: "look-weight", min: LEAST, max: 1, step: 0.05 });
  const shown = make("output", { for: "look-weight" });
  const mix = make("div", { class: "field" }, make("label", { for: "look-weight" }, words.lookMix), make("span"), shown, slider);
  const there = make("div", { class: "look" }, again, away);
  const box = make("div", { class: "looking", "data-field": "look" }, choose, there, mix);
  slider.addEventListener("input", () => weigh(Number(slider.value), "look"));
  for (const end of ["change", "blur"]) slider.addEventListener(end, () => history.endGesture());
  mix.addEventListener("dblclick", () => weigh(1, null));
  const weigh = (weight: number, gesture: string | null) => {
    if (history.doc.look) history.change({ look: { ...history.doc.look, weight } }, gesture);
  };
  let drawn = "";
  const refresh = () => {
    const { look, film } = history.doc;
    box.hidden = Boolean(film);
    choose.hidden = Boolean(look);
    there.hidden = mix.hidden = !look;
    if (!look) return;
    name.textContent = look.name;
    slider.value = String(look.weight);
    filled(slider);
    shown.textContent = words.percent(look.weight);
    slider.setAttribute("aria-valuetext", shown.textContent);
    if (drawn === look.id) return;
    drawn = look.id;
    void picture(`/v1/plates/${look.id}/preview.jpg?side=192`).then((bitmap) => {
      const scale = Math.max(face.width / bitmap.width, face.height / bitmap.height);
      face.getContext("2d")!.drawImage(bitmap, (face.width - bitmap.width * scale) / 2, (face.height - bitmap.height * scale) / 2, bitmap.width * scale, bitmap.height * scale);
    }).catch(() => (drawn = ""));
  };
  return { box, refresh };
}
