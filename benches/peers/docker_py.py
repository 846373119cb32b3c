"""Work of an engine through docker-py. What it takes is in README.md."""

import json
import sys

import docker

# dockerd says nothing before it has packed an image or taken one in, which may take longer than the default of 60 s.
PATIENCE = 3600


def save(client, image, file):
    with open(file, "wb") as archive:
        for chunk in client.get_image(image):
            archive.write(chunk)


def load(client, file):
    with open(file, "rb") as archive:
        read_to_end(client.load_image(archive))


def import_(client, file, name):
    repository, tag = name.rsplit(":", 1)
    messages = client.import_image_from_file(file, repository=repository, tag=tag)
    read_to_end(map(json.loads, messages.splitlines()))


def push(client, image):
    read_to_end(client.push(image, stream=True, decode=True))


def pull(client, image):
    read_to_end(client.pull(image, stream=True, decode=True))


def inspect(client, image, count):
    for _ in range(int(count)):
        client.inspect_image(image)


def read_to_end(messages):
    """docker-py hands out a message that tells an error like any other."""
    for message in messages:
        if "error" in message:
            sys.exit(message["error"])


WORK = {"save": save, "load": load, "import": import_, "push": push, "pull": pull, "inspect": inspect}

if __name__ == "__main__":
    work, endpoint, *arguments = sys.argv[1:]
    WORK[work](docker.APIClient(endpoint, timeout=PATIENCE), *arguments)
