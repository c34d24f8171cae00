// Command oras does the jobs with oras-go: one authenticating, retrying client with a token cache for everything.
package main

import (
	"context"
	"net/http"

	"bayplan.example/bench/internal/job"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
	"oras.land/oras-go/v2"
	"oras.land/oras-go/v2/registry/remote"
	"oras.land/oras-go/v2/registry/remote/auth"
	"oras.land/oras-go/v2/registry/remote/retry"
)

type client struct{ registry *remote.Registry }

func main() { job.Main(newClient) }

func newClient(order job.Job) (job.Client, error) {
	transport, err := job.Transport(order)
	if err != nil {
		return nil, err
	}
	registry, err := remote.NewRegistry(order.Registry)
	if err != nil {
		return nil, err
	}
	registry.PlainHTTP = order.Plain
	registry.Client = &auth.Client{
		Client: &http.Client{Transport: retry.NewTransport(transport)},
		Cache:  auth.NewCache(),
	}
	return &client{registry}, nil
}

func (c *client) repository(ctx context.Context, name string) (*remote.Repository, error) {
	repository, err := c.registry.Repository(ctx, name)
	if err != nil {
		return nil, err
	}
	return repository.(*remote.Repository), nil
}

func (c *client) Resolve(ctx context.Context, name, tag string) (string, error) {
	repository, err := c.repository(ctx, name)
	if err != nil {
		return "", err
	}
	descriptor, err := repository.Resolve(ctx, tag)
	return descriptor.Digest.String(), err
}

func (c *client) List(ctx context.Context, name string) (int, error) {
	repository, err := c.repository(ctx, name)
	if err != nil {
		return 0, err
	}
	count := 0
	err = repository.Tags(ctx, "", func(tags []string) error {
		count += len(tags)
		return nil
	})
	return count, err
}

func (c *client) Retag(ctx context.Context, name, tag, newTag string) error {
	repository, err := c.repository(ctx, name)
	if err != nil {
		return err
	}
	_, err = oras.Tag(ctx, repository, tag, newTag)
	return err
}

// Copy takes the referrers along, as the others that can do.
func (c *client) Copy(ctx context.Context, name, tag, newName, newTag string) error {
	source, err := c.repository(ctx, name)
	if err != nil {
		return err
	}
	target, err := c.repository(ctx, newName)
	if err != nil {
		return err
	}
	options := oras.DefaultExtendedCopyOptions
	options.MountFrom = func(context.Context, ocispec.Descriptor) ([]string, error) { return []string{name}, nil }
	_, err = oras.ExtendedCopy(ctx, source, tag, target, newTag, options)
	return err
}
