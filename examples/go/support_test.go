package imgferry_test

import (
	"archive/tar"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"testing"

	"imgferry"
)

// Who may use the registry that wants a login.
const user, password = "tester", "secret"

var numbers int64

// given is a variable of the environment that says where a part runs that the tests need.
func given(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: tests/run starts what the tests need", name)
	}
	return value
}

// registryHost is a registry by plain HTTP, open to all, deleting allowed.
func registryHost(t *testing.T) string { return given(t, "IMGFERRY_TEST_REGISTRY") }

func newEngine(t *testing.T) *imgferry.Engine {
	t.Helper()
	engine, err := imgferry.NewEngine(given(t, "DOCKER_HOST"), nil)
	check(t, err)
	t.Cleanup(func() { engine.Close() })
	return engine
}

func newRegistry(t *testing.T, host string, options *imgferry.RegistryOptions) *imgferry.Registry {
	t.Helper()
	registry, err := imgferry.NewRegistry(host, options)
	check(t, err)
	t.Cleanup(func() { registry.Close() })
	return registry
}

// unique is a name that no other test has.
func unique(name string) string {
	return fmt.Sprintf("go/%s-%d-%d", name, os.Getpid(), atomic.AddInt64(&numbers, 1))
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func equal[T comparable](t *testing.T, got, wanted T) {
	t.Helper()
	if got != wanted {
		t.Fatalf("got %v, wanted %v", got, wanted)
	}
}

func noise(size int) []byte {
	content := make([]byte, size)
	rand.Read(content)
	return content
}

func digest(content []byte) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256(content))
}

type file struct {
	name    string
	content []byte
}

func tarOf(t *testing.T, files ...file) []byte {
	t.Helper()
	var memory bytes.Buffer
	writer := tar.NewWriter(&memory)
	for _, file := range files {
		check(t, writer.WriteHeader(&tar.Header{Name: file.name, Mode: 0o644, Size: int64(len(file.content))}))
		_, err := writer.Write(file.content)
		check(t, err)
	}
	check(t, writer.Close())
	return memory.Bytes()
}

// layer is the tar of a layer with one file of noise.
func layer(t *testing.T, size int) []byte {
	return tarOf(t, file{"file", noise(size)})
}

// archive is an archive as `docker save` makes it, of an image with this name and layers.
func archive(t *testing.T, name string, layers ...[]byte) []byte {
	t.Helper()
	files, names, diffIDs, history := []file{}, []string{}, []string{}, []map[string]string{}
	for at, layer := range layers {
		names = append(names, fmt.Sprintf("%d/layer.tar", at))
		files = append(files, file{names[at], layer})
		diffIDs = append(diffIDs, digest(layer))
		history = append(history, map[string]string{"created_by": "a test"})
	}
	config, err := json.Marshal(map[string]any{
		"architecture": "amd64", "os": "linux",
		"config": map[string]any{"Labels": map[string]string{"greeting": "hello"}, "Env": []string{"A=b"}},
		"rootfs": map[string]any{"type": "layers", "diff_ids": diffIDs}, "history": history,
	})
	check(t, err)
	manifest, err := json.Marshal([]map[string]any{
		{"Config": "config.json", "RepoTags": []string{name}, "Layers": names},
	})
	check(t, err)
	return tarOf(t, append([]file{{"config.json", config}, {"manifest.json", manifest}}, files...)...)
}

// silentPeer accepts connections and never answers; its host and port.
func silentPeer(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { connection.Close() })
		}
	}()
	return listener.Addr().String()
}
