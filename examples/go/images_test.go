package imgferry_test

import (
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"imgferry"
)

func TestAnImageGoesThereAndBack(t *testing.T) {
	engine, local := loaded(t)
	images, err := imgferry.NewImages(engine, nil, nil)
	check(t, err)
	defer images.Close()
	remote := registryHost(t) + "/" + unique("app") + ":1"
	var first imgferry.Progress
	pushed, err := images.Push(ctx, local, remote, &imgferry.PushImageOptions{
		Progress: func(progress imgferry.Progress) error {
			if first.Source == "" {
				first = progress
			}
			return nil
		},
	})
	check(t, err)
	equal(t, first.Phase, imgferry.PushStarts)
	equal(t, first.Source+" "+first.Destination, local+" "+remote)
	equal(t, pushed.Image.String(), remote)
	equal(t, pushed.Via, imgferry.ViaEngine)
	digest, err := images.Digest(ctx, remote)
	check(t, err)
	equal(t, digest, pushed.Digest)
	tags, err := images.Tags(ctx, remote)
	check(t, err)
	equal(t, tags[0].Tag, "1")
	size, err := images.Size(ctx, remote)
	check(t, err)
	info, err := images.TagInfo(ctx, remote)
	check(t, err)
	equal(t, info, imgferry.TagSize{Name: "1", Size: size.Total})
	before, err := engine.InspectImage(ctx, local, nil)
	check(t, err)
	_, err = engine.RemoveImage(ctx, local, nil)
	check(t, err)
	pulled, err := images.Pull(ctx, remote, local, nil)
	check(t, err)
	equal(t, pulled.ID, before.ID)
	equal(t, pulled.Image.String(), local)
	registry, err := images.Registry(remote)
	check(t, err)
	defer registry.Close()
	equal(t, registry.Host(), registryHost(t))
	removed, err := images.Remove(ctx, remote, "")
	check(t, err)
	equal(t, removed, pushed.Digest)
}

func TestAnImageIsPushedDirectly(t *testing.T) {
	engine, local := loaded(t)
	images, err := imgferry.NewImages(engine, nil, nil)
	check(t, err)
	defer images.Close()
	pushed, err := images.Push(ctx, local, registryHost(t)+"/"+unique("app")+":1", &imgferry.PushImageOptions{
		Via:         imgferry.ViaDirect,
		Compression: imgferry.CompressionZstd,
		LayerCache:  filepath.Join(t.TempDir(), "layers"),
	})
	check(t, err)
	equal(t, pushed.Via, imgferry.ViaDirect)
}

func TestImagesHaveShortNamesWithAConfiguration(t *testing.T) {
	engine, local := loaded(t)
	text := fmt.Sprintf(`{"cluster_name":"main","project_name":"ml","clusters":{"main":{"registry_url":"http://%s"}}}`,
		registryHost(t))
	token := func() (string, error) { return "a token", nil }
	config, err := imgferry.ParseConfig(text, &imgferry.ConfigOptions{Username: "me", Token: token})
	check(t, err)
	defer config.Close()
	equal(t, config.ClusterName()+" "+config.ProjectName()+" "+config.OrgName(), "main ml ")
	equal(t, config.Clusters()["main"], "http://"+registryHost(t))
	image, err := config.RemoteImage("image:app:1", imgferry.TagDefault)
	check(t, err)
	equal(t, image.ProjectName+"/"+image.Name+":"+image.Tag, "ml/app:1")
	back, err := config.ToLocalImage(image.String())
	check(t, err)
	equal(t, back.String(), "app:1")
	_, err = config.LocalImage("app:1", imgferry.TagDeny)
	equal(t, errors.Is(err, imgferry.ErrInvalidReference), true)

	images, err := imgferry.NewImages(engine, config, nil)
	check(t, err)
	defer images.Close()
	_, err = images.Push(ctx, local, image.String(), nil)
	check(t, err)
	listed, err := images.List(ctx, "")
	check(t, err)
	found := false
	for _, image := range listed {
		found = found || image.String() == "image://main/ml/app"
	}
	equal(t, found, true)
	_, err = imgferry.ParseConfig("{", &imgferry.ConfigOptions{Token: token})
	equal(t, errors.Is(err, imgferry.ErrInvalidArgument), true)
}

func TestAnImageIsCopiedFromPlaceToPlace(t *testing.T) {
	engine, local := loaded(t)
	folder := t.TempDir()
	layout, err := imgferry.ParsePlace("oci:"+folder+"/layout:app", nil, nil)
	check(t, err)
	defer layout.Close()
	source, err := engine.Place(local)
	check(t, err)
	defer source.Close()
	copied, err := imgferry.Copy(ctx, source, layout, nil)
	check(t, err)
	inspected, err := layout.Inspect(ctx, "")
	check(t, err)
	equal(t, inspected.Digest, copied.Digest)
	equal(t, len(inspected.ImageLayers), 2)
	equal(t, inspected.ImageConfig.Labels["greeting"], "hello")
	registry, repository := newRepository(t)
	remote, err := registry.Place(repository + ":1")
	check(t, err)
	defer remote.Close()
	var last imgferry.Phase
	again, err := imgferry.Copy(ctx, layout, remote, &imgferry.CopyOptions{
		Progress: func(progress imgferry.Progress) error {
			last = progress.Phase
			return nil
		},
	})
	check(t, err)
	equal(t, again.Digest, copied.Digest)
	equal(t, last, imgferry.Done)
	listed, err := remote.List(ctx)
	check(t, err)
	equal(t, listed[0], imgferry.ListedImage{Place: "docker://" + repository + ":1", Name: "1"})
	deleted, err := layout.Delete(ctx)
	check(t, err)
	equal(t, deleted.Untagged[0], "app")
	_, err = layout.Inspect(ctx, "")
	equal(t, errors.Is(err, imgferry.ErrNotFound), true)
}

func TestNamesAreRead(t *testing.T) {
	local, err := imgferry.ParseLocalImage("a/b:1")
	check(t, err)
	equal(t, local.Name+" "+local.Tag, "a/b 1")
	_, err = imgferry.ParseRemoteImage("A B")
	equal(t, errors.Is(err, imgferry.ErrInvalidReference), true)
	equal(t, imgferry.ErrNotFound.Error(), "imgferry: NOT_FOUND")
}
