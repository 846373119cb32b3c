#!/usr/bin/env python3
"""Pushes a local image, looks at it in the registry, pulls it back and deletes it there.

    push_and_pull.py LOCAL-IMAGE REMOTE-IMAGE

The engine is the one that DOCKER_HOST names. IMGFERRY_USER and IMGFERRY_PASSWORD are for the registry; without them,
the logins of the docker command are used. Ctrl-C stops whatever is going on.
"""

import os
import sys
from typing import Dict, List, Optional

import imgferry
from imgferry import Phase, Progress, Unit

# --- Progress ---

BAR_WIDTH = 32


class Show:
    """Shows progress: bars on a terminal, elsewhere a line whenever the phase of a layer changes."""

    def __init__(self) -> None:
        self.terminal = sys.stdout.isatty()
        self.begin()

    def begin(self) -> None:
        # The layers' lines in the order in which they came.
        self.lines: Dict[str, str] = {}
        self.phases: Dict[str, Phase] = {}
        # How many lines are on the screen, to be written over.
        self.drawn = 0

    def __call__(self, progress: Progress) -> None:
        if progress.phase in (Phase.PUSH_STARTS, Phase.PULL_STARTS):
            verb = "pushing" if progress.phase is Phase.PUSH_STARTS else "pulling"
            print(f"{verb} {progress.source} to {progress.destination}")
            self.begin()
        elif self.terminal:
            self.show_bars(progress)
        else:
            self.show_lines(progress)

    def show_bars(self, progress: Progress) -> None:
        if progress.layer_id:
            self.lines[progress.layer_id] = layer_line(progress)
        up = f"\033[{self.drawn}A" if self.drawn else ""
        lines: List[str] = [*self.lines.values(), sum_line(progress)]
        print(up + "\n".join("\r\033[2K" + line for line in lines), flush=True)
        self.drawn = len(lines)

    def show_lines(self, progress: Progress) -> None:
        if progress.phase is Phase.WAITING:
            return
        if not progress.layer_id:
            if progress.message:
                print(progress.message)
            if progress.phase is Phase.DONE:
                print(sum_line(progress))
        elif self.phases.get(progress.layer_id) is not progress.phase:
            self.phases[progress.layer_id] = progress.phase
            print(layer_line(progress) + sum_line(progress))


def bar(current: int, total: Optional[int]) -> str:
    """How much of `total` is done, as a bar and in numbers."""
    if total is None:
        return f"{current / 1e6:.1f} MB"
    full = int(min(current, total) / max(total, 1) * BAR_WIDTH)
    return f"[{'=' * full:{BAR_WIDTH}}] {current / 1e6:.1f} MB/{total / 1e6:.1f} MB"


def layer_line(progress: Progress) -> str:
    numbers = ""
    if progress.current:
        seconds = progress.unit is Unit.SECONDS
        numbers = f"{progress.current} s" if seconds else bar(progress.current, progress.total)
    return f"  {progress.layer_id:12} {progress.status:20} {numbers}"


def sum_line(progress: Progress) -> str:
    label = "done" if progress.phase is Phase.DONE else "total"
    return f"  {label:12} {bar(progress.sum_current, progress.sum_total)}"


# --- The job ---


def registry_options(remote: str) -> imgferry.RegistryOptions:
    user, password = os.environ.get("IMGFERRY_USER"), os.environ.get("IMGFERRY_PASSWORD")
    if user is None or password is None:
        return imgferry.RegistryOptions(credentials_from_env=True)
    host = remote.partition("/")[0]
    return imgferry.RegistryOptions(credentials=[imgferry.Credential(user, password, host)])


def run(local: str, remote: str) -> None:
    show = Show()
    with imgferry.Engine.from_env() as engine, imgferry.Images(
        engine, options=registry_options(remote)
    ) as images:
        pushed = images.push(local, remote, progress=show)
        for warning in pushed.warnings:
            print("note:", warning, file=sys.stderr)
        target = str(pushed.image)
        print("pushed", target)
        print("digest", images.digest(target))
        print("size  ", images.size(target).total, "bytes")
        for image in images.tags(target):
            print("tag   ", image)

        before = engine.inspect_image(local)
        engine.remove_image(local)
        pulled = images.pull(target, local, progress=show)
        print("pulled", target, "as", pulled.image)
        print("image ID before", before.id)
        print("image ID after ", pulled.id)

        print("deleted", images.rm(target), "from the registry")


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: push_and_pull.py LOCAL-IMAGE REMOTE-IMAGE", file=sys.stderr)
        return 2
    try:
        run(*sys.argv[1:])
    except imgferry.ImgferryError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        # What a shell says of a program that Ctrl-C has ended.
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
