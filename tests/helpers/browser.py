"""Pages in Chromium."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def opened(
    browser: Any,
    page: Path,
    width: int = 1400,
    scheme: str = "light",
    anchor: str = "",
    until: str = "article h2",
) -> Any:
    """Open a page as wide as asked, and wait until it shows what `until` selects."""
    from selenium.webdriver.support.wait import WebDriverWait

    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get("about:blank")
    browser.get(f"{page.as_uri()}{anchor}")
    WebDriverWait(browser, 20).until(lambda driver: driver.find_elements("css selector", until))
    return browser


# the contrast of every element that holds text of its own, against the nearest ground that is not transparent
FAINT = """
const channels = (c) => c.match(/[\\d.]+/g).map(Number);
const linear = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
const luminance = (c) => { const [r, g, b] = channels(c).map(linear);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const ground = (e) => { for (; e; e = e.parentElement) {
    const c = getComputedStyle(e).backgroundColor; if (channels(c)[3] !== 0) return c; } };
return [...document.querySelectorAll("body *:not(svg *, script, style, template)")].filter((e) =>
    [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim())).map((e) => {
    const [a, b] = [luminance(getComputedStyle(e).color), luminance(ground(e))].sort((x, y) => y - x);
    return [(a + 0.05) / (b + 0.05), e.tagName, e.textContent.slice(0, 40)];
}).filter(([ratio]) => ratio < 4.5);
"""
