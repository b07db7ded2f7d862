// Bundles source/ into the folder that is named: `node build.mjs built`. The same sources give the same bytes.
import { build } from "esbuild";
import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (!out) {
  console.error("Name the folder to write into: node build.mjs built");
  process.exit(2);
}
mkdirSync(out, { recursive: true });
await build({
  entryPoints: { page: join(here, "source/main.ts") },
  outdir: out,
  bundle: true,
  minify: true,
  format: "esm",
  target: ["chrome111", "firefox113", "safari16.4"],
  legalComments: "none",
  charset: "utf8",
});
await build({ entryPoints: { page: join(here, "source/page.css") }, outdir: out, bundle: true, minify: true, target: ["chrome111", "firefox113", "safari16.4"] });
for (const name of ["index.html", "icon.svg"]) copyFileSync(join(here, "source", name), join(out, name));
const examples = join(here, "../../../../examples"); // the pictures that the page opens with
for (const [name, as] of [["portrait.png", "example-person.png"], ["plate.jpg", "example-plate.jpg"]]) copyFileSync(join(examples, name), join(out, as));
