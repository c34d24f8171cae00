// Command regclient does the jobs with regclient: one client, as many requests per host as asked for, a token per repository.
package main

import (
	"context"
	"fmt"

	"bayplan.example/bench/internal/job"
	"github.com/regclient/regclient"
	"github.com/regclient/regclient/config"
	"github.com/regclient/regclient/scheme/reg"
	"github.com/regclient/regclient/types/ref"
)

type client struct {
	registry string
	rc       *regclient.RegClient
}

func main() { job.Main(newClient) }

func newClient(order job.Job) (job.Client, error) {
	transport, err := job.Transport(order)
	if err != nil {
		return nil, err
	}
	host := config.Host{
		Name:          order.Registry,
		Hostname:      order.Registry,
		TLS:           config.TLSEnabled,
		ReqConcurrent: int64(order.InFlight),
		RepoAuth:      true,
	}
	if order.Plain {
		host.TLS = config.TLSDisabled
	}
	rc := regclient.New(
		regclient.WithConfigHost(host),
		regclient.WithRegOpts(reg.WithTransport(transport)),
	)
	return &client{order.Registry, rc}, nil
}

func (c *client) ref(repository, tag string) (ref.Ref, error) {
	return ref.New(fmt.Sprintf("%s/%s:%s", c.registry, repository, tag))
}

func (c *client) Resolve(ctx context.Context, repository, tag string) (string, error) {
	r, err := c.ref(repository, tag)
	if err != nil {
		return "", err
	}
	manifest, err := c.rc.ManifestHead(ctx, r, regclient.WithManifestRequireDigest())
	if err != nil {
		return "", err
	}
	return manifest.GetDescriptor().Digest.String(), nil
}

func (c *client) List(ctx context.Context, repository string) (int, error) {
	r, err := ref.New(c.registry + "/" + repository)
	if err != nil {
		return 0, err
	}
	list, err := c.rc.TagList(ctx, r)
	if err != nil {
		return 0, err
	}
	tags, err := list.GetTags()
	return len(tags), err
}

func (c *client) Retag(ctx context.Context, repository, tag, newTag string) error {
	source, err := c.ref(repository, tag)
	if err != nil {
		return err
	}
	target, err := c.ref(repository, newTag)
	if err != nil {
		return err
	}
	manifest, err := c.rc.ManifestGet(ctx, source)
	if err != nil {
		return err
	}
	return c.rc.ManifestPut(ctx, target, manifest)
}

// Copy takes the referrers along, as the others that can do.
func (c *client) Copy(ctx context.Context, repository, tag, newRepository, newTag string) error {
	source, err := c.ref(repository, tag)
	if err != nil {
		return err
	}
	target, err := c.ref(newRepository, newTag)
	if err != nil {
		return err
	}
	return c.rc.ImageCopy(ctx, source, target, regclient.ImageWithReferrers())
}
