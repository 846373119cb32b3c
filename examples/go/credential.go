package imgferry

// #include "glue.h"
import "C"

// Credential is what proves to a registry who asks: a user with a password, or a token. "" is none.
type Credential struct {
	// The registry that it is for, such as "registry.example:5000"; "" where only one can be meant.
	Host     string
	Username string
	// The password, or an access token in its place.
	Password string
	// A long-lived token that is exchanged for short-lived ones, as logging in to Azure's registry gives it.
	IdentityToken string
	// A token that is presented to the registry as it is.
	BearerToken string
}

// String shows no secret.
func (c Credential) String() string {
	return "credential of " + c.Username + " for " + c.Host
}

// GoString shows no secret.
func (c Credential) GoString() string {
	return c.String()
}

// CredentialFunc gives the credential for one registry, by its host and the repository in it ("" for what concerns no
// single one): one without a host, or nil to look further. Several goroutines may be in it at the same time. While it
// blocks the call cannot be stopped.
type CredentialFunc func(host, repository string) (*Credential, error)

// TokenFunc gives the token that is shown to the registries of clusters, whenever one is needed.
type TokenFunc func() (string, error)

// credentials are credentials for C, side by side.
func (m *memory) credentials(credentials []Credential) *C.imgferry_credential {
	if len(credentials) == 0 {
		return nil
	}
	list := make_[C.imgferry_credential](m, len(credentials))
	for at, credential := range credentials {
		C.imgferry_credential_init(&list[at], C.sizeof_imgferry_credential)
		list[at].host = m.optional(credential.Host)
		list[at].username = m.optional(credential.Username)
		list[at].password = m.optional(credential.Password)
		list[at].identity_token = m.optional(credential.IdentityToken)
		list[at].bearer_token = m.optional(credential.BearerToken)
	}
	return &list[0]
}

// credential is one credential for C, or none.
func (m *memory) credential(credential *Credential) *C.imgferry_credential {
	if credential == nil {
		return nil
	}
	return m.credentials([]Credential{*credential})
}
