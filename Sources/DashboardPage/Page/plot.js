// One plot: its lines over the last minutes, an axis of values, an axis of time, and the figures of the moment that is
// pointed at.

import { clock, figure } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
/** Points that are farther apart, in milliseconds, have nothing between them. */
const HOLE = 12000;
const PAD = { top: 18, bottom: 20, left: 56, right: 2 };
/** What an axis reaches at the least, so that nothing is made to look large that is not. */
const LEAST = { "count": 5, "per-second": 1, "bytes": 1 << 20, "bytes-per-second": 1024, "seconds": 0.001, "cores": 0.1 };

export class Plot {
  constructor(definition, index, hover) {
    Object.assign(this, { ...definition, index, hover, names: (definition.lines ?? []).map((line) => line.name) });
    this.limits = new Set((definition.lines ?? []).filter((line) => line.limit).map((line) => line.name));
    this.build();
  }

  // MARK: Elements

  build() {
    this.title = html("h2", {}, this.title);
    this.value = html("p", { className: "value" });
    this.legend = html("ul", { className: "legend" });
    this.picture = svg("svg", { tabindex: 0, role: "img" });
    this.none = html("p", { className: "none", hidden: true }, "no figures in this time");
    this.element = html("article", { className: "plot", hidden: true }, html("header", {}, this.title, this.value),
      html("div", { className: "stage" }, this.picture, this.none), this.legend);
    this.element.dataset.plot = this.id;
    this.picture.addEventListener("pointermove", (event) => this.pointAt(event));
    this.picture.addEventListener("pointerdown", (event) => this.pointAt(event));
    this.picture.addEventListener("pointerleave", (event) => {
      if (event.pointerType === "mouse") this.hover.leave();
    });
    this.picture.addEventListener("keydown", (event) => this.press(event));
  }

  pointAt(event) {
    const box = this.picture.getBoundingClientRect();
    const share = (event.clientX - box.left - PAD.left) / (box.width - PAD.left - PAD.right);
    this.hover.at(this.from + share * (this.until - this.from));
  }

  press(event) {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (step) this.hover.step(step);
    else if (event.key === "Escape") this.hover.leave();
    else return;
    event.preventDefault();
  }

  // MARK: Figures

  /** A point's figures by the name of the line. */
  of(point) {
    const values = point?.v[this.index];
    if (!values) return {};
    if (!Array.isArray(values)) return values;
    return Object.fromEntries(this.names.map((name, index) => [name, values[index]]));
  }

  /** The names of all lines with a figure, the largest first where they are not fixed. */
  linesOf(points) {
    if (this.names.length > 0) {
      return this.names.filter((name) => points.some((point) => isNumber(this.of(point)[name])));
    }
    const peaks = new Map();
    for (const point of points) {
      for (const [name, value] of Object.entries(this.of(point))) peaks.set(name, Math.max(peaks.get(name) ?? 0, value));
    }
    const names = [...peaks].sort((one, other) => other[1] - one[1]).map(([name]) => name);
    // Colours stay with their names for as long as these are shown.
    this.shown = [...(this.shown ?? []).filter((name) => names.includes(name)), ...names].filter(unique).slice(0, 6);
    return this.shown;
  }

  /** Draws what was between two times; `moment` is the point that is pointed at. */
  draw(points, from, until, newest, moment) {
    Object.assign(this, { from, until });
    const inside = points.filter((point) => point.t >= from - HOLE);
    const names = this.linesOf(inside);
    const isKnown = this.element.hidden ? names.length > 0 : true;
    this.element.hidden = !isKnown;
    if (!isKnown) return;
    const { clientWidth: width, clientHeight: height } = this.picture.parentElement;
    if (width === 0) return;
    this.none.hidden = names.length > 0;
    const shown = this.of(moment ?? newest);
    this.describe(names, shown, inside);
    const axis = this.axis(inside, names);
    this.picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const x = (time) => PAD.left + Math.max(0, (time - from) / (until - from)) * (width - PAD.left - PAD.right);
    const y = (value) => height - PAD.bottom - axis.share(value) * (height - PAD.top - PAD.bottom);
    const parts = [...this.grid(axis, y, width), ...times(from, until, x, height)];
    names.forEach((name, index) => {
      if (this.limits.has(name) && shown[name] > axis.top) return;  // Far away: its figure is in the legend.
      parts.push(...this.trace(inside, name, index, names.length, x, y, height));
    });
    if (moment) parts.push(...this.cross(moment, names, shown, x, y, width, height));
    this.picture.replaceChildren(...parts);
  }

  trace(points, name, index, count, x, y, height) {
    let [path, last, first] = ["", null, null];
    const areas = [];
    const close = () => { if (last) areas.push(`${path}V${height - PAD.bottom}H${x(first.t).toFixed(1)}Z`); };
    let whole = "";
    for (const point of points) {
      const value = this.of(point)[name] ?? (this.names.length > 0 ? null : 0);
      if (!isNumber(value)) { close(); whole += path; [path, last] = ["", null]; continue; }
      const isNew = !last || point.t - last.t > HOLE;
      if (isNew) { close(); whole += path; [path, first] = ["", point]; }
      path += `${isNew ? "M" : "L"}${x(point.t).toFixed(1)} ${y(value).toFixed(1)}`;
      last = point;
    }
    close();
    whole += path;
    const kind = this.limits.has(name) ? "limit" : `line line-${index}`;
    const line = svg("path", { class: kind, d: whole });
    return count === 1 ? [svg("path", { class: "area", d: areas.join("") }), line] : [line];
  }

  cross(moment, names, shown, x, y, width, height) {
    const at = x(moment.t);
    const side = at > width / 2 ? { x: at - 5, "text-anchor": "end" } : { x: at + 5, "text-anchor": "start" };
    return [
      svg("line", { class: "cross", x1: at, x2: at, y1: PAD.top - 6, y2: height - PAD.bottom }),
      ...names.filter((name) => isNumber(shown[name]) && !this.limits.has(name)).map((name) =>
        svg("circle", { class: `dot line-${names.indexOf(name)}`, cx: at, cy: y(shown[name]), r: 3.5 })),
      svg("text", { class: "moment", y: PAD.top - 8, ...side }, clock(moment.t)),
    ];
  }

  grid(axis, y, width) {
    return axis.ticks.flatMap((tick) => [
      svg("line", { class: "grid", x1: PAD.left, x2: width - PAD.right, y1: y(tick), y2: y(tick) }),
      svg("text", { class: "tick", x: PAD.left - 6, y: y(tick) + 4, "text-anchor": "end" },
        tick === 0 ? "0" : figure(tick, this.unit)),
    ]);
  }

  axis(points, names) {
    const drawn = names.filter((name) => !this.limits.has(name));
    const values = points.flatMap((point) => drawn.map((name) => this.of(point)[name])).filter(isNumber);
    const most = Math.max(LEAST[this.unit], ...values);
    if (this.scale === "logarithmic") {
      return logarithmic(Math.min(most / 10, ...values.filter((value) => value > 0)), most);
    }
    return linear(most, this.unit === "bytes" || this.unit === "bytes-per-second", this.unit === "count");
  }

  // MARK: Words

  describe(names, shown, points) {
    const own = names.filter((name) => !this.limits.has(name));
    const isAlone = own.length === 1 && names.length === 1;
    const texts = names.map((name) => figure(this.names.length > 0 ? shown[name] : shown[name] ?? 0, this.unit));
    this.value.textContent = isAlone ? texts[0] : "";
    this.legend.hidden = isAlone;
    const isSame = names.length === this.legend.children.length
      && names.every((name, index) => this.legend.children[index].dataset.name === name);
    if (!isSame) {
      this.legend.replaceChildren(...names.map((name, index) => {
        const kind = this.limits.has(name) ? "limit" : `line line-${index}`;
        const key = svg("svg", { class: "key", viewBox: "0 0 22 8", "aria-hidden": "true" },
          svg("path", { class: kind, d: "M1 4H21" }));
        const item = html("li", {}, key, html("span", {}, name), html("b", {}));
        item.dataset.name = name;
        return item;
      }));
    }
    texts.forEach((text, index) => { this.legend.children[index].lastChild.textContent = text; });
    const values = points.flatMap((point) => own.map((name) => this.of(point)[name])).filter(isNumber);
    const words = names.map((name, index) => `${name} ${texts[index]}`).join(", ");
    const between = values.length === 0 ? ""
      : `; between ${figure(Math.min(...values), this.unit)} and ${figure(Math.max(...values), this.unit)}`;
    this.picture.setAttribute("aria-label", `${this.title.textContent}: ${words}${between}`);
  }
}

// MARK: Axes

/** Three or four round values from zero. */
function linear(most, isBinary, isWhole) {
  const base = isBinary ? 1024 ** Math.floor(Math.log2(most) / 10) : 1;
  const rough = most / base / 3;
  const unit = 10 ** Math.floor(Math.log10(rough));
  let step = [1, 2, 2.5, 5, 10].find((factor) => factor * unit >= rough) * unit * base;
  if (isWhole) step = Math.max(1, Math.ceil(step));
  const ticks = [];
  for (let tick = 0; tick < most + step * 0.999; tick += step) ticks.push(tick);
  const top = ticks.at(-1);
  return { ticks, top, share: (value) => Math.min(1, value / top) };
}

/** Whole decades, two of them at the least. */
function logarithmic(least, most) {
  let [low, high] = [Math.floor(Math.log10(least)), Math.ceil(Math.log10(most))];
  if (high - low < 2) low = high - 2;
  const step = high - low > 4 ? 2 : 1;
  const ticks = [];
  for (let decade = low; decade <= high; decade += step) ticks.push(10 ** decade);
  const top = 10 ** high;
  return { ticks, top, share: (value) => (value > 0 ? clamp((Math.log10(value) - low) / (high - low)) : 0) };
}

function times(from, until, x, height) {
  const minutes = Math.round((until - from) / 60000);
  const steps = minutes === 1 ? [0, 20, 40].map((s) => s / 60) : minutes === 5 ? [0, 1, 2, 3, 4] : [0, 5, 10];
  return steps.flatMap((ago) => {
    const at = x(until - ago * 60000);
    const text = ago === 0 ? "now" : ago < 1 ? `−${Math.round(ago * 60)} s` : `−${ago} min`;
    return [
      svg("line", { class: "notch", x1: at, x2: at, y1: height - PAD.bottom, y2: height - PAD.bottom + 4 }),
      svg("text", { class: "tick", x: at, y: height - 4, "text-anchor": ago === 0 ? "end" : "middle" }, text),
    ];
  });
}

// MARK: Small things

function isNumber(value) { return typeof value === "number"; }
function unique(value, index, all) { return all.indexOf(value) === index; }
function clamp(value) { return Math.min(1, Math.max(0, value)); }

export function html(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

function svg(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
