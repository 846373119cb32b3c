package imgferry_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"

	"imgferry"
)

var ctx = context.Background()

// loaded is an engine with an image, and the image's name.
func loaded(t *testing.T) (*imgferry.Engine, string) {
	t.Helper()
	engine, name := newEngine(t), unique("app")+":1"
	_, err := engine.LoadImage(ctx, bytes.NewReader(archive(t, name, layer(t, 1000), layer(t, 50_000))), nil)
	check(t, err)
	return engine, name
}

func TestAnArchiveIsLoadedFromAnyReader(t *testing.T) {
	engine, name := newEngine(t), unique("app")+":1"
	content := archive(t, name, layer(t, 10_000))
	for _, reader := range []io.Reader{
		bytes.NewReader(content),
		iotest.HalfReader(bytes.NewReader(content)),
		iotest.DataErrReader(bytes.NewReader(content)),
	} {
		loaded, err := engine.LoadImage(ctx, reader, nil)
		check(t, err)
		equal(t, len(loaded.Names), 1)
		equal(t, loaded.Names[0], name)
	}
}

func TestAnImageIsSavedToAWriterAFileAndAReader(t *testing.T) {
	engine, name := loaded(t)
	var memory bytes.Buffer
	size, err := engine.SaveImages(ctx, &memory, []string{name}, nil)
	check(t, err)
	equal(t, size, int64(memory.Len()))
	path := filepath.Join(t.TempDir(), "image.tar")
	size, err = engine.SaveImagesFile(ctx, path, []string{name}, &imgferry.ArchiveOptions{
		Progress: func(imgferry.Progress) error { return nil },
	})
	check(t, err)
	saved, err := os.Stat(path)
	check(t, err)
	equal(t, saved.Size(), size)
	reader, err := engine.GetImage(ctx, name, nil)
	check(t, err)
	defer reader.Close()
	equal(t, reader.Size(), -1)
	entries := tar.NewReader(reader)
	found := false
	for {
		entry, err := entries.Next()
		if err == io.EOF {
			break
		}
		check(t, err)
		found = found || entry.Name == "manifest.json"
	}
	equal(t, found, true)
}

func TestAnImageStreamsFromTheEngineIntoTheEngine(t *testing.T) {
	engine, name := loaded(t)
	reader, err := engine.GetImage(ctx, name, nil)
	check(t, err)
	defer reader.Close()
	loaded, err := engine.LoadImage(ctx, reader, nil)
	check(t, err)
	equal(t, loaded.Names[0], name)
}

func TestWhatTheEngineKnowsOfAnImage(t *testing.T) {
	engine, name := loaded(t)
	details, err := engine.InspectImage(ctx, name, nil)
	check(t, err)
	equal(t, details.RepoTags[0], name)
	equal(t, details.OS+"/"+details.Architecture, "linux/amd64")
	equal(t, len(details.Layers), 2)
	images, err := engine.Images(ctx, &imgferry.ListOptions{Filters: []string{"reference=" + name}})
	check(t, err)
	equal(t, len(images), 1)
	equal(t, images[0].ID, details.ID)
	equal(t, images[0].Labels["greeting"], "hello")
	history, err := engine.History(ctx, name, "")
	check(t, err)
	equal(t, len(history), 2)
	equal(t, history[0].CreatedBy, "a test")
	version, err := engine.APIVersion(ctx)
	check(t, err)
	equal(t, version > "1.", true)
	found, err := imgferry.EngineFromEnv()
	check(t, err)
	defer found.Close()
	equal(t, found.Endpoint(), engine.Endpoint())
}

func TestNamesComeAndGo(t *testing.T) {
	engine, name := loaded(t)
	other := unique("other")
	check(t, engine.Tag(ctx, name, other, "2"))
	removed, err := engine.RemoveImage(ctx, other+":2", nil)
	check(t, err)
	equal(t, removed.Untagged[0], other+":2")
	removed, err = engine.RemoveImage(ctx, name, &imgferry.RemoveOptions{Force: true})
	check(t, err)
	equal(t, len(removed.Deleted) > 0, true)
	_, err = engine.InspectImage(ctx, name, nil)
	equal(t, errors.Is(err, imgferry.ErrNotFound), true)
}

func TestAnImageIsPushedAndPulledWithProgress(t *testing.T) {
	engine, local := loaded(t)
	name := registryHost(t) + "/" + unique("app") + ":1"
	check(t, engine.Tag(ctx, local, name, ""))
	var last imgferry.Progress
	progress := func(progress imgferry.Progress) error {
		last = progress
		return nil
	}
	pushed, err := engine.Push(ctx, name, &imgferry.PushOptions{Progress: progress})
	check(t, err)
	equal(t, last.Phase, imgferry.Done)
	equal(t, last.Digest, pushed.Digest)
	equal(t, pushed.Tags[0], imgferry.TagDigest{Tag: "1", Digest: pushed.Digest})
	_, err = engine.RemoveImage(ctx, name, nil)
	check(t, err)
	pulled, err := engine.Pull(ctx, name, &imgferry.PullOptions{Progress: progress})
	check(t, err)
	equal(t, pulled.Digest, pushed.Digest)
	distribution, err := engine.InspectDistribution(ctx, name, nil)
	check(t, err)
	equal(t, distribution.Digest, pushed.Digest)
}

func TestARootFileSystemBecomesAnImage(t *testing.T) {
	engine, content := newEngine(t), layer(t, 1000)
	options := &imgferry.ImportOptions{Repository: unique("import"), Tag: "1", Changes: []string{"ENV X=y"}}
	path := filepath.Join(t.TempDir(), "root.tar")
	check(t, os.WriteFile(path, content, 0o600))
	for _, imported := range []func() (*imgferry.Imported, error){
		func() (*imgferry.Imported, error) { return engine.ImportImage(ctx, bytes.NewReader(content), options) },
		func() (*imgferry.Imported, error) { return engine.ImportImageData(ctx, content, options) },
		func() (*imgferry.Imported, error) { return engine.ImportImageFile(ctx, path, options) },
	} {
		image, err := imported()
		check(t, err)
		_, err = engine.InspectImage(ctx, image.ID, nil)
		check(t, err)
	}
	_, err := engine.ImportImageURL(ctx, "no URL", options)
	equal(t, errors.Is(err, imgferry.ErrInvalidArgument), true)
	_, err = engine.ImportImageFrom(ctx, registryHost(t)+"/nothing/here:1", nil)
	equal(t, errors.Is(err, imgferry.ErrNotFound), true)
}

func TestWhatNobodyUsesIsPruned(t *testing.T) {
	engine := newEngine(t)
	imported, err := engine.ImportImageData(ctx, layer(t, 1000), nil)
	check(t, err)
	pruned, err := engine.PruneImages(ctx, "dangling=true")
	check(t, err)
	found := false
	for _, id := range pruned.Deleted {
		found = found || id == imported.ID
	}
	equal(t, found, true)
}

func TestASearchFailsWithWhatTheEngineSays(t *testing.T) {
	_, err := newEngine(t).Search(ctx, registryHost(t)+"/app", &imgferry.SearchOptions{Limit: 5})
	var failed *imgferry.Error
	equal(t, errors.As(err, &failed), true)
	equal(t, failed.Operation, "search")
}

func TestAClosedEngineIsAnInvalidArgument(t *testing.T) {
	engine := newEngine(t)
	check(t, engine.Close())
	check(t, engine.Close())
	_, err := engine.Images(ctx, nil)
	equal(t, errors.Is(err, imgferry.ErrInvalidArgument), true)
	_, err = imgferry.NewEngine("unix:///a\x00b", nil)
	equal(t, errors.Is(err, imgferry.ErrInvalidArgument), true)
}
