"""Who asks: what is shown to registries."""

from ctypes import byref
from dataclasses import dataclass, field
from typing import Any, Callable, Optional, Tuple

from . import _callbacks, _structs
from ._library import library
from .calls import attempt


@dataclass(frozen=True)
class Credential:
    """What proves to a registry who asks: a user with a password, or a token. Its secrets are not in its `repr`."""

    username: Optional[str] = None
    #: The password, or an access token in its place.
    password: Optional[str] = field(default=None, repr=False)
    #: The registry that it is for, such as "registry.example:5000"; None where only one can be meant.
    host: Optional[str] = None
    #: A long-lived token that is exchanged for short-lived ones, as logging in to Azure's registry gives it.
    identity_token: Optional[str] = field(default=None, repr=False)
    #: A token that is presented to the registry as it is.
    bearer_token: Optional[str] = field(default=None, repr=False)

    def to_c(self) -> Any:
        """The same for C."""
        return _structs.Credential.filled(
            host=self.host,
            username=self.username,
            password=self.password,
            identity_token=self.identity_token,
            bearer_token=self.bearer_token,
        )


#: Gives the credential for a registry, by its host and the repository in it ("" for what concerns no single one):
#: one without a host, or None to look further. It may be called on several threads at the same time.
CredentialsFor = Callable[[str, str], Optional[Credential]]


def one_for_c(credential: Optional[Credential]) -> Any:
    """One credential in the options of a call."""
    return None if credential is None else [credential.to_c()]


def credential_callback(ask: CredentialsFor) -> Tuple[Any, int, Any]:
    """A C callback that asks `ask`."""

    def give(_userdata: Any, host: bytes, repository: bytes, reply: Any) -> None:
        credential = ask(host.decode(), repository.decode())
        if credential is not None:
            attempt(library.imgferry_credential_reply_set, reply, byref(credential.to_c()))

    return _callbacks.of_handle(_structs.CredentialFunction, give)


def token_callback(ask: Callable[[], str]) -> Tuple[Any, int, Any]:
    """A C callback that asks `ask`."""

    def give(_userdata: Any, reply: Any) -> None:
        attempt(library.imgferry_token_reply_set, reply, ask().encode())

    return _callbacks.of_handle(_structs.TokenFunction, give)
