// Copy_image copies an image from one place to another, and shows how far it is.
//
//	copy_image docker://docker.io/library/alpine:3 oci:alpine:3
//
// The places are docker://HOST/PATH:TAG, docker-daemon:NAME:TAG (the engine that DOCKER_HOST names),
// docker-archive:FILE[:NAME:TAG], oci:FOLDER[:NAME] and oci-archive:FILE[:NAME]. Ctrl-C stops it; what has come stays,
// and the next run goes on from there.
package main

import (
	"context"
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
	if err := run(ctx, os.Args[1], os.Args[2]); err != nil {
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
	source, err := imgferry.ParsePlace(from, engine, nil)
	if err != nil {
		return err
	}
	defer source.Close()
	destination, err := imgferry.ParsePlace(to, engine, nil)
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
	fmt.Println(destination, "is", copied.Digest)
	return nil
}

func show(progress imgferry.Progress) error {
	if progress.Phase == imgferry.LayerDone || progress.Phase == imgferry.Exists {
		fmt.Println(progress.Message)
	}
	return nil
}
