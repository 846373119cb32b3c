"""How engines and registries are reached."""

from ctypes import byref
from dataclasses import dataclass, field, fields
from typing import Any, Mapping, Optional, Sequence

from . import _callbacks
from ._texts import Path, given_path
from .calls import attempt
from .credentials import Credential, CredentialsFor, credential_callback


@dataclass(frozen=True)
class EngineOptions:
    """How an engine is used."""

    #: The version of the API to speak, such as "1.41". None: the newest that both sides know.
    api_version: Optional[str] = None
    #: What the engine presents to registries on pushes and pulls, each with its own host.
    credentials: Sequence[Credential] = ()
    #: Asked for the credential of a registry that `credentials` does not have.
    credentials_for: Optional[CredentialsFor] = field(default=None, repr=False)
    #: Where docker and podman keep their logins, the others are looked for.
    credentials_from_env: bool = False
    #: A broken file or credential helper is an error, and not only a warning.
    strict_credentials: bool = False
    #: Headers of every request to the engine, for instance for a proxy before it.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: The certificate authorities that may vouch for the engine. None: those of the system.
    authorities_pem: Optional[bytes] = None
    #: Your own certificate and its key, for an engine that demands one.
    certificate_pem: Optional[bytes] = None
    key_pem: Optional[bytes] = field(default=None, repr=False)
    #: What your program calls itself, such as "demo/1.0".
    user_agent: Optional[str] = None
    #: Believes any engine. Whoever is on the way can then read and change everything.
    skip_verification: bool = False


@dataclass(frozen=True)
class RegistryOptions:
    """How a registry is reached. The default asks anonymously, by HTTPS (and by plain HTTP on this machine only)."""

    #: What to present to registries that demand something, each with its own host.
    credentials: Sequence[Credential] = ()
    #: Asked for the credential of a registry that `credentials` does not have.
    credentials_for: Optional[CredentialsFor] = field(default=None, repr=False)
    #: Where docker and podman keep their logins, the others are looked for.
    credentials_from_env: bool = False
    #: A broken file or credential helper is an error, and not only a warning.
    strict_credentials: bool = False
    #: More certificate authorities that may vouch for a registry.
    authorities_pem: Optional[bytes] = None
    #: Your own certificate and its key, for a registry that demands one.
    certificate_pem: Optional[bytes] = None
    key_pem: Optional[bytes] = field(default=None, repr=False)
    #: Folders such as "/etc/docker/certs.d", with a folder for each registry.
    certificate_folders: Sequence[Path] = ()
    #: The hosts that may get the credentials in exchange for a token. None: whichever host the registry names.
    token_hosts: Optional[Sequence[str]] = None
    #: The proxy on the way to registries, and the hosts that are reached without it.
    proxy: Optional[str] = field(default=None, repr=False)
    no_proxy: Optional[str] = None
    #: What your program calls itself, such as "demo/1.0".
    user_agent: Optional[str] = None
    #: Headers of every request to the registry itself.
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    #: Other registries that are asked first for manifests and blobs by digest.
    mirrors: Sequence[str] = ()
    #: The mirrors are also asked for the manifest of a tag. They may give an old one.
    mirrors_have_tags: bool = False
    #: The registry may be asked by plain HTTP when it does not answer by HTTPS.
    allow_http: bool = False
    #: The registries, each as references name it, that may be asked so although `allow_http` is not set.
    http_hosts: Sequence[str] = ()
    #: Believes whoever answers for a registry's host. Dangerous.
    skip_verification: bool = False
    #: What is not given here is as the environment says: proxies, and docker's and podman's folders of certificates.
    environment: bool = False
    #: How many tries a request has in all; 0: 5.
    retry_attempts: int = 0
    #: How many blobs move at the same time; 0: 4.
    parallel_transfers: int = 0


def make(function: Any, *arguments: Any, options: Any, struct: Any, out: Any) -> None:
    """Calls a C function that makes a handle by options, which stand behind its `arguments`.

    Where no handle is made, C does not want to keep the callback of the options.
    """
    values = {each.name: getattr(options, each.name) for each in fields(options)}
    ask = values.pop("credentials_for")
    number = None
    if ask is not None:
        callback, number, forget = credential_callback(ask)
        values.update(credential_callback=callback, credential_userdata=number, credential_destroy=forget)
    try:
        attempt(function, *arguments, byref(struct.filled(**_for_c(values))), out.out())
    except BaseException:
        if number is not None:
            _callbacks.forget(number)
        raise


def _for_c(values: Any) -> Any:
    """The values as the structs of C have them."""
    converted = dict(values)
    converted["credentials"] = [credential.to_c() for credential in values["credentials"]]
    converted["headers"] = [f"{name}: {value}" for name, value in values["headers"].items()]
    if "certificate_folders" in values:
        converted["certificate_folders"] = [given_path(folder) for folder in values["certificate_folders"]]
    return converted
