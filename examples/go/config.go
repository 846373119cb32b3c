package imgferry

// #include "glue.h"
import "C"

import "runtime"

// Config is a configuration: registries by the names of their clusters, and who asks them. The head of imgferry.h shows
// its form, and the forms of the names that it reads.
type Config struct {
	c *C.imgferry_config
}

// ConfigOptions take the place of what a configuration says for all clusters.
type ConfigOptions struct {
	ClusterName, OrgName, ProjectName string
	// Who asks.
	Username string
	// Gives the token. Several goroutines may be in it at the same time.
	Token TokenFunc
}

// ParseConfig reads a configuration from its text. The options may be nil, as those of the other two.
func ParseConfig(json string, options *ConfigOptions) (*Config, error) {
	m := &memory{}
	defer m.free()
	cJSON := m.text(json)
	return newConfig(m, options, func(
		c *C.imgferry_config_options, out **C.imgferry_config, failure **C.imgferry_error,
	) C.imgferry_status {
		return C.imgferry_config_parse(cJSON, c, out, failure)
	})
}

// ReadConfig reads a configuration from a file.
func ReadConfig(path string, options *ConfigOptions) (*Config, error) {
	m := &memory{}
	defer m.free()
	cPath := m.text(path)
	return newConfig(m, options, func(
		c *C.imgferry_config_options, out **C.imgferry_config, failure **C.imgferry_error,
	) C.imgferry_status {
		return C.imgferry_config_read(cPath, c, out, failure)
	})
}

// ConfigFromEnv is the configuration that the environment leads to: IMGFERRY_CONFIG, or the file of the user, or none.
func ConfigFromEnv(options *ConfigOptions) (*Config, error) {
	m := &memory{}
	defer m.free()
	return newConfig(m, options, func(
		c *C.imgferry_config_options, out **C.imgferry_config, failure **C.imgferry_error,
	) C.imgferry_status {
		return C.imgferry_config_from_env(c, out, failure)
	})
}

func newConfig(
	m *memory, options *ConfigOptions,
	function func(*C.imgferry_config_options, **C.imgferry_config, **C.imgferry_error) C.imgferry_status,
) (*Config, error) {
	if options == nil {
		options = &ConfigOptions{}
	}
	c := &make_[C.imgferry_config_options](m, 1)[0]
	C.imgferry_config_options_init(c, C.sizeof_imgferry_config_options)
	c.cluster_name = m.optional(options.ClusterName)
	c.org_name = m.optional(options.OrgName)
	c.project_name = m.optional(options.ProjectName)
	c.username = m.optional(options.Username)
	var keeps userdata
	if options.Token != nil {
		keeps.pointer = kept(options.Token)
		c.token_callback = C.imgferry_token_fn(C.imgferry_go_on_token)
		c.token_userdata = keeps.pointer
		c.token_destroy = C.imgferry_destroy_fn(C.imgferry_go_on_destroy)
	}
	var out *C.imgferry_config
	err := attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
		return function(c, &out, failure)
	})
	if keeps.unlessMade(err) != nil {
		return nil, err
	}
	config := &Config{out}
	runtime.SetFinalizer(config, (*Config).Close)
	return config, nil
}

// Close gives it up.
func (c *Config) Close() error {
	runtime.SetFinalizer(c, nil)
	C.imgferry_config_free(c.c)
	c.c = nil
	return nil
}

// ClusterName is the current cluster; "" when none is named.
func (c *Config) ClusterName() string {
	defer runtime.KeepAlive(c)
	return C.GoString(C.imgferry_config_cluster_name(c.c))
}

// OrgName is the current organization; "" when none is named.
func (c *Config) OrgName() string {
	defer runtime.KeepAlive(c)
	return C.GoString(C.imgferry_config_org_name(c.c))
}

// ProjectName is the current project; "" when none is named.
func (c *Config) ProjectName() string {
	defer runtime.KeepAlive(c)
	return C.GoString(C.imgferry_config_project_name(c.c))
}

// Clusters is where the registry of each cluster is, as it was written, by the name of the cluster.
func (c *Config) Clusters() map[string]string {
	defer runtime.KeepAlive(c)
	clusters := map[string]string{}
	for at := C.size_t(0); at < C.imgferry_config_cluster_count(c.c); at++ {
		name := C.GoString(C.imgferry_config_cluster_name_at(c.c, at))
		clusters[name] = C.GoString(C.imgferry_config_registry_url_at(c.c, at))
	}
	return clusters
}

// TagOption is what becomes of the tag in a name that is read.
type TagOption int32

// The options.
const (
	// A name without tag and digest gets the tag "latest".
	TagDefault TagOption = C.IMGFERRY_TAG_DEFAULT
	// A missing tag stays missing.
	TagAllow TagOption = C.IMGFERRY_TAG_ALLOW
	// A name with a tag or a digest is refused.
	TagDeny TagOption = C.IMGFERRY_TAG_DENY
)

// RemoteImage reads the name of a remote image, such as "image:app:1".
func (c *Config) RemoteImage(name string, tag TagOption) (RemoteImage, error) {
	return c.remote(name, func(
		name *C.char, out **C.imgferry_remote_image, failure **C.imgferry_error,
	) C.imgferry_status {
		return C.imgferry_config_remote_image(c.c, name, C.imgferry_tag_option(tag), out, failure)
	})
}

// PlatformImage reads the name of a remote image that belongs to a cluster.
func (c *Config) PlatformImage(name string, tag TagOption) (RemoteImage, error) {
	return c.remote(name, func(
		name *C.char, out **C.imgferry_remote_image, failure **C.imgferry_error,
	) C.imgferry_status {
		return C.imgferry_config_platform_image(c.c, name, C.imgferry_tag_option(tag), out, failure)
	})
}

// ToPlatformImage is the remote image that a local one is pushed to when none is named.
func (c *Config) ToPlatformImage(local string) (RemoteImage, error) {
	return c.remote(local, func(
		name *C.char, out **C.imgferry_remote_image, failure **C.imgferry_error,
	) C.imgferry_status {
		return C.imgferry_config_to_platform_image(c.c, name, out, failure)
	})
}

// LocalImage reads the name of a local image, or an image ID.
func (c *Config) LocalImage(name string, tag TagOption) (LocalImage, error) {
	return c.local(name, func(
		name *C.char, out **C.imgferry_local_image, failure **C.imgferry_error,
	) C.imgferry_status {
		return C.imgferry_config_local_image(c.c, name, C.imgferry_tag_option(tag), out, failure)
	})
}

// ToLocalImage is the local image that a remote one is pulled as when none is named.
func (c *Config) ToLocalImage(remote string) (LocalImage, error) {
	return c.local(remote, func(
		name *C.char, out **C.imgferry_local_image, failure **C.imgferry_error,
	) C.imgferry_status {
		return C.imgferry_config_to_local_image(c.c, name, out, failure)
	})
}

func (c *Config) remote(
	name string, function func(*C.char, **C.imgferry_remote_image, **C.imgferry_error) C.imgferry_status,
) (RemoteImage, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(c)
	cName := m.text(name)
	var out *C.imgferry_remote_image
	err := attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
		return function(cName, &out, failure)
	})
	return takeRemoteImage(out), err
}

func (c *Config) local(
	name string, function func(*C.char, **C.imgferry_local_image, **C.imgferry_error) C.imgferry_status,
) (LocalImage, error) {
	m := &memory{}
	defer m.free()
	defer runtime.KeepAlive(c)
	cName := m.text(name)
	var out *C.imgferry_local_image
	err := attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
		return function(cName, &out, failure)
	})
	return takeLocalImage(out), err
}
