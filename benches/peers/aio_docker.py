"""Work of an engine through aiodocker. What it takes is in README.md."""

import asyncio
import sys

import aiodocker
from aiodocker.jsonstream import json_stream_stream

BUFFER = 1 << 20


async def save(docker, image, file):
    with open(file, "wb") as archive:
        async with docker.images.export_image(image) as content:
            async for chunk in content.iter_chunked(BUFFER):
                archive.write(chunk)


async def load(docker, file):
    with open(file, "rb") as archive:
        await read_to_end(docker.images.import_image(archive, stream=True))


async def import_(docker, file, name):
    """aiodocker has no method for it (its `import_image` is a load), so it is sent as that method sends."""
    repository, tag = name.rsplit(":", 1)
    with open(file, "rb") as layer:
        async with docker._query_chunked_post(
            "images/create",
            params={"fromSrc": "-", "repo": repository, "tag": tag},
            data=layer,
            headers={"Content-Type": "application/x-tar"},
        ) as response:
            await read_to_end(json_stream_stream(response))


async def push(docker, image):
    repository, tag = image.rsplit(":", 1)
    await read_to_end(docker.images.push(repository, tag=tag, stream=True))


async def pull(docker, image):
    await read_to_end(docker.images.pull(image, stream=True))


async def inspect(docker, image, count):
    for _ in range(int(count)):
        await docker.images.inspect(image)


async def read_to_end(messages):
    """aiodocker raises an error that a message tells."""
    async for _ in messages:
        pass


WORK = {"save": save, "load": load, "import": import_, "push": push, "pull": pull, "inspect": inspect}


async def main(work, endpoint, *arguments):
    async with aiodocker.Docker(endpoint) as docker:
        await WORK[work](docker, *arguments)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
