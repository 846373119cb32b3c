package imgferry

// #include "glue.h"
import "C"

import (
	"sort"
	"unsafe"
)

// EngineOptions say how an engine is used.
type EngineOptions struct {
	// The version of the API to speak, such as "1.41". "": the newest that both sides know.
	APIVersion string
	// What the engine presents to registries on pushes and pulls, each with its own host.
	Credentials []Credential
	// Asked for the credential of a registry that Credentials does not have.
	CredentialsFor CredentialFunc
	// Where docker and podman keep their logins, the others are looked for.
	CredentialsFromEnv bool
	// A broken file or credential helper is an error, and not only a warning.
	StrictCredentials bool
	// Headers of every request to the engine, for instance for a proxy before it.
	Headers map[string]string
	// The certificate authorities that may vouch for the engine. nil: those of the system.
	AuthoritiesPEM []byte
	// Your own certificate and its key, for an engine that demands one.
	CertificatePEM, KeyPEM []byte
	// What your program calls itself, such as "demo/1.0".
	UserAgent string
	// Believes any engine. Whoever is on the way can then read and change everything.
	SkipVerification bool
}

// RegistryOptions say how a registry is reached. The default asks anonymously, by HTTPS (and by plain HTTP on this
// machine only).
type RegistryOptions struct {
	// What to present to registries that demand something, each with its own host.
	Credentials []Credential
	// Asked for the credential of a registry that Credentials does not have.
	CredentialsFor CredentialFunc
	// Where docker and podman keep their logins, the others are looked for.
	CredentialsFromEnv bool
	// A broken file or credential helper is an error, and not only a warning.
	StrictCredentials bool
	// More certificate authorities that may vouch for a registry.
	AuthoritiesPEM []byte
	// Your own certificate and its key, for a registry that demands one.
	CertificatePEM, KeyPEM []byte
	// Folders such as "/etc/docker/certs.d", with a folder for each registry.
	CertificateFolders []string
	// The hosts that may get the credentials in exchange for a token. nil: whichever host the registry names.
	TokenHosts []string
	// The proxy on the way to registries, and the hosts that are reached without it.
	Proxy, NoProxy string
	// What your program calls itself, such as "demo/1.0".
	UserAgent string
	// Headers of every request to the registry itself.
	Headers map[string]string
	// Other registries that are asked first for manifests and blobs by digest.
	Mirrors []string
	// The mirrors are also asked for the manifest of a tag. They may give an old one.
	MirrorsHaveTags bool
	// The registry may be asked by plain HTTP when it does not answer by HTTPS.
	AllowHTTP bool
	// The registries, each as references name it, that may be asked so although AllowHTTP is not set.
	HTTPHosts []string
	// Believes whoever answers for a registry's host. Dangerous.
	SkipVerification bool
	// What is not given here is as the environment says: proxies, and docker's and podman's folders of certificates.
	Environment bool
	// How many tries a request has in all; 0: 5.
	RetryAttempts int
	// How many blobs move at the same time; 0: 4.
	ParallelTransfers int
}

// userdata is what a handle keeps of options, until C destroys it. When no handle was made it is given up.
type userdata struct {
	pointer unsafe.Pointer
}

func (u userdata) unlessMade(err error) error {
	if err != nil {
		destroy(u.pointer)
	}
	return err
}

func (m *memory) engineOptions(options *EngineOptions) (*C.imgferry_engine_options, userdata) {
	if options == nil {
		return nil, userdata{}
	}
	c := &make_[C.imgferry_engine_options](m, 1)[0]
	C.imgferry_engine_options_init(c, C.sizeof_imgferry_engine_options)
	c.api_version = m.optional(options.APIVersion)
	c.credentials = m.credentials(options.Credentials)
	c.credential_count = C.size_t(len(options.Credentials))
	var keeps userdata
	if options.CredentialsFor != nil {
		keeps.pointer = kept(options.CredentialsFor)
		c.credential_callback = C.imgferry_credential_fn(C.imgferry_go_on_credential)
		c.credential_userdata = keeps.pointer
		c.credential_destroy = C.imgferry_destroy_fn(C.imgferry_go_on_destroy)
	}
	c.headers, c.header_count = m.headers(options.Headers)
	c.authorities_pem, c.authorities_pem_length = m.bytes(options.AuthoritiesPEM)
	c.certificate_pem, c.certificate_pem_length = m.bytes(options.CertificatePEM)
	c.key_pem, c.key_pem_length = m.bytes(options.KeyPEM)
	c.user_agent = m.optional(options.UserAgent)
	c.skip_verification = flag(options.SkipVerification)
	c.credentials_from_env = flag(options.CredentialsFromEnv)
	c.strict_credentials = flag(options.StrictCredentials)
	return c, keeps
}

func (m *memory) registryOptions(options *RegistryOptions) (*C.imgferry_registry_options, userdata) {
	if options == nil {
		return nil, userdata{}
	}
	c := &make_[C.imgferry_registry_options](m, 1)[0]
	C.imgferry_registry_options_init(c, C.sizeof_imgferry_registry_options)
	c.credentials = m.credentials(options.Credentials)
	c.credential_count = C.size_t(len(options.Credentials))
	var keeps userdata
	if options.CredentialsFor != nil {
		keeps.pointer = kept(options.CredentialsFor)
		c.credential_callback = C.imgferry_credential_fn(C.imgferry_go_on_credential)
		c.credential_userdata = keeps.pointer
		c.credential_destroy = C.imgferry_destroy_fn(C.imgferry_go_on_destroy)
	}
	c.authorities_pem, c.authorities_pem_length = m.bytes(options.AuthoritiesPEM)
	c.certificate_pem, c.certificate_pem_length = m.bytes(options.CertificatePEM)
	c.key_pem, c.key_pem_length = m.bytes(options.KeyPEM)
	c.certificate_folders, c.certificate_folder_count = m.texts(options.CertificateFolders)
	c.token_hosts, c.token_host_count = m.texts(options.TokenHosts)
	c.proxy = m.optional(options.Proxy)
	c.no_proxy = m.optional(options.NoProxy)
	c.user_agent = m.optional(options.UserAgent)
	c.headers, c.header_count = m.headers(options.Headers)
	c.mirrors, c.mirror_count = m.texts(options.Mirrors)
	c.http_hosts, c.http_host_count = m.texts(options.HTTPHosts)
	c.allow_http = flag(options.AllowHTTP)
	c.credentials_from_env = flag(options.CredentialsFromEnv)
	c.strict_credentials = flag(options.StrictCredentials)
	c.skip_verification = flag(options.SkipVerification)
	c.environment = flag(options.Environment)
	c.retry_attempts = C.int32_t(options.RetryAttempts)
	c.mirrors_have_tags = flag(options.MirrorsHaveTags)
	c.parallel_transfers = C.int32_t(options.ParallelTransfers)
	return c, keeps
}

// headers are headers for C, each "Name: value", in an order that does not change.
func (m *memory) headers(headers map[string]string) (**C.char, C.size_t) {
	lines := make([]string, 0, len(headers))
	for name, value := range headers {
		lines = append(lines, name+": "+value)
	}
	sort.Strings(lines)
	return m.texts(lines)
}
