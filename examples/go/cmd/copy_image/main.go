// Copy_image copies an image from one place to another, and shows how far it is.
//
//	copy_image docker://docker.io/library/alpine:3 oci:alpine:3
//
// The places are docker://HOST/PATH:TAG, docker-daemon:NAME:TAG (the engine that DOCKER_HOST names),
// docker-archive:FILE[:NAME:TAG], oci:FOLDER[:NAME] and oci-archive:FILE[:NAME]. Logins and proxies are the user's.
// Ctrl-C stops it; what has come stays, and the next run goes on from there.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"imgferry"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: copy_image SOURCE DESTINATION")
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

func run(ctx context.Context, from, to string) error {
	engine, err := imgferry.EngineFromEnv()
	if err != nil {
		return err
	}
	defer engine.Close()
	options := &imgferry.RegistryOptions{CredentialsFromEnv: true, Environment: true}
	source, err := imgferry.ParsePlace(from, engine, options)
	if err != nil {
		return err
	}
	defer source.Close()
	destination, err := imgferry.ParsePlace(to, engine, options)
	if err != nil {
		return err
	}
	defer destination.Close()
	copied, err := imgferry.Copy(ctx, source, destination, &imgferry.CopyOptions{Progress: show})
	if err != nil {
		return err
	}
	for _, warning := range copied.Warnings {
		fmt.Fprintln(os.Stderr, "note:", warning)
	}
	if copied.Platform != "" {
		fmt.Println("for", copied.Platform)
	}
	fmt.Println(destination, "is", copied.Digest)
	return nil
}

func show(progress imgferry.Progress) error {
	if progress.Phase == imgferry.LayerDone || progress.Phase == imgferry.Exists {
		fmt.Println(progress.Message)
	}
	return nil
}
