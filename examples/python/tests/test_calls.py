"""How calls end: by what functions of the program raise, by Ctrl-C, from another thread, in time."""

import functools
import io
import logging
import os
import signal
import threading
import time
import unittest

from .support import SilentPeer, archive, engine, layer, login_registry, registry, registry_host, repository, unique

import imgferry
from imgferry import _callbacks


class Mine(Exception):
    """What only a test raises."""


def interrupted(seconds, work):
    """Works, and is sent what Ctrl-C sends, once."""
    timer = threading.Timer(seconds, os.kill, [os.getpid(), signal.SIGINT])
    timer.start()
    try:
        work()
    finally:
        timer.cancel()
        timer.join()


class Ends(unittest.TestCase):
    def test_what_a_progress_function_raises_comes_out_as_it_is(self):
        mine = Mine()

        def stop(_progress):
            raise mine

        with engine() as an_engine, self.assertRaises(Mine) as raised:
            an_engine.load_image(archive(unique("stopped") + ":1"), progress=stop)
        self.assertIs(raised.exception, mine)
        self.assertIsNone(raised.exception.__cause__)

    def test_what_a_progress_function_returns_does_not_matter(self):
        with engine() as an_engine:
            an_engine.load_image(archive(unique("truth") + ":1"), progress=lambda _progress: True)

    def test_what_a_source_raises_comes_out_as_it_is(self):
        class Broken(io.RawIOBase):
            def read(self, size=-1):
                raise Mine

        def chunks():
            yield b"some"
            raise SystemExit(3)

        with engine() as an_engine, registry() as a_registry:
            self.assertRaises(Mine, an_engine.load_image, Broken())
            self.assertRaises(Mine, a_registry.put_blob, repository("broken"), Broken())
            self.assertRaises(SystemExit, a_registry.put_blob, repository("broken"), chunks())
            self.assertRaises(TypeError, a_registry.put_blob, repository("broken"), io.StringIO("no bytes"))

    def test_what_gives_credentials_may_fail(self):
        def credentials(host, repository):
            raise Mine

        with login_registry(credentials_for=credentials) as a_registry:
            self.assertRaises(Mine, a_registry.check_login)

    def test_what_gives_credentials_lives_as_long_as_what_asks_it(self):
        def credentials(host, repository):
            return None

        before = len(_callbacks._of_handles)
        options = imgferry.RegistryOptions(credentials_for=credentials)
        a_registry = imgferry.Registry("127.0.0.1:1", options)
        self.assertEqual(len(_callbacks._of_handles), before + 1)
        a_registry.close()
        self.assertEqual(len(_callbacks._of_handles), before)
        with self.assertRaises(imgferry.InvalidArgument):
            imgferry.Registry("not a host", options)
        self.assertEqual(len(_callbacks._of_handles), before)

    def test_ctrl_c_ends_every_call_while_the_peer_is_silent(self):
        with SilentPeer() as peer:
            an_engine = imgferry.Engine(f"tcp://{peer.host}")
            a_registry = imgferry.Registry(peer.host)
            image = f"{peer.host}/app:1"
            for name, work in {
                "images": an_engine.images,
                "push": lambda: an_engine.push(image),
                "load": lambda: an_engine.load_image(b"x" * 10),
                "get": lambda: an_engine.get_image(image),
                "tags": lambda: a_registry.tags(image),
                "repositories": lambda: list(a_registry.repositories()),
                "blob": lambda: a_registry.put_blob(image, b"x" * 10),
                "copy": lambda: imgferry.copy(
                    imgferry.Place.registry(a_registry, image), imgferry.Place.oci_layout("/nowhere/layout")
                ),
            }.items():
                with self.subTest(name):
                    began = time.monotonic()
                    self.assertRaises(KeyboardInterrupt, interrupted, 0.4, work)
                    self.assertLess(time.monotonic() - began, 1.4)

    def test_ctrl_c_is_never_lost(self):
        # It mostly comes while C works, and then before the first step of the next callback.
        with registry() as a_registry:
            target = repository("never-lost")

            class Endless(io.RawIOBase):
                def __init__(self):
                    self.end = time.monotonic() + 5

                def read(self, size=-1):
                    return bytes(size) if time.monotonic() < self.end else b""

            for at in range(20):
                work = functools.partial(a_registry.put_blob, target, Endless())
                self.assertRaises(KeyboardInterrupt, interrupted, 0.01 + at / 500, work)

    def test_an_exception_of_a_signal_handler_comes_out(self):
        def handler(_number, _frame):
            raise Mine

        before = signal.signal(signal.SIGALRM, handler)
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        try:
            with SilentPeer() as peer:
                self.assertRaises(Mine, imgferry.Registry(peer.host).tags, f"{peer.host}/app")
        finally:
            signal.signal(signal.SIGALRM, before)

    def test_a_cancel_stops_calls_of_other_threads(self):
        cancel = imgferry.Cancel()
        with SilentPeer() as peer:
            timer = threading.Timer(0.3, cancel.set)
            timer.start()
            began = time.monotonic()
            with self.assertRaises(imgferry.Cancelled):
                imgferry.Registry(peer.host).tags(f"{peer.host}/app", call=imgferry.Call(cancel=cancel))
            self.assertLess(time.monotonic() - began, 1.3)
            timer.join()
        self.assertTrue(cancel.is_set())

    def test_a_call_ends_when_its_time_is_over(self):
        with SilentPeer() as peer:
            with self.assertRaises(TimeoutError) as late:
                imgferry.Registry(peer.host).tags(f"{peer.host}/app", call=imgferry.Call(timeout=0.3))
            self.assertIn(peer.host, late.exception.endpoint)
        self.assertIsInstance(late.exception, imgferry.TimedOut)
        self.assertRaises(ValueError, registry().tags, repository("late"), call=imgferry.Call(timeout=-1))

    def test_threads_share_a_registry(self):
        failures = []
        a_registry, target = registry(), repository("threads")

        def work():
            try:
                for _ in range(5):
                    content = os.urandom(20_000)
                    blob = a_registry.put_blob(target, io.BytesIO(content))
                    assert a_registry.get_blob(f"{target}@{blob.digest}").read() == content
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=work) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])

    def test_a_call_in_a_callback_is_a_call_of_its_own(self):
        a_registry = registry()
        inner = []

        def look(progress):
            if not inner:
                with self.assertRaises(imgferry.NotFound):
                    a_registry.tags(repository("nothing"))
                inner.append(a_registry.head_manifest)

        with engine() as an_engine:
            an_engine.load_image(archive(unique("nested") + ":1", [layer(1_000_000)]), progress=look)
        self.assertTrue(inner)

    def test_errors_tell_what_is_known(self):
        with registry() as a_registry, self.assertRaises(imgferry.NotFound) as missing:
            a_registry.digest(f"{registry_host()}/nothing/here:1")
        error = missing.exception
        self.assertEqual((error.operation, error.http_status, error.status_name), ("digest", 404, "NOT_FOUND"))
        self.assertIn(registry_host(), error.endpoint)
        self.assertIn("nothing/here", str(error))
        self.assertFalse(error.retryable)
        self.assertEqual(error.left_behind, [])

    def test_what_the_library_notes_goes_to_a_logger(self):
        logger = logging.getLogger(unique("notes"))
        nobody, call = imgferry.Registry("127.0.0.1:1"), imgferry.Call(timeout=0.5)
        imgferry.log_to(logger)
        try:
            with self.assertLogs(logger, logging.DEBUG) as logs:
                self.assertRaises(TimeoutError, nobody.digest, "127.0.0.1:1/app:1", call=call)
        finally:
            imgferry.log_to(None)
        self.assertIn("trying again", logs.output[0])
        self.assertEqual(logs.records[0].name, f"{logger.name}.registry.retry")

    def test_credentials_are_in_no_text(self):
        credential = imgferry.Credential("me", "very secret", identity_token="also", bearer_token="this")
        options = imgferry.RegistryOptions(credentials=[credential], headers={"X-Key": "hidden"})
        for secret in ("very secret", "also", "this", "hidden"):
            self.assertNotIn(secret, repr(options))


if __name__ == "__main__":
    unittest.main()
