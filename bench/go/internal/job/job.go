// Package job is what the programs of all libraries share: the order of work, and the clock.
package job

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"time"

	"golang.org/x/sync/errgroup"
)

// Job is what a program is to do.
type Job struct {
	// Job is resolve, list, retag or copy.
	Job string `json:"job"`
	// Registry is host and port.
	Registry string `json:"registry"`
	// Plain says whether it is spoken to by plain http.
	Plain bool `json:"plain"`
	// CAFile holds the authority of its certificate, PEM; empty for none.
	CAFile   string `json:"caFile"`
	InFlight int    `json:"inFlight"`
	// Items are [repository, tag], [repository], [repository, tag, new tag], or [repository, tag, new repository, new tag].
	Items [][]string `json:"items"`
}

// Client does one item of each job.
type Client interface {
	Resolve(ctx context.Context, repository, tag string) (digest string, err error)
	List(ctx context.Context, repository string) (tags int, err error)
	Retag(ctx context.Context, repository, tag, newTag string) error
	Copy(ctx context.Context, repository, tag, newRepository, newTag string) error
}

// Main reads the job from standard input, makes the client, does the job, and prints how long client and job took.
func Main(newClient func(Job) (Client, error)) {
	var job Job
	if err := json.NewDecoder(os.Stdin).Decode(&job); err != nil {
		fail(err)
	}
	started := time.Now()
	client, err := newClient(job)
	if err == nil {
		err = run(client, job)
	}
	seconds := time.Since(started).Seconds()
	if err != nil {
		fail(err)
	}
	fmt.Printf("{\"seconds\":%f}\n", seconds)
}

func run(client Client, job Job) error {
	group, ctx := errgroup.WithContext(context.Background())
	group.SetLimit(job.InFlight)
	for _, item := range job.Items {
		group.Go(func() error {
			if err := do(ctx, client, job.Job, item); err != nil {
				return fmt.Errorf("%s %v: %w", job.Job, item, err)
			}
			return nil
		})
	}
	return group.Wait()
}

func do(ctx context.Context, client Client, kind string, item []string) error {
	switch {
	case kind == "resolve" && len(item) == 2:
		digest, err := client.Resolve(ctx, item[0], item[1])
		if err == nil && digest == "" {
			err = fmt.Errorf("no digest")
		}
		return err
	case kind == "list" && len(item) == 1:
		tags, err := client.List(ctx, item[0])
		if err == nil && tags == 0 {
			err = fmt.Errorf("no tags")
		}
		return err
	case kind == "retag" && len(item) == 3:
		return client.Retag(ctx, item[0], item[1], item[2])
	case kind == "copy" && len(item) == 4:
		return client.Copy(ctx, item[0], item[1], item[2], item[3])
	}
	return fmt.Errorf("unknown job")
}

// Transport is Go's own with as many idle connections as there are requests in flight, and the job's authority.
func Transport(job Job) (*http.Transport, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConns = job.InFlight
	transport.MaxIdleConnsPerHost = job.InFlight
	if job.CAFile == "" {
		return transport, nil
	}
	pem, err := os.ReadFile(job.CAFile)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", job.CAFile)
	}
	transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	return transport, nil
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
