package imgferry

// #include "glue.h"
import "C"

// LocalImage is the name of an image in an engine: a name with an optional tag or digest, or an image ID.
type LocalImage struct {
	// The name as it was given, with the registry when it mentions one.
	Name string
	Tag  string
	// The digest of the manifest; an image ID is no such digest.
	Digest string
	// The image ID with its algorithm, when it is one.
	ID string

	text string
}

// String is the name as text.
func (i LocalImage) String() string { return i.text }

// ParseLocalImage reads `name[:tag][@digest]` or an image ID.
func ParseLocalImage(text string) (LocalImage, error) {
	m := &memory{}
	defer m.free()
	cText := m.text(text)
	var out *C.imgferry_local_image
	if err := attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_local_image_parse(cText, &out, failure)
	}); err != nil {
		return LocalImage{}, err
	}
	return takeLocalImage(out), nil
}

func takeLocalImage(c *C.imgferry_local_image) LocalImage {
	defer C.imgferry_local_image_free(c)
	return goLocalImage(c)
}

func goLocalImage(c *C.imgferry_local_image) LocalImage {
	return LocalImage{
		Name:   C.GoString(C.imgferry_local_image_name(c)),
		Tag:    C.GoString(C.imgferry_local_image_tag(c)),
		Digest: C.GoString(C.imgferry_local_image_digest(c)),
		ID:     C.GoString(C.imgferry_local_image_id(c)),
		text:   C.GoString(C.imgferry_local_image_text(c)),
	}
}

// RemoteImage is the name of an image in a registry. One of a cluster has a cluster and a project.
type RemoteImage struct {
	// The name within the registry, or within the project.
	Name string
	Tag  string
	// The digest of the manifest. It selects the content, also when there is a tag.
	Digest string
	// The registry's host, and its port when it was given; "" for Docker Hub unless it was named.
	Registry                          string
	ClusterName, OrgName, ProjectName string

	text string
}

// String is the name as text.
func (i RemoteImage) String() string { return i.text }

// ParseRemoteImage reads `[registry/]name[:tag][@digest]`.
func ParseRemoteImage(text string) (RemoteImage, error) {
	m := &memory{}
	defer m.free()
	cText := m.text(text)
	var out *C.imgferry_remote_image
	if err := attempt(m, func(failure **C.imgferry_error) C.imgferry_status {
		return C.imgferry_remote_image_parse(cText, &out, failure)
	}); err != nil {
		return RemoteImage{}, err
	}
	return takeRemoteImage(out), nil
}

func takeRemoteImage(c *C.imgferry_remote_image) RemoteImage {
	defer C.imgferry_remote_image_free(c)
	return goRemoteImage(c)
}

func goRemoteImage(c *C.imgferry_remote_image) RemoteImage {
	return RemoteImage{
		Name:        C.GoString(C.imgferry_remote_image_name(c)),
		Tag:         C.GoString(C.imgferry_remote_image_tag(c)),
		Digest:      C.GoString(C.imgferry_remote_image_digest(c)),
		Registry:    C.GoString(C.imgferry_remote_image_registry(c)),
		ClusterName: C.GoString(C.imgferry_remote_image_cluster_name(c)),
		OrgName:     C.GoString(C.imgferry_remote_image_org_name(c)),
		ProjectName: C.GoString(C.imgferry_remote_image_project_name(c)),
		text:        C.GoString(C.imgferry_remote_image_text(c)),
	}
}

func takeRemoteImages(list *C.imgferry_remote_image_list) []RemoteImage {
	defer C.imgferry_remote_image_list_free(list)
	images := make([]RemoteImage, C.imgferry_remote_image_list_count(list))
	for at := range images {
		images[at] = goRemoteImage(C.imgferry_remote_image_list_at(list, C.size_t(at)))
	}
	return images
}
