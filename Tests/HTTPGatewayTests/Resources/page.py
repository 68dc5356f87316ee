"""Uses the page as people do. Arguments: the gateway's URL, and that of one with the key `sesame`. Puts screenshots into
the folder PAGE_SCREENSHOTS, where there is one. Waits for what is to come; nothing depends on how fast it comes."""

import os
import shutil
import sys
import tempfile

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

OPEN, LOCKED = sys.argv[1:3]
SIZE = 60_000
SHOTS = os.environ.get("PAGE_SCREENSHOTS")


class Page:
    """One window, in one channel."""

    def __init__(self, driver, window):
        self.driver, self.window = driver, window

    def look(self):
        self.driver.switch_to.window(self.window)
        return self.driver

    def one(self, selector):
        return self.look().find_element(By.CSS_SELECTOR, selector)

    def all(self, selector):
        return self.look().find_elements(By.CSS_SELECTOR, selector)

    def wait(self, what, holds):
        self.look()

        def so(_):
            try:
                return holds()
            except StaleElementReferenceException:
                return False

        try:
            return WebDriverWait(self.driver, 60, poll_frequency=0.05).until(so)
        except TimeoutException:
            if SHOTS:
                self.driver.save_screenshot(f"{SHOTS}/failed.png")
            raise AssertionError(f"{what}; the page shows: {self.one('body').text}") from None

    def shows(self, text, selector="#log"):
        self.wait(f"no {text!r}", lambda: text in self.one(selector).text)

    def open(self, url, channel, name):
        self.look().get(f"{url}/#{channel}")
        self.wait("nobody asks who it is", lambda: self.one("#entry").is_displayed())
        self.enter(name)

    def enter(self, name):
        self.one("#entry-name").clear()
        self.one("#entry-name").send_keys(name, Keys.ENTER)
        self.connected()

    def connected(self):
        self.shows("Connected", "#status")
        self.wait("no personas", lambda: self.one("#persona").is_enabled() and len(Select(self.one("#persona")).options) > 3)

    def type(self, *keys):
        self.one("#text").send_keys(*keys)

    def say(self, text):
        self.type(text, Keys.ENTER)

    def ask(self, text, answer):
        """Says something, and waits until the whole answer is there."""
        count = len(self.all(".turn"))
        self.say(text)
        self.wait(f"no answer {answer!r}", lambda: len(self.all(".turn")) > count and answer in self.all(".turn")[-1].text
                  and not self.all("[aria-busy]"))

    def shot(self, name):
        if SHOTS:
            self.look().save_screenshot(f"{SHOTS}/{name}.png")

    def script(self, text):
        return self.look().execute_script(text)

    def emulate(self, width, height, scheme):
        self.look().execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})


def chrome(folder):
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en-US",
                     "--window-size=1100,800", f"--user-data-dir={folder}"]:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))


def streams(page, driver):
    """Words are there before the last of them is written; another window sees them too."""
    page.shows("Nothing has been said here yet.")
    page.shot("empty")
    driver.switch_to.new_window("window")
    other = Page(driver, driver.current_window_handle)
    # The browser knows the name already.
    other.look().get(f"{OPEN}/#den")
    other.connected()
    other.one("#place").click()
    other.enter("bob")
    page.say("Tell me a story")
    for each in (page, other):
        each.shows("Once")
        assert "upon" not in each.one("#log").text
        assert each.all("[aria-busy]"), "nothing says that it is still being written"
        assert "Tell me a story" in each.one("#log").text
    assert page.one("#stop").is_displayed() and not other.one("#stop").is_displayed()
    # Nothing of it is read out before it is whole.
    assert "Once" not in page.one("#announcer").get_attribute("textContent")
    page.script("fetch('/web/messages', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: "
                "JSON.stringify({channel: 'aside', name: 'carol', text: 'go on', id: 'aside-1'})})")
    for each in (page, other):
        each.shows("Once upon a time, there was one.")
        each.shows("10 tokens")
        each.shows("fake/tiny")
        each.shows("to alice")
        each.shows("persona default")
    assert not page.one("#stop").is_displayed()
    assert "Once upon a time" in page.one("#announcer").get_attribute("textContent")
    other.ask("And me?", ": And me?")
    page.shows(": And me?")
    assert "bob" in page.one("#log").text
    assert "Once upon a time" in other.one("#log").text
    # Who comes later sees what was said.
    other.look().refresh()
    other.shows(": And me?")
    assert "Once upon a time, there was one." in other.one("#log").text
    other.look().close()


def chooses(page, _):
    """Persona and model are chosen for the channel, and what was chosen is shown."""
    Select(page.one("#persona")).select_by_value("concise")
    page.shows("Persona changed to: concise")
    page.wait("not chosen", lambda: Select(page.one("#persona")).first_selected_option.text == "concise")
    page.ask("Who are you?", "persona concise")
    page.wait("no models", lambda: len(Select(page.one("#model")).options) > 3)
    Select(page.one("#model")).select_by_value("fake/org/large")
    page.shows("Model changed to: fake/org/large")
    page.wait("not chosen", lambda: Select(page.one("#model")).first_selected_option.text == "fake/org/large")
    page.ask("!chat persona default", "Persona changed to: default")
    page.wait("not shown", lambda: Select(page.one("#persona")).first_selected_option.text == "default")
    page.ask("/model default", "Model changed to")


def hostile(page, driver):
    """What a model writes is text, whatever it looks like."""
    page.ask("be hostile", "onload")
    answer = page.all(".answer")[-1]
    text = answer.text
    for part in ["<img src=x onerror=", "<script>document.title='hacked'</script>", "[x](javascript:document.title='hacked')",
                 "[y](data:text/html", "<b onclick=\"1\">z</b>", "<svg/onload=alert(1)>"]:
        assert part in text, (part, text)
    assert not answer.find_elements(By.CSS_SELECTOR, "img, script, b[onclick], svg, iframe")
    links = answer.find_elements(By.CSS_SELECTOR, "a")
    assert [link.get_attribute("href") for link in links] == ["https://example.org/"]
    assert "noopener" in links[0].get_attribute("rel") and "noreferrer" in links[0].get_attribute("rel")
    # The same of what people say, and of who they say they are.
    page.one("#place").click()
    page.enter("<img src=x onerror=\"document.title='hacked'\">")
    page.ask("<script>document.title='hacked'</script>", ": ")
    assert not page.all("#log img, #log script") and "hacked" not in driver.title
    page.one("#place").click()
    page.enter("alice")


def markdown(page, _):
    """The renderer, on its own: what it makes of texts, as elements."""
    cases = [
        ("a *b* **c** ***d*** `e` ~~f~~", "<p>a <em>b</em> <strong>c</strong> <em><strong>d</strong></em> <code>e</code> <del>f</del></p>"),
        ("snake_case_name 2*3*4 a * b", "<p>snake_case_name 2<em>3</em>4 a * b</p>"),
        ("**open and *shut", "<p>**open and *shut</p>"),
        ("one\ntwo", "<p>one<br>two</p>"),
        ("# A\n## B #", "<h3>A</h3><h4>B</h4>"),
        ("# C#\n# \n#\t #\n## a  b ##  ", "<h3>C#</h3><h3></h3><h3></h3><h4>a  b</h4>"),
        ("- a\n\n\n  b\n\n- c\n\n\nd", "<ul><li>a<p>b</p></li><li>c</li></ul><p>d</p>"),
        ("~~~ x\n~~\n~~~~\ny", "<div><div><span>x</span><button>Copy</button></div><pre><code>~~</code></pre></div><p>y</p>"),
        ("a|b\n:-|-\nc", "<div><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody></tbody></table></div><p>c</p>"),
        ("a|b\n-- |-x", "<p>a|b<br>-- |-x</p>"),
        ("- a\n- b\n  - c\n\n1. x\n2. y", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><ol><li>x</li><li>y</li></ol>"),
        ("3. x", '<ol start="3"><li>x</li></ol>'),
        ("> a\n> > b", "<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>"),
        ("a\n\n---\n\nb", "<p>a</p><hr><p>b</p>"),
        ("| a | b |\n|---|:-:|\n| 1 |", "<div><table><thead><tr><th>a</th><th>b</th></tr></thead><tbody><tr><td>1</td><td></td></tr></tbody></table></div>"),
        ("```js\na < b && `c`\n```", "<div><div><span>js</span><button>Copy</button></div><pre><code>a &lt; b &amp;&amp; `c`</code></pre></div>"),
        ("```\nstill being written", "<div><div><span>text</span><button>Copy</button></div><pre><code>still being written</code></pre></div>"),
        ("\\*no\\* &lt;b&gt; <b>", "<p>*no* &amp;lt;b&amp;gt; &lt;b&gt;</p>"),
        ("see https://a.example/b_c_d. (http://x.example)", '<p>see <a href="https://a.example/b_c_d">https://a.example/b_c_d</a>. (<a href="http://x.example/">http://x.example</a>)</p>'),
        ("[m](mailto:a@b.example) [r](/relative) [j](JaVaScRiPt:x) [v](vbscript:x) <javascript:x>", '<p><a href="mailto:a@b.example">m</a> [r](/relative) [j](JaVaScRiPt:x) [v](vbscript:x) &lt;javascript:x&gt;</p>'),
        ("[a\u0001](java\tscript:x) ![i](https://a.example/i.png)", '<p>[a\u0001](java\tscript:x) !<a href="https://a.example/i.png">i</a></p>'),
        ("", ""),
    ]
    make = """
        const [texts, done] = arguments;
        import('/markdown.js').then(({ show }) => done(texts.map((text) => {
          const box = document.createElement('div');
          show(box, text);
          for (const each of box.querySelectorAll('*')) {
            for (const name of each.getAttributeNames()) if (!['href', 'start'].includes(name)) each.removeAttribute(name);
          }
          return box.innerHTML;
        })), (fault) => done(String(fault)));
        """
    page.look().set_script_timeout(60)
    found = page.driver.execute_async_script(make, [text for text, _ in cases])
    for (text, expected), made in zip(cases, found):
        assert made == expected, f"{text!r}\n  made     {made}\n  expected {expected}"
    # However it is cut, and whatever is in it, it comes to an end, and a prefix leaves nothing behind.
    hard = ["*" * 5000, "`" * 5000 + "a", "[" * 5000, "> " * 3000 + "x", "- " * 3000, "**a " * 3000, "_a*b`c~~" * 1000,
            "|" * 3000 + "\n" + "|-" * 3000, "\n".join("  " * (n % 40) + "- x" for n in range(2000)), "(" * 9000 + "https://a" * 900]
    sizes = page.driver.execute_async_script(make, hard)
    assert len(sizes) == len(hard) and all(sizes), [len(size) for size in sizes]
    # Texts of so many characters that are made to be slow to read take no longer than they are long: in time they would
    # not be done otherwise.
    def lines(line):
        return (line + "\n") * (SIZE // (len(line) + 1))

    spaces = " " * SIZE
    some = " " * 3900
    long = ["# a" + spaces + "b", "``` " + spaces + "`", "a|b\n-" + spaces + "x", "- " + spaces + "x\u2028", "~" * SIZE + "`",
            "- a" + "\n" * SIZE + "  b", "- a\n" + lines("  b"), "- a\n" + lines("  "), lines("```\n```"), lines("- a"), lines("- ```"),
            lines("# a" + some + "b"), lines("``` " + some + "`"), lines("a|b\n-" + some + "x"), lines("~" * 3900 + "`"),
            "|".join("a" * 30) + "\n" + "|".join("-" * 30) + "\n" + lines("|"), lines("*a **b"), lines("[a](" * 900),
            lines("http://" + "." * 1990 + "a"), lines("> " * 8 + "- a")]
    sizes = page.driver.execute_async_script(make, long)
    assert len(sizes) == len(long) and all(sizes), [len(size) for size in sizes]
    assert all(size.count("<") < 200_000 for size in sizes), [size.count("<") for size in sizes]
    plain = page.driver.execute_async_script(make, ["*a* " * 1001, "a\n" + "# " + "b" * 4000 + "\n- c"])
    assert plain == ["<p>" + "*a* " * 1001 + "</p>", "<p>a</p><p># " + "b" * 4000 + "</p><ul><li>c</li></ul>"], plain
    whole = cases[5][0]
    grown = page.driver.execute_async_script("""
        const [text, done] = arguments;
        import('/markdown.js').then(({ show }) => {
          const [grown, once] = [document.createElement('div'), document.createElement('div')];
          for (let end = 0; end <= text.length; end += 1) show(grown, text.slice(0, end));
          show(once, text);
          done(grown.innerHTML === once.innerHTML);
        });
        """, whole + "\n\n" + cases[9][0] + "\n\n" + cases[10][0])
    assert grown


def late(page, _):
    """What comes after it was given up counts; and what a gateway that was started anew does not know of is not given up."""
    shown = page.driver.execute_async_script("""
        const done = arguments[0];
        import('/turns.js').then(({ Turns }) => {
          const make = () => {
            const log = document.createElement('div');
            const empty = document.createElement('p');
            empty.id = 'empty';
            log.append(empty);
            const turns = new Turns(log, () => 'alice', document.createElement('div'), { changed() {}, again() {}, retry() {} });
            for (const id of ['a', 'b', 'c']) turns.said({ id, name: 'alice', text: `ask ${id}`, at: 1 });
            return { log, turns };
          };
          const texts = (log) => [...log.querySelectorAll('.turn')].map((turn) => turn.textContent);
          const one = make();
          one.turns.settle({ open: ['a', 'b', 'c'], epoch: 'e' });
          one.turns.piece({ id: 'c', text: 'part' });
          one.turns.settle({ open: [], epoch: 'e' });
          const lost = texts(one.log);
          one.turns.answered({ id: 'a', text: 'late', provider: 'p', model: 'm', at: 1 });
          one.turns.failed({ id: 'b', text: 'broken', code: 'internal' });
          one.turns.piece({ id: 'c', text: ' and more' });
          requestAnimationFrame(() => requestAnimationFrame(() => {
            const found = texts(one.log);
            const two = make();
            two.turns.settle({ open: ['a', 'b', 'c'], epoch: 'e' });
            two.turns.settle({ open: [], epoch: 'f' });
            done([lost, found, texts(two.log), two.turns.isWaiting]);
          }));
        }).catch((fault) => done(String(fault)));
        """)
    assert not isinstance(shown, str), shown
    lost, found, unknown, waits = shown
    gone = "Not answered: the connection was lost meanwhile."
    assert all(text.count(gone) == 1 and "Try again" in text for text in lost) and "part" in lost[2], lost
    assert not any(gone in text for text in found), found
    assert "late" in found[0] and "Try again" not in found[0], found
    assert "broken" in found[1] and "part and more" in found[2], found
    assert waits and not any(gone in text or "Try again" in text for text in unknown), unknown


def stops(page, _):
    """Esc stops, Retry asks again, a new topic forgets, and failures say what to do."""
    page.say("never end")
    page.shows("One")
    page.shot("streaming")
    page.type(Keys.ESCAPE)
    page.shows("Stopped.")
    page.wait("still to be stopped", lambda: not page.one("#stop").is_displayed())
    page.say("never end")
    page.wait("nothing to stop", lambda: page.one("#stop").is_displayed())
    page.one("#stop").click()
    page.wait("not stopped", lambda: page.one("#log").text.count("Stopped (1 cancelled).") == 2)
    page.ask("Say it twice", ": Say it twice")
    assert len([each for each in page.all(".foot button") if each.text == "Retry"]) == 1
    [each for each in page.all(".foot button") if each.text == "Retry"][0].click()
    page.wait("not said twice", lambda: page.one("#log").text.count(": Say it twice") == 2)
    page.say("please fail")
    page.shows("Try again, or choose another model.")
    assert "secret" not in page.one("#log").text
    page.shot("error")
    [each for each in page.all(".foot button") if each.text == "Try again"][-1].click()
    page.wait("not tried again", lambda: len(page.all(".failure")) == 2)
    page.one("#reset").click()
    page.shows("Conversation context reset (")


def keyboard(page, driver):
    """Everything by keys: lines, what was written before, the controls in their order."""
    page.type("first line", Keys.SHIFT + Keys.ENTER + Keys.NULL, "second line", Keys.ENTER)
    page.shows(": first line\n| second line")
    page.type(Keys.ARROW_UP)
    assert page.one("#text").get_attribute("value") == "first line\nsecond line"
    page.type(Keys.ARROW_UP)
    assert page.one("#text").get_attribute("value") != "first line\nsecond line"
    page.type(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    assert page.one("#text").get_attribute("value") == ""
    page.type("   ", Keys.ENTER)
    assert page.one("#text").get_attribute("value").strip() == ""
    page.one("#text").clear()
    page.script("document.querySelector('body a, body button').focus()")
    seen = ["skip"] if driver.switch_to.active_element.get_attribute("class") == "skip" else []
    for _ in range(100):
        driver.switch_to.active_element.send_keys(Keys.TAB)
        focused = driver.switch_to.active_element
        seen.append(focused.get_attribute("id") or focused.get_attribute("class") or focused.text)
        outline = focused.value_of_css_property("outline-style")
        border = page.one(".field").value_of_css_property("border-color") if seen[-1] == "text" else ""
        assert outline != "none" or border, f"the focus cannot be seen on {seen[-1]}"
        if seen[-1] == "send":
            break
    wanted = ["skip", "place", "persona", "model", "reset", "log", "text", "send"]
    assert [each for each in seen if each in wanted] == wanted, seen
    # A label for everything, and landmarks.
    unnamed = page.script("return [...document.querySelectorAll('button, select, input, textarea')].filter((each) => "
                          "!each.textContent.trim() && !each.labels?.length && !each.ariaLabel).map((each) => each.outerHTML)")
    assert not unnamed, unnamed
    for selector in ["header", "main", "[role=log][aria-label]", "[role=status]", "[aria-live=polite]"]:
        assert page.all(selector), selector


def looks(page, _):
    """Nothing is wider than a phone; light and dark differ, and both can be read."""
    page.ask("show me code", "quoted")
    grounds = set()
    for width, height in [(1100, 800), (360, 740), (320, 568)]:
        for scheme in ["light", "dark"]:
            page.emulate(width, height, scheme)
            wide = page.script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            inner = page.script("const log = document.getElementById('log'); return log.scrollWidth - log.clientWidth")
            assert wide <= 0 and inner <= 0, (width, scheme, wide, inner)
            grounds.add(page.script("return getComputedStyle(document.body).backgroundColor"))
            contrast = page.script(CONTRAST)
            assert all(ratio >= 4.5 for _, ratio in contrast), (scheme, contrast)
            page.wait("it does not stay at the end", lambda: not page.one("#latest").is_displayed())
            page.shot(f"{scheme}-{width}")
    assert len(grounds) == 2
    page.emulate(1100, 800, "light")
    page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


# The contrast (WCAG 2) of texts with what is behind them.
CONTRAST = """
    const luminance = ([r, g, b]) => {
      const [x, y, z] = [r, g, b].map((value) => value / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4));
      return 0.2126 * x + 0.7152 * y + 0.0722 * z;
    };
    const parts = (color) => color.match(/[\\d.]+/g).map(Number);
    const behind = (element) => {
      for (let each = element; each; each = each.parentElement) {
        const color = parts(getComputedStyle(each).backgroundColor);
        if (color.length === 3 || color[3] === 1) return color;
      }
    };
    return ['.said .words', '.said .head time', '.answer .words', '.foot span', '.foot button', '.markdown a', '.code code',
      '.failure p', '.failure .hint', '.notice .words', '#status', '.who', '.send', '.keys', 'blockquote'].flatMap((selector) => {
      const element = document.querySelector(selector);
      if (!element) return [];
      const [one, two] = [luminance(parts(getComputedStyle(element).color)), luminance(behind(element))];
      return [[selector, (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05)]];
    });
    """


def reconnects(page, driver):
    """Without the network it says so; with it, it is back by itself and has missed nothing."""
    network = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    page.look().execute_cdp_cmd("Network.enable", {})
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": True, **network})
    page.script("window.dispatchEvent(new Event('online'))")
    page.shows("Not connected to the gateway. Trying again", "#status")
    page.say("into the void")
    page.shows("Not sent. The gateway cannot be reached.")
    page.shot("offline")
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", {"offline": False, **network})
    page.connected()
    turns = len(page.all(".turn"))
    [each for each in page.all(".foot button") if each.text == "Try again"][-1].click()
    page.shows(": into the void")
    assert len(page.all(".turn")) == turns + 1, "something is there twice"


def moves(page, _):
    """Another channel is another conversation; its name stands in the address."""
    page.one("#place").click()
    page.one("#entry-channel").clear()
    page.one("#entry-channel").send_keys("attic/ü #1", Keys.ENTER)
    page.connected()
    assert "into the void" not in page.one("#log").text
    assert page.look().current_url.endswith("#attic%2F%C3%BC%20%231"), page.driver.current_url
    page.ask("here?", ": here?")
    page.script("location.hash = '#den'")
    page.shows("into the void")
    assert ": here?" not in page.one("#log").text
    page.one("#place").click()
    page.one("#entry-name").clear()
    page.one("#entry-name").send_keys("é" * 40, Keys.ENTER)
    page.shows("This name is too long.", "#entry-fault")
    for name, fault in [("rO-sey", "This is the bot's name."), ("a\u202eb", "This name has characters that cannot be seen.")]:
        page.one("#entry-name").clear()
        page.one("#entry-name").send_keys(name, Keys.ENTER)
        page.shows(fault, "#entry-fault")
    page.one("#entry-cancel").click()


def signs_in(page, driver):
    """With keys one is asked for, once; the browser does not keep it."""
    page.look().get(f"{LOCKED}/#den")
    page.wait("no key is asked for", lambda: page.one("#sign-in").is_displayed())
    page.shot("sign-in")
    page.one("#key").send_keys("wrong", Keys.ENTER)
    page.shows("This key is not known here.", "#sign-in-fault")
    page.one("#key").send_keys("sesame", Keys.ENTER)
    page.wait("nobody asks who it is", lambda: page.one("#entry").is_displayed())
    page.shot("entry")
    page.enter("alice")
    page.ask("let me in", ": let me in")
    kept = page.script("return JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert "sesame" not in kept and "rosey_session" not in kept, kept
    cookies = driver.execute_cdp_cmd("Network.getCookies", {"urls": [f"{LOCKED}/web/session"]})["cookies"]
    assert [(each["httpOnly"], each["sameSite"]) for each in cookies] == [(True, "Strict")], cookies
    page.look().refresh()
    page.connected()
    page.shows(": let me in")
    # Somebody has the cookie forgotten.
    page.driver.execute_cdp_cmd("Network.clearBrowserCookies", {})
    page.say("and now?")
    page.wait("no key is asked for", lambda: page.one("#sign-in").is_displayed())
    page.one("#key").send_keys("sesame", Keys.ENTER)
    page.connected()
    page.one("#place").click()
    page.one("#sign-out").click()
    page.wait("no key is asked for", lambda: page.one("#sign-in").is_displayed())
    assert "let me in" not in page.one("#log").get_attribute("textContent")


def main():
    folder = tempfile.mkdtemp()
    driver = chrome(folder)
    try:
        page = Page(driver, driver.current_window_handle)
        page.open(OPEN, "den", "alice")
        for part in [streams, chooses, hostile, markdown, late, stops, keyboard, looks, reconnects, moves, signs_in]:
            part(page, driver)
            print("passed:", part.__name__, flush=True)
        # What the browser complains of: nothing but what was refused on purpose.
        complaints = [line["message"] for line in driver.get_log("browser") if line["level"] == "SEVERE"]
        expected = ["401", "ERR_INTERNET_DISCONNECTED"]
        assert all(any(word in line for word in expected) for line in complaints), complaints
        print("passed: all")
    finally:
        driver.quit()
        shutil.rmtree(folder, ignore_errors=True)


main()
