#!/usr/bin/env python3
"""Writes man pages from what the program says of itself: one for each command, and one for the configuration file.

Arguments: the output of `sluice --experimental-dump-help`, that of `sluice serve --print-configuration-table`, a folder.
"""

import json
import os
import pathlib
import re
import sys
import time

help_file, settings_file, folder = sys.argv[1:]
root = json.loads(pathlib.Path(help_file).read_text())["command"]
date = time.strftime("%Y-%m-%d", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))))
name = root["commandName"]


def escaped(text):
    """Text as troff takes it (groff_char(7)): a line that begins with a dot or a quote would be a request."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("'", "\\(aq").replace("`", "\\(ga").replace("^", "\\(ha")
    text = text.replace("~", "\\(ti")
    text = "".join(letter if letter.isascii() else f"\\[u{ord(letter):04X}]" for letter in text)
    return "\n".join("\\&" + line if line.startswith(".") else line for line in text.split("\n"))


def heading(title, section, about):
    return [f'.TH {title.upper()} {section} {date} "{name}" "Sluice"', ".nh", ".ad l", ".SH NAME", about]


def spelling(argument):
    """`--to-user <user>`, as in the help."""
    names = [("-" if part["kind"] == "short" else "--") + part["name"] for part in argument.get("names") or []]
    value = argument.get("valueName", "")
    if argument["kind"] == "positional":
        return f"<{value}>" + ("..." if argument.get("isRepeating") else "")
    return ", ".join(names) + (f" <{value}>" if argument["kind"] == "option" else "")


def shown(command):
    return [argument for argument in command.get("arguments", []) if argument.get("shouldDisplay", True)]


def described(argument):
    text = " ".join(part for part in (argument.get("abstract"), argument.get("discussion")) if part)
    default = argument.get("defaultValue")
    return text + (f" (default: {default})" if default and "default" not in text else "")


def paragraphs(text):
    """Prose fills lines; lines that are set in stay as they are."""
    lines, is_set = [], False
    for line in text.split("\n"):
        if line.startswith("  ") != is_set and line:
            is_set = not is_set
            lines.append(".nf" if is_set else ".fi")
        lines.append(escaped(line) if line.strip() else ("" if is_set else ".PP"))
    lines += [".fi"] if is_set else []
    # A request for a paragraph at an end, or beside another, is none.
    kept = [line for number, line in enumerate(lines)
            if line != ".PP" or (0 < number < len(lines) - 1 and lines[number + 1] not in (".PP", ".nf"))]
    return [line for line in kept if line]


def page(command, path):
    title = "-".join(path)
    lines = heading(title, 1, f"{escaped(title)} \\- {escaped(command.get('abstract', '')).rstrip('.')}")
    synopsis = [escaped(spelling(argument)) for argument in shown(command) if argument["kind"] == "positional"]
    options = " [\\fIoptions\\fR]" if any(argument["kind"] != "positional" for argument in shown(command)) else ""
    commands = [child for child in command.get("subcommands", []) if child.get("shouldDisplay", True)]
    lines += [".SH SYNOPSIS", f"\\fB{escaped(' '.join(path))}\\fR{options} {' '.join(synopsis)}".rstrip()
              + (" \\fIcommand\\fR" if commands else "")]
    if command.get("discussion"):
        lines += [".SH DESCRIPTION", *paragraphs(command["discussion"])]
    if commands:
        lines.append(".SH COMMANDS")
        for child in commands:
            lines += [".TP", f"\\fB{escaped(child['commandName'])}\\fR", escaped(child.get("abstract", ""))]
    if shown(command):
        lines.append(".SH OPTIONS")
        for argument in shown(command):
            lines += [".TP", f"\\fB{escaped(spelling(argument))}\\fR", escaped(described(argument)) or "\\&"]
    others = [f"{name}-{child['commandName']}" for child in root["subcommands"] if child.get("shouldDisplay", True)]
    also = sorted({name, *others} - {title})
    lines += [".SH SEE ALSO", ", ".join(f"\\fB{escaped(other)}\\fR(1)" for other in also)
              + f", \\fB{escaped(name)}.yaml\\fR(5)"]
    return title, lines, commands


def write(file, lines):
    (pathlib.Path(folder) / file).write_text("\n".join(lines) + "\n")


def write_all(command, path):
    title, lines, commands = page(command, path)
    write(f"{title}.1", lines)
    for child in commands:
        if child["commandName"] != "help":
            write_all(child, path + [child["commandName"]])


def plain(cell):
    """A cell of a Markdown table without its marks."""
    return re.sub(r"<doc:(\w+)>", r"the article \1", cell.replace("\\|", "|")).replace("`", "").strip()


def write_settings():
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in pathlib.Path(settings_file).read_text().split("\n")
            if line.startswith("| `")]
    lines = heading(f"{name}.yaml", 5, f"{name}.yaml \\- the configuration of the gateway")
    lines += [".SH DESCRIPTION"] + paragraphs(
        f"{name} serve \\-\\-config FILE reads it. Each setting can also come from a variable (listen.port: "
        "SLUICE_LISTEN_PORT) or a flag (--listen-port), the last being the strongest. Times have a unit: 500ms, 15s, 5m, "
        "1h, 2d. Sizes are bytes, or have one: 64KiB, 1MiB, 2GiB.".replace("\\-\\-", "--"))
    lines.append(".SH SETTINGS")
    for cells in rows:
        key, *middle, effect = [plain(cell) for cell in cells]
        lines += [".TP", f"\\fB{escaped(key)}\\fR", escaped(effect) + ".", ".br", escaped("; ".join(filter(None, middle)))]
    lines += [".SH SEE ALSO", f"\\fB{name}\\fR(1), \\fB{name}\\-serve\\fR(1), \\fB{name}\\-check\\fR(1)"]
    write(f"{name}.yaml.5", lines)


pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
write_all(root, [name])
write_settings()
