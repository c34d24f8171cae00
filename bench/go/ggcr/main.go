// Command ggcr does the jobs with go-containerregistry: one Puller and one Pusher for everything, as crane would.
package main

import (
	"context"
	"fmt"

	"bayplan.example/bench/internal/job"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

type client struct {
	registry string
	names    []name.Option
	puller   *remote.Puller
	pusher   *remote.Pusher
}

func main() { job.Main(newClient) }

func newClient(order job.Job) (job.Client, error) {
	transport, err := job.Transport(order)
	if err != nil {
		return nil, err
	}
	options := []remote.Option{
		remote.WithTransport(transport),
		remote.WithAuth(authn.Anonymous),
		remote.WithJobs(order.InFlight),
	}
	puller, err := remote.NewPuller(options...)
	if err != nil {
		return nil, err
	}
	pusher, err := remote.NewPusher(append(options, remote.Reuse(puller))...)
	if err != nil {
		return nil, err
	}
	names := []name.Option{name.StrictValidation}
	if order.Plain {
		names = append(names, name.Insecure)
	}
	return &client{order.Registry, names, puller, pusher}, nil
}

func (c *client) tag(repository, tag string) (name.Tag, error) {
	return name.NewTag(fmt.Sprintf("%s/%s:%s", c.registry, repository, tag), c.names...)
}

func (c *client) Resolve(ctx context.Context, repository, tag string) (string, error) {
	reference, err := c.tag(repository, tag)
	if err != nil {
		return "", err
	}
	descriptor, err := c.puller.Head(ctx, reference)
	if err != nil {
		return "", err
	}
	return descriptor.Digest.String(), nil
}

func (c *client) List(ctx context.Context, repository string) (int, error) {
	reference, err := name.NewRepository(c.registry+"/"+repository, c.names...)
	if err != nil {
		return 0, err
	}
	tags, err := c.puller.List(ctx, reference)
	return len(tags), err
}

func (c *client) Retag(ctx context.Context, repository, tag, newTag string) error {
	source, err := c.tag(repository, tag)
	if err != nil {
		return err
	}
	target, err := c.tag(repository, newTag)
	if err != nil {
		return err
	}
	descriptor, err := c.puller.Get(ctx, source)
	if err != nil {
		return err
	}
	return c.pusher.Put(ctx, target, descriptor)
}

// Copy takes no referrers along: the library does not know how.
func (c *client) Copy(ctx context.Context, repository, tag, newRepository, newTag string) error {
	source, err := c.tag(repository, tag)
	if err != nil {
		return err
	}
	target, err := c.tag(newRepository, newTag)
	if err != nil {
		return err
	}
	descriptor, err := c.puller.Get(ctx, source)
	if err != nil {
		return err
	}
	return c.pusher.Push(ctx, target, descriptor)
}
