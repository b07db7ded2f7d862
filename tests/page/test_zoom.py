"""True pixels: zoomed to 1:1, and under the loupe."""

from page.acting import settled, until
from playwright.sync_api import Page


def test_one_to_one_shows_the_pixels_of_the_full_size(studio: Page) -> None:
    studio.get_by_role("button", name="1:1").click()
    until(studio, "studio.previews.sharpIsCurrent")
    region, bitmap = studio.evaluate("studio.previews.sharp.region"), studio.evaluate("[studio.previews.sharp.bitmap.width, studio.previews.sharp.bitmap.height]")
    assert bitmap == [round(region["width"] * 1500), round(region["height"] * 1000)]
    assert studio.evaluate("studio.stage.scale * devicePixelRatio") == 1


def test_a_true_pixel_is_the_plates_own_where_nobody_stands(studio: Page) -> None:
    studio.keyboard.press("z")
    until(studio, "studio.previews.sharpIsCurrent")
    script = """async () => { const { sharp } = studio.previews; const canvas = new OffscreenCanvas(sharp.bitmap.width, sharp.bitmap.height), ctx = canvas.getContext("2d");
        ctx.drawImage(sharp.bitmap, 0, 0); const mean = (data) => [0, 1, 2].map((c) => data.reduce((sum, value, i) => sum + (i % 4 === c ? value : 0), 0) / (data.length / 4));
        const plate = await createImageBitmap(await (await fetch("example-plate.jpg")).blob()); const whole = new OffscreenCanvas(plate.width, plate.height).getContext("2d"); whole.drawImage(plate, 0, 0);
        const left = Math.round(sharp.region.left * plate.width), top = Math.round(sharp.region.top * plate.height);
        return [mean(ctx.getImageData(0, 0, 60, 60).data), mean(whole.getImageData(left, top, 60, 60).data)]; }"""
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
