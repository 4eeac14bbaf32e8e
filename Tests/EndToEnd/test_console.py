"""The console in a real browser (headless Chromium): by mouse and by keyboard, wide and narrow, light and dark; and the
plain pages of the admin API."""

import json
import struct
import time
import urllib.error
import urllib.request
import zlib

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait


from store import ACCESS_KEY, SECRET_KEY


def picture() -> bytes:
    """A PNG of 64 × 48 pixels (ISO/IEC 15948)."""
    rows = b"".join(b"\0" + bytes([200, 120, 40]) * 64 for _ in range(48))
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))  # noqa: E731
    header = struct.pack(">IIBBBBB", 64, 48, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


class Browser:
    def __init__(self, store):
        options = webdriver.ChromeOptions()
        for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900"]:
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.store = store

    def wait(self, condition, seconds: float = 10):
        return WebDriverWait(
            self.driver, seconds, 0.05, ignored_exceptions=[StaleElementReferenceException, NoSuchElementException]
        ).until(lambda _: condition())

    def one(self, selector: str):
        return self.wait(lambda: self.driver.find_element(By.CSS_SELECTOR, selector))

    def link(self, text: str):
        """A link or button by its text; of the dialog, while one is open."""

        def find():
            place = "dialog" if self.driver.find_elements(By.CSS_SELECTOR, "dialog[open]") else "main"
            items = self.driver.find_elements(By.CSS_SELECTOR, f"{place} a, {place} button")
            return next((item for item in items if item.text == text), None)

        return self.wait(find)

    def shows(self, text: str) -> None:
        self.wait(lambda: text in self.driver.find_element(By.TAG_NAME, "body").text)

    def go(self, address: str) -> None:
        self.driver.execute_script("location.hash = arguments[0]", address)

    def log_in(self, access_key: str = ACCESS_KEY, secret_key: str = SECRET_KEY) -> None:
        self.driver.get(self.store.admin + "/")
        self.one("input[name=access]").send_keys(access_key)
        self.one("input[name=secret]").send_keys(secret_key, Keys.ENTER)

    def requests(self) -> list[dict]:
        events = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        return [event["params"]["request"] for event in events if event["method"] == "Network.requestWillBeSent"]


@pytest.fixture(scope="module")
def browser(store):
    opened = Browser(store)
    opened.log_in()
    opened.shows("Buckets")
    yield opened
    opened.driver.quit()


@pytest.fixture
def filled(store, bucket):
    s3 = store.client()
    s3.put_object(Bucket=bucket, Key="photos/beach.png", Body=picture(), ContentType="image/png", Metadata={"title": "Sunny <b>beach</b>"})
    s3.put_object(Bucket=bucket, Key="photos/beach.txt", Body=b"a text about sand", ContentType="text/plain")
    s3.put_object(Bucket=bucket, Key="old/mountain.pdf", Body=b"x" * 2_000_000, ContentType="application/pdf")
    return bucket


def test_wrong_secrets_are_refused(store):
    opened = Browser(store)
    try:
        opened.log_in(secret_key="wrong")
        opened.shows("do not belong together")
        assert opened.driver.execute_script("return sessionStorage.length") == 0
    finally:
        opened.driver.quit()


def test_a_bucket_from_beginning_to_end(store, browser, tmp_path):
    browser.go("#/buckets")
    browser.link("New bucket").click()
    browser.one("dialog input").send_keys("made-in-the-console", Keys.ENTER)
    browser.shows("Nothing is here yet.")
    file = tmp_path / "größe & mehr.txt"
    file.write_bytes(b"from the browser\n" * 1000)
    browser.one("input[type=file]").send_keys(str(file))
    browser.shows("1 object stored.")
    body = store.client().get_object(Bucket="made-in-the-console", Key="größe & mehr.txt")
    assert body["Body"].read() == file.read_bytes() and body["ContentType"] == "text/plain"
    browser.link("größe & mehr.txt").click()
    browser.shows("from the browser")
    download = browser.link("Download").get_attribute("href")
    answer = urllib.request.urlopen(download)
    assert answer.read() == file.read_bytes()
    assert "attachment" in answer.headers["content-disposition"]
    browser.link("Delete").click()
    browser.shows("Delete this object?")
    browser.link("Cancel").click()
    assert "Contents" in store.client().list_objects_v2(Bucket="made-in-the-console")
    browser.go("#/browse/made-in-the-console?x=1")
    browser.one("td button[aria-label^=Delete]").click()
    browser.one("dialog button.danger").click()
    browser.shows("Nothing is here yet.")
    assert store.client().list_objects_v2(Bucket="made-in-the-console")["KeyCount"] == 0
    browser.go("#/buckets")
    browser.one("button[aria-label='Delete made-in-the-console']").click()
    button = browser.one("dialog button.danger")
    assert not button.is_enabled(), "the name must be typed first"
    browser.one("dialog input").send_keys("made-in-the-console")
    button.click()
    browser.wait(lambda: "made-in-the-console" not in [entry["Name"] for entry in store.client().list_buckets()["Buckets"]])


def test_browse_and_preview(browser, filled):
    browser.go(f"#/browse/{filled}")
    browser.link("photos/").click()
    browser.link("beach.png").click()
    image = browser.one("dialog img")
    browser.wait(lambda: image.get_property("naturalWidth") == 64)
    browser.shows("meta.title")
    assert browser.one("dialog").text.count("<b>") == 1, "what users wrote is text, not markup"
    browser.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    browser.wait(lambda: not browser.driver.find_elements(By.TAG_NAME, "dialog"))
    browser.link("beach.txt").click()
    browser.shows("a text about sand")


def test_search_with_facets_highlights_and_a_shareable_address(store, browser, filled):
    browser.go(f"#/search?q=beach&bucket={filled}")
    browser.shows("2 objects")
    marks = [mark.text for mark in browser.driver.find_elements(By.CSS_SELECTOR, ".hit em")]
    assert marks.count("beach") == 3
    browser.link("image/png").click()
    browser.shows("1 object in")
    address = browser.driver.current_url
    assert "type%3Aimage" in address
    # The address alone, in a new session, shows the same.
    other = Browser(store)
    try:
        other.log_in()
        other.shows("Buckets")
        other.driver.get(address)
        other.shows("1 object in")
        assert "photos/beach.png" in other.one(".hit").text
    finally:
        other.driver.quit()
    browser.go(f"#/search?q=siez%3A%3E5&bucket={filled}")
    browser.shows("Did you mean")
    assert browser.one(".pointer mark").text == "siez"
    browser.link("size").click()
    browser.shows("3 objects in")


def test_suggestions_by_keyboard(browser, filled):
    browser.go(f"#/search?bucket={filled}")
    browser.wait(lambda: browser.driver.find_element(By.CSS_SELECTOR, "main select[name=bucket]").get_property("value") == filled)
    field = browser.one("#search-query")
    browser.wait(lambda: browser.driver.switch_to.active_element == field)
    field.send_keys("mou")
    option = browser.one("#search-suggestions li")
    assert option.text.split()[0] == "mountain"
    field.send_keys(Keys.ARROW_DOWN)
    assert option.get_attribute("aria-selected") == "true"
    field.send_keys(Keys.ENTER)
    assert field.get_property("value") == "mountain "
    field.send_keys(Keys.ENTER)
    browser.shows("old/mountain.pdf")


def test_by_keyboard_alone(browser, filled):
    """Tab reaches everything in order, Enter acts, Escape closes, and focus is always seen."""
    browser.go(f"#/browse/{filled}?prefix=photos%2F")
    browser.driver.refresh()
    browser.link("beach.png")
    body = browser.one("body")
    reached = []
    for _ in range(25):
        active = browser.driver.switch_to.active_element
        active.send_keys(Keys.TAB)
        active = browser.driver.switch_to.active_element
        outline = active.value_of_css_property("outline-style")
        name = active.text or active.get_attribute("aria-label") or active.get_attribute("name")
        reached.append(name)
        assert active == body or outline != "none", f"{name} does not show that it has the focus"
        if name == "beach.png":
            break
    assert "Search" in reached and "Upload" in reached and reached[-1] == "beach.png"
    browser.driver.switch_to.active_element.send_keys(Keys.ENTER)
    browser.one("dialog[open]")
    browser.driver.switch_to.active_element.send_keys(Keys.ESCAPE)
    browser.wait(lambda: browser.driver.switch_to.active_element.text == "beach.png")


def test_system_page(browser, store):
    browser.go("#/system")
    browser.shows("6 of 6")
    text = browser.one("main").text
    assert text.count("serving") == 5 and "Search indexes" in text and "leader" in text


@pytest.mark.parametrize("address", ["#/buckets", "#/system", "#/search?q=", "#/browse/BUCKET"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_narrow_screens(browser, filled, address, scheme):
    """Nothing is wider than a phone, in both colour schemes; what text there is can be read (WCAG 2.1, 1.4.3)."""
    driver = browser.driver
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 375, "height": 812, "deviceScaleFactor": 1, "mobile": True}
    )
    try:
        browser.go(address.replace("BUCKET", filled))
        browser.wait(lambda: driver.execute_script("return document.querySelector('main').innerText.length > 20"))
        assert driver.execute_script("return document.documentElement.scrollWidth") <= 375
        contrast = driver.execute_script(
            """
            const light = (text) => { const [r, g, b] = text.match(/[\\d.]+/g).map((x) => { x /= 255; return x <= .03928 ? x / 12.92 : ((x + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
            const ground = (node) => { for (; node; node = node.parentElement) { const c = getComputedStyle(node).backgroundColor; if (!/rgba\\(.*, 0(\\.\\d+)?\\)|transparent|color\\(/.test(c)) return c; } return getComputedStyle(document.documentElement).backgroundColor; };
            return [...document.querySelectorAll("main *, header *")].filter((node) => node.offsetParent && [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim()) && !node.disabled)
              .map((node) => { const [a, b] = [light(getComputedStyle(node).color), light(ground(node))].sort((x, y) => y - x); return [(a + .05) / (b + .05), node.textContent.slice(0, 30)]; })
              .sort((x, y) => x[0] - y[0])[0];
            """
        )
        assert contrast[0] >= 4.5, contrast
    finally:
        driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_no_other_host_and_no_secret_on_the_wire(browser, store, filled):
    browser.requests()
    browser.driver.refresh()
    for address in ["#/buckets", f"#/browse/{filled}", "#/search?q=beach", "#/system"]:
        browser.go(address)
        time.sleep(0.4)
    requests = browser.requests()
    assert len(requests) > 15
    for request in requests:
        assert request["url"].startswith((store.admin, "blob:", "data:")), request["url"]
        assert SECRET_KEY not in json.dumps(request)
    assert SECRET_KEY not in browser.driver.get_cookies().__repr__()
    errors = [entry for entry in browser.driver.get_log("browser") if "Content Security Policy" in entry["message"]]
    assert errors == []


def test_objects_cannot_act_as_pages_of_the_console(browser, store, bucket):
    """An object that is a page, opened beside the console, runs no script and reads no storage of it."""
    page = b"<!doctype html><title>quiet</title><script>document.title = sessionStorage.length + ' stolen'</script>"
    store.client().put_object(Bucket=bucket, Key="evil.html", Body=page, ContentType="text/html")
    browser.go("#/buckets")
    address = browser.driver.execute_async_script(
        "const done = arguments[arguments.length - 1];"
        f"import('/console/store.js').then((store) => done(store.address({json.dumps(bucket)}, 'evil.html')))"
    )
    browser.driver.switch_to.new_window("tab")
    browser.driver.get(store.admin + address)
    assert browser.driver.title == "quiet"
    browser.driver.close()
    browser.driver.switch_to.window(browser.driver.window_handles[0])


def test_plain_pages(browser, store):
    """After a log-in the admin API can be walked by links; without one it refuses."""
    browser.driver.get(store.admin + "/admin/v1")
    browser.shows("links")
    browser.driver.find_element(By.LINK_TEXT, "/admin/v1/drives").click()
    browser.shows("drive1")
    assert browser.driver.find_elements(By.CSS_SELECTOR, "table")
    browser.driver.find_element(By.LINK_TEXT, "/admin/v1/indexes").click()
    browser.shows("documents")
    with pytest.raises(urllib.error.HTTPError) as failure:
        urllib.request.urlopen(store.admin + "/admin/v1/drives")
    assert failure.value.code == 403
    # The cookie reads; it changes nothing.
    cookie = browser.driver.get_cookie("roost_admin")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    request = urllib.request.Request(
        store.admin + "/admin/v1/users", data=b'{"name": "x"}', headers={"Cookie": f"roost_admin={cookie['value']}"}
    )
    with pytest.raises(urllib.error.HTTPError) as failure:
        urllib.request.urlopen(request)
    assert failure.value.code == 403
    forged = urllib.request.Request(store.admin + "/admin/v1/users", headers={"Cookie": "roost_admin=9999999999." + "0" * 64})
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(forged)
    browser.driver.get(store.admin + "/console/")


def test_headers(store):
    answer = urllib.request.urlopen(store.admin + "/console/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert urllib.request.urlopen(store.admin + "/").url == store.admin + "/console/"


def test_log_out(store):
    opened = Browser(store)
    try:
        opened.log_in()
        opened.shows("Buckets")
        opened.one("#logout").click()
        opened.one("input[name=secret]")
        assert opened.driver.execute_script("return sessionStorage.length") == 0
        opened.wait(lambda: opened.driver.get_cookie("roost_admin") is None)
    finally:
        opened.driver.quit()
