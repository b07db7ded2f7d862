"""True pixels: zoomed to 1:1, and under the loupe."""

from page.acting import settled, until
from playwright.sync_api import Page


def test_one_to_one_shows_the_pixels_of_the_full_size(studio: Page) -> None:
    studio.get_by_role("button", name="1:1").click()
    until(studio, "studio.previews.sharpIsCurrent")
    region = studio.evaluate("studio.previews.sharp.region")
    bitmap = studio.evaluate("(({ width, height }) => [width, height])(studio.previews.sharp.bitmap)")
    assert bitmap == [round(region["width"] * 1500), round(region["height"] * 1000)]
    assert studio.evaluate("studio.stage.scale * devicePixelRatio") == 1


def test_a_true_pixel_is_the_plates_own_where_nobody_stands(studio: Page) -> None:
    studio.keyboard.press("z")
    until(studio, "studio.previews.sharpIsCurrent")
    script = """async () => { const { bitmap, region } = studio.previews.sharp;
        const drawn = (picture) => { const ctx = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
            ctx.drawImage(picture, 0, 0); return ctx; };
        const plate = await createImageBitmap(await (await fetch("example-plate.jpg")).blob());
        const sum = (data, c) => data.reduce((all, value, i) => all + (i % 4 === c ? value : 0), 0);
        const mean = (ctx, x, y) => [0, 1, 2].map((c) => sum(ctx.getImageData(x, y, 60, 60).data, c) / 3600);
        const corner = [region.left * plate.width, region.top * plate.height].map(Math.round);
        return [mean(drawn(bitmap), 0, 0), mean(drawn(plate), ...corner)]; }"""
    seen, own = studio.evaluate(script)
    assert all(abs(one - other) < 1 for one, other in zip(seen, own, strict=True))


def test_the_loupe_shows_true_pixels_under_the_pointer(studio: Page) -> None:
    studio.mouse.move(500, 400)
    studio.keyboard.down("l")
    until(studio, "studio.previews.sharp !== null")
    assert studio.locator("#lens").is_visible()
    assert studio.evaluate("studio.previews.sharp.bitmap.width") == 120
    studio.keyboard.up("l")
    assert studio.locator("#lens").is_hidden()
    settled(studio)
