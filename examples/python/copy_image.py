#!/usr/bin/env python3
"""Copies an image from one place to another, and shows how far it is.

    copy_image.py docker://docker.io/library/alpine:3 oci:alpine:3

The places are docker://HOST/PATH:TAG, docker-daemon:NAME:TAG (the engine that DOCKER_HOST names),
docker-archive:FILE[:NAME:TAG], oci:FOLDER[:NAME] and oci-archive:FILE[:NAME]. Logins and proxies are the user's.
Ctrl-C stops it; what has come stays, and the next run goes on from there.
"""

import sys

import imgferry
from imgferry import Phase, Progress


def show(progress: Progress) -> None:
    if progress.phase in (Phase.LAYER_DONE, Phase.EXISTS):
        print(progress.message, flush=True)


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: copy_image.py SOURCE DESTINATION", file=sys.stderr)
        return 2
    options = imgferry.RegistryOptions(credentials_from_env=True, environment=True)
    try:
        with imgferry.Engine.from_env() as engine:
            source, destination = (imgferry.Place.parse(text, engine, options) for text in sys.argv[1:])
            copied = imgferry.copy(source, destination, progress=show)
    except imgferry.ImgferryError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    for warning in copied.warnings:
        print("note:", warning, file=sys.stderr)
    if copied.platform:
        print("for", copied.platform)
    print(f"{destination} is {copied.digest}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
