package imgferry_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"imgferry"
)

const manifestType = "application/vnd.oci.image.manifest.v1+json"

// putImage puts an image without layers; its digest.
func putImage(t *testing.T, registry *imgferry.Registry, image string) string {
	t.Helper()
	config := []byte(`{"os":"linux","architecture":"amd64","config":{"Labels":{"a":"b"}},` +
		`"rootfs":{"type":"layers","diff_ids":[]}}`)
	blob, err := registry.PutBlobData(ctx, image, config, nil)
	check(t, err)
	manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":%q,"config":{"mediaType":%q,"digest":%q,"size":%d},"layers":[]}`,
		manifestType, "application/vnd.oci.image.config.v1+json", blob.Digest, blob.Size)
	put, err := registry.PutManifest(ctx, image, manifestType, []byte(manifest))
	check(t, err)
	equal(t, put, digest([]byte(manifest)))
	return put
}

// newRepository is a registry, and a repository of it that no other test has.
func newRepository(t *testing.T) (*imgferry.Registry, string) {
	t.Helper()
	registry := newRegistry(t, registryHost(t), nil)
	return registry, registry.Host() + "/" + unique("app")
}

func TestTagsAndRepositoriesAreListed(t *testing.T) {
	registry, repository := newRepository(t)
	for _, tag := range []string{"2", "10", "1"} {
		putImage(t, registry, repository+":"+tag)
	}
	tags, err := registry.Tags(ctx, repository)
	check(t, err)
	equal(t, strings.Join(tags, " "), "1 10 2")
	names, err := registry.ListTags(repository)
	check(t, err)
	defer names.Close()
	count := 0
	for {
		_, err := names.Next(ctx)
		if err == io.EOF {
			break
		}
		check(t, err)
		count++
	}
	equal(t, count, 3)
	names, err = registry.Repositories()
	check(t, err)
	defer names.Close()
	for {
		name, err := names.Next(ctx)
		check(t, err)
		if registry.Host()+"/"+name == repository {
			break
		}
	}
}

func TestAManifestIsPutLookedAtAndRemoved(t *testing.T) {
	registry, repository := newRepository(t)
	image := repository + ":1"
	put := putImage(t, registry, image)
	manifest, err := registry.GetManifest(ctx, image)
	check(t, err)
	equal(t, digest(manifest.Data), put)
	equal(t, json.Valid(manifest.Data), true)
	head, err := registry.HeadManifest(ctx, image)
	check(t, err)
	equal(t, *head, imgferry.ManifestHead{Digest: put, MediaType: manifestType, Size: int64(len(manifest.Data))})
	info, err := registry.TagInfo(ctx, image)
	check(t, err)
	equal(t, info.Tag+" "+info.Digest+" "+info.Labels["a"], "1 "+put+" b")
	size, err := registry.Size(ctx, image)
	check(t, err)
	equal(t, size.Total, info.Size.Total)
	platforms, err := registry.Platforms(ctx, image)
	check(t, err)
	equal(t, platforms[0].Platform, "linux/amd64")
	config, err := registry.ImageConfig(ctx, image, "")
	check(t, err)
	equal(t, config.Labels["a"], "b")
	referrers, err := registry.Referrers(ctx, image, "")
	check(t, err)
	equal(t, len(referrers), 0)
	equal(t, errors.Is(registry.DeleteTag(ctx, image), imgferry.ErrUnsupported), true)
	removed, err := registry.DeleteManifest(ctx, image)
	check(t, err)
	equal(t, removed, put)
	_, err = registry.Digest(ctx, image)
	var failed *imgferry.Error
	equal(t, errors.As(err, &failed), true)
	equal(t, failed.Kind, imgferry.ErrNotFound)
	equal(t, failed.HTTPStatus, 404)
	equal(t, failed.Operation, "digest")
	equal(t, strings.Contains(failed.Endpoint, registryHost(t)), true)
	_, err = registry.GetManifest(ctx, image)
	equal(t, errors.Is(err, imgferry.ErrNotFound), true)
}

func TestAllTagsAreRemoved(t *testing.T) {
	registry, repository := newRepository(t)
	putImage(t, registry, repository+":1")
	putImage(t, registry, repository+":2")
	removed, err := registry.DeleteAllTags(ctx, repository)
	check(t, err)
	equal(t, len(removed), 2)
}

func TestABlobIsUploadedAndRead(t *testing.T) {
	registry, repository := newRepository(t)
	path := filepath.Join(t.TempDir(), "blob")
	for _, put := range []func([]byte) (*imgferry.UploadedBlob, error){
		func(content []byte) (*imgferry.UploadedBlob, error) {
			return registry.PutBlobData(ctx, repository, content, nil)
		},
		func(content []byte) (*imgferry.UploadedBlob, error) {
			return registry.PutBlob(ctx, repository, bytes.NewReader(content), nil)
		},
		func(content []byte) (*imgferry.UploadedBlob, error) {
			check(t, os.WriteFile(path, content, 0o600))
			return registry.PutBlobFile(ctx, repository, path, &imgferry.UploadOptions{ChunkSize: 100_000})
		},
	} {
		content := noise(300_000)
		uploaded, err := put(content)
		check(t, err)
		equal(t, uploaded.Digest, digest(content))
		blob := repository + "@" + uploaded.Digest
		size, err := registry.HeadBlob(ctx, blob)
		check(t, err)
		equal(t, size, int64(len(content)))
		reader, err := registry.GetBlob(ctx, blob, nil)
		check(t, err)
		equal(t, reader.Size(), size)
		got, err := io.ReadAll(reader)
		check(t, err)
		equal(t, bytes.Equal(got, content), true)
		check(t, reader.Close())
		var part bytes.Buffer
		_, err = registry.WriteBlob(ctx, &part, blob, &imgferry.BlobOptions{Offset: 10, Length: 20})
		check(t, err)
		equal(t, bytes.Equal(part.Bytes(), content[10:30]), true)
	}
}

func TestABlobIsSavedMountedAndRemoved(t *testing.T) {
	registry, repository := newRepository(t)
	uploaded, err := registry.PutBlobData(ctx, repository, noise(1000), nil)
	check(t, err)
	blob := repository + "@" + uploaded.Digest
	path := filepath.Join(t.TempDir(), "blob")
	size, err := registry.SaveBlob(ctx, path, blob, nil)
	check(t, err)
	equal(t, size, 1000)
	_, from, _ := strings.Cut(repository, "/")
	other := registry.Host() + "/" + unique("mounted")
	mounted, err := registry.MountBlob(ctx, other+"@"+uploaded.Digest, from)
	check(t, err)
	equal(t, mounted, true)
	check(t, registry.DeleteBlob(ctx, blob))
	_, err = registry.HeadBlob(ctx, blob)
	equal(t, errors.Is(err, imgferry.ErrNotFound), true)
}

func TestARegistryWithoutALoginAcceptsNone(t *testing.T) {
	registry := newRegistry(t, registryHost(t), nil)
	check(t, registry.Ping(ctx))
	accepted, err := registry.CheckLogin(ctx)
	check(t, err)
	equal(t, accepted, false)
	limit, err := registry.RateLimit()
	check(t, err)
	equal(t, limit, nil)
}

func TestCredentialsAreGivenAndAskedFor(t *testing.T) {
	host := given(t, "IMGFERRY_TEST_LOGIN_REGISTRY")
	known := imgferry.Credential{Host: host, Username: user, Password: password}
	registry := newRegistry(t, host, &imgferry.RegistryOptions{Credentials: []imgferry.Credential{known}})
	accepted, err := registry.CheckLogin(ctx)
	check(t, err)
	equal(t, accepted, true)

	asked := ""
	registry = newRegistry(t, host, &imgferry.RegistryOptions{
		CredentialsFor: func(host, repository string) (*imgferry.Credential, error) {
			asked = host + " " + repository
			return &imgferry.Credential{Username: user, Password: password}, nil
		},
	})
	_, err = registry.PutBlobData(ctx, host+"/team/app", []byte("content"), nil)
	check(t, err)
	equal(t, asked, host+" team/app")

	wrong := imgferry.Credential{Host: host, Username: user, Password: "wrong word"}
	registry = newRegistry(t, host, &imgferry.RegistryOptions{Credentials: []imgferry.Credential{wrong}})
	_, err = registry.CheckLogin(ctx)
	equal(t, errors.Is(err, imgferry.ErrUnauthorized), true)
	for _, text := range []string{err.Error(), fmt.Sprint(wrong), fmt.Sprintf("%+v %#v", wrong, wrong)} {
		equal(t, strings.Contains(text, "wrong word"), false)
	}

	mine := errors.New("the vault is closed")
	registry = newRegistry(t, host, &imgferry.RegistryOptions{
		CredentialsFor: func(string, string) (*imgferry.Credential, error) { return nil, mine },
	})
	_, err = registry.CheckLogin(ctx)
	equal(t, errors.Is(err, mine), true)
	equal(t, errors.Is(err, imgferry.ErrCallback), true)
}
