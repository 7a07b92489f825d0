"""How the demo's page looks on a desk and on a phone, light and dark: screenshots, and what can be measured of it, also of
each control under the mouse, held down, and in focus."""

import base64
import pathlib

SIZES = [(1280, 1000), (360, 740)]
SCHEMES = ["light", "dark"]
CONTROLS = "a, button, select, input, textarea, summary, [tabindex]"
STATES = [[], ["hover"], ["active", "hover"], ["focus", "focus-visible"]]

# What is hard to read, to hit or to look at. Texts by WCAG 1.4.3, targets by 2.5.5.
FLAWS = """
const canvas = document.createElement("canvas").getContext("2d", {willReadFrequently: true});
const paint = (color) => { canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1) };
const luminance = () => [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3).map((value) => value / 255)
  .map((value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)
  .reduce((sum, value, index) => sum + value * [0.2126, 0.7152, 0.0722][index], 0);
const isSeen = (element) => element.checkVisibility() && !element.closest(".sr, .skip, :disabled");
const contrast = (element) => {
  const style = getComputedStyle(element), around = [];
  for (let one = element; one; one = one.parentElement) around.unshift(getComputedStyle(one).backgroundColor);
  around.forEach(paint);
  const ground = luminance();
  paint(style.color);
  const [less, more] = [ground, luminance()].sort((one, other) => one - other);
  return (more + 0.05) / (less + 0.05);
};
const isLarge = ({fontSize, fontWeight}) => parseFloat(fontSize) >= (fontWeight >= 700 ? 18.66 : 24);
const named = (element) => `${element.tagName} #${element.id} ${element.textContent.trim().slice(0, 30)}`;
const all = [...document.body.querySelectorAll("*")].filter(isSeen);
const faint = all.filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .filter((element) => contrast(element) < (isLarge(getComputedStyle(element)) ? 3 : 4.5))
  .map((element) => `${named(element)} ${contrast(element).toFixed(2)}`);
const small = innerWidth > 600 ? [] : all.filter((one) => one.matches("a, button, select, input, textarea, summary"))
  .filter((one) => Math.min(one.getBoundingClientRect().width, one.getBoundingClientRect().height) < 43.9).map(named);
const wide = document.documentElement.scrollWidth > innerWidth ? ["the page scrolls sideways"] : [];
const cut = all.filter((one) => one.matches("button, .light, h1, h2") && one.scrollWidth > one.clientWidth + 1).map(named);
const sidesOut = (one, card) => one.getBoundingClientRect().right
  > card.getBoundingClientRect().right - parseFloat(getComputedStyle(card).paddingRight) + 1;
const out = all.filter((one) => one.matches(".card button:not(.quiet), .card input, .card select, .card textarea"))
  .filter((one) => sidesOut(one, one.closest(".card"))).map(named);
const moving = document.getAnimations().filter((one) => one.playState === "running").map((one) => one.animationName);
return {faint, small, wide, cut, out, moving};
"""

WHOLE = """
const {scrollWidth, scrollHeight} = document.documentElement;
return {x: 0, y: 0, width: scrollWidth, height: scrollHeight, scale: 1}
"""


def in_state(person, state):
    """What is wrong when all controls are as a mouse or a key makes one of them."""
    send = person.driver.execute_cdp_cmd
    send("DOM.enable", {})
    send("CSS.enable", {})
    root = send("DOM.getDocument", {})["root"]["nodeId"]
    for node in send("DOM.querySelectorAll", {"nodeId": root, "selector": CONTROLS})["nodeIds"]:
        send("CSS.forcePseudoState", {"nodeId": node, "forcedPseudoClasses": state})
    flaws = person.run(FLAWS)
    send("CSS.disable", {})
    return [f"{' '.join(state)} {kind}: {one}" for kind, found in flaws.items() for one in found]


def shots(person, name, folder):
    """Takes screenshots of a person's tab; what each has for flaws."""
    send = person.driver.execute_cdp_cmd
    for width, height in SIZES:
        for scheme in SCHEMES:
            send("Emulation.setDeviceMetricsOverride",
                 {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})
            send("Emulation.setEmulatedMedia", {"features": [
                {"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}]})
            file = f"{name}-{width}-{scheme}"
            shot = send("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": person.run(WHOLE)})
            pathlib.Path(folder, f"{file}.png").write_bytes(base64.b64decode(shot["data"]))
            yield file, [flaw for state in STATES for flaw in in_state(person, state)]
    send("Emulation.clearDeviceMetricsOverride", {})
    send("Emulation.setEmulatedMedia", {"features": []})
