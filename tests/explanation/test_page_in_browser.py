"""The page in a browser: light and dark, narrow and wide, by mouse and by keyboard."""

from __future__ import annotations

import re

import pytest
from helpers.browser import FAINT, opened
from helpers.hostile_page import HOSTILE, MANY, SCORE


@pytest.mark.parametrize("name", ["one", "two", "many"])
@pytest.mark.parametrize(
    ("width", "scheme"), [(360, "light"), (360, "dark"), (1400, "light"), (1400, "dark")]
)
def test_it_fits_and_complains_of_nothing(browser, pages, name, width, scheme):
    opened(browser, pages / f"{name}.html", width, scheme)
    assert browser.execute_script("return innerWidth") == width
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    assert browser.get_log("browser") == []
    ground = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (ground == "rgb(255, 255, 255)") == (scheme == "light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_can_be_read(browser, pages, scheme):
    opened(browser, pages / "two.html", scheme=scheme)
    assert browser.execute_script(FAINT) == []


def column(browser, number):
    cells = browser.find_elements("css selector", f"#index tbody tr:not([hidden]) td:nth-child({number})")
    return [cell.get_attribute("textContent") for cell in cells]


def test_the_index_sorts_by_mouse_and_by_keyboard(browser, pages):
    opened(browser, pages / "many.html")
    head = browser.find_element("css selector", f"#index th:nth-child({SCORE})")
    assert head.get_attribute("aria-sort") == "descending"
    scores = [float(score) for score in column(browser, SCORE)]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == MANY
    button = head.find_element("css selector", "button")
    button.click()
    assert [float(score) for score in column(browser, SCORE)] == scores[::-1]
    button.send_keys("\n")
    assert [float(score) for score in column(browser, SCORE)] == scores
    assert head.get_attribute("aria-sort") == "descending"
    browser.find_element("css selector", "#index th:first-child button").click()
    assert column(browser, 1) == [str(number) for number in range(1, MANY + 1)]


def test_the_index_filters(browser, pages):
    opened(browser, pages / "many.html")
    browser.find_element("css selector", "#index input").send_keys("HIT 1")
    shown = column(browser, 2)
    wanted = [f"hit {at}" for at in range(len(HOSTILE), MANY) if f"hit {at}".startswith("hit 1")]
    assert sorted(shown) == sorted(wanted)
    said = browser.find_element("css selector", "#index output").text
    assert said == f"{len(shown)} hairpins"


def title(browser):
    return browser.find_element("css selector", "#view h2").get_attribute("textContent")


def test_hairpins_are_unpacked_when_asked_for(browser, pages):
    from selenium.common.exceptions import StaleElementReferenceException
    from selenium.webdriver.support.wait import WebDriverWait

    opened(browser, pages / "many.html", anchor=f"#h{MANY}")
    assert title(browser) == f"hit {MANY - 1}"
    assert len(browser.find_elements("css selector", "article")) == 1
    assert len(browser.find_elements("css selector", "article svg")) > 5
    browser.find_element("css selector", "#index th:first-child button").click()
    browser.find_element("css selector", "nav button[data-step='-1']").click()
    replaced = [StaleElementReferenceException]  # the page may change its hairpin while the title is read
    WebDriverWait(browser, 20, ignored_exceptions=replaced).until(
        lambda driver: title(driver) == f"hit {MANY - 2}"
    )
    assert browser.current_url.endswith(f"#h{MANY - 1}")


def test_the_best_hairpin_is_shown_first(browser, pages):
    opened(browser, pages / "many.html")
    assert title(browser) == column(browser, 2)[0]


def test_mature_arms_are_named_and_copied(browser, pages, explained):
    opened(browser, pages / "one.html")
    hairpin, arms = explained[0].hairpin, explained[0].arms
    shown = browser.find_elements("css selector", "article > section > dl.copied > div")
    assert [line.find_element("css selector", "code").text for line in shown] == [
        hairpin.sequence[start:end] for start, end, _ in arms
    ]
    assert len({line.find_element("css selector", ".swatch").value_of_css_property("background-color")
                for line in shown}) == 2  # fmt: skip
    button = shown[1].find_element("css selector", ".copy")
    browser.execute_script("arguments[0].scrollIntoView({behavior: 'instant', block: 'center'})", button)
    button.click()
    start, end, _ = arms[1]
    assert browser.execute_script("return String(getSelection())").strip() == hairpin.sequence[start:end]


def test_hostile_names_do_nothing(browser, pages):
    for number, name in enumerate(HOSTILE, 1):
        opened(browser, pages / "many.html", anchor=f"#h{number}")
        assert title(browser).split() == re.sub(r"[\x00-\x08]", "", name).split()
        assert browser.title == f"<b>hits</b>.json: {MANY} hairpins explained"
        assert len(browser.find_elements("css selector", "script, img")) == 1
        assert browser.get_log("browser") == []
