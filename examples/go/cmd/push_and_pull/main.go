// Push_and_pull pushes a local image, looks at it in the registry, pulls it back and deletes it there.
//
//	push_and_pull LOCAL-IMAGE REMOTE-IMAGE
//
// The engine is the one that DOCKER_HOST names. IMGFERRY_USER and IMGFERRY_PASSWORD are for the registry; without them,
// the logins of the docker command are used. Ctrl-C stops whatever is going on.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"imgferry"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: push_and_pull LOCAL-IMAGE REMOTE-IMAGE")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1], os.Args[2])
	switch {
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(os.Stderr, "stopped")
		// What a shell says of a program that Ctrl-C has ended.
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(ctx context.Context, local, remote string) error {
	engine, err := imgferry.EngineFromEnv()
	if err != nil {
		return err
	}
	defer engine.Close()
	images, err := imgferry.NewImages(engine, nil, registryOptions(remote))
	if err != nil {
		return err
	}
	defer images.Close()
	show := newShow()

	pushed, err := images.Push(ctx, local, remote, &imgferry.PushImageOptions{Progress: show.progress})
	if err != nil {
		return err
	}
	for _, warning := range pushed.Warnings {
		fmt.Fprintln(os.Stderr, "note:", warning)
	}
	target := pushed.Image.String()
	fmt.Println("pushed", target)

	digest, err := images.Digest(ctx, target)
	if err != nil {
		return err
	}
	fmt.Println("digest", digest)

	size, err := images.Size(ctx, target)
	if err != nil {
		return err
	}
	fmt.Println("size  ", size.Total, "bytes")

	tags, err := images.Tags(ctx, target)
	if err != nil {
		return err
	}
	for _, image := range tags {
		fmt.Println("tag   ", image)
	}

	before, err := engine.InspectImage(ctx, local, nil)
	if err != nil {
		return err
	}
	if _, err := engine.RemoveImage(ctx, local, nil); err != nil {
		return err
	}
	pulled, err := images.Pull(ctx, target, local, &imgferry.PullImageOptions{Progress: show.progress})
	if err != nil {
		return err
	}
	fmt.Println("pulled", target, "as", pulled.Image)
	fmt.Println("image ID before", before.ID)
	fmt.Println("image ID after ", pulled.ID)

	deleted, err := images.Remove(ctx, target, "")
	if err != nil {
		return err
	}
	fmt.Println("deleted", deleted, "from the registry")
	return nil
}

func registryOptions(remote string) *imgferry.RegistryOptions {
	user, hasUser := os.LookupEnv("IMGFERRY_USER")
	password, hasPassword := os.LookupEnv("IMGFERRY_PASSWORD")
	if !hasUser || !hasPassword {
		return &imgferry.RegistryOptions{CredentialsFromEnv: true}
	}
	host, _, _ := strings.Cut(remote, "/")
	credential := imgferry.Credential{Host: host, Username: user, Password: password}
	return &imgferry.RegistryOptions{Credentials: []imgferry.Credential{credential}}
}
