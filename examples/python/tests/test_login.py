"""Credentials, at a registry that wants some."""

import unittest

from .support import PASSWORD, USER, login_registry

import imgferry


class Login(unittest.TestCase):
    def test_a_registry_knows_its_user(self):
        host = login_registry().host
        credential = imgferry.Credential(USER, PASSWORD, host)
        with login_registry(credentials=[credential, imgferry.Credential("x", "y", "elsewhere.example")]) as registry:
            self.assertTrue(registry.check_login())

    def test_credentials_are_asked_for_when_they_are_needed(self):
        asked = []

        def credentials(host, repository):
            asked.append((host, repository))
            return imgferry.Credential(USER, PASSWORD)

        with login_registry(credentials_for=credentials) as registry:
            self.assertEqual(asked, [])
            blob = registry.put_blob(f"{registry.host}/team/app", b"content")
            self.assertEqual(blob.size, 7)
            self.assertEqual(asked[0], (registry.host, "team/app"))

    def test_nobody_and_somebody_else_stay_out(self):
        with login_registry(credentials_for=lambda host, repository: None) as registry:
            with self.assertRaises(imgferry.Unauthorized) as refused:
                registry.check_login()
            self.assertEqual(refused.exception.endpoint, f"http://{registry.host}")
        host = login_registry().host
        with login_registry(credentials=[imgferry.Credential(USER, "wrong word", host)]) as registry:
            with self.assertRaises(imgferry.Unauthorized) as refused:
                registry.check_login()
            self.assertNotIn("wrong word", str(refused.exception))

    def test_a_credential_that_cannot_be_is_refused(self):
        with login_registry(credentials_for=lambda host, repository: "a text") as registry:
            self.assertRaises(AttributeError, registry.check_login)


if __name__ == "__main__":
    unittest.main()
