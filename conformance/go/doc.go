// Package conformance pins what other projects made and this one is checked with: olareg, a registry, and the OCI
// conformance tests of distribution 1.1 as they were in February 2025. Only names and checksums are kept here.
//
//	go build -o olareg github.com/olareg/olareg/cmd/olareg
//	go test -c -o oci-tests github.com/opencontainers/distribution-spec/conformance
package conformance

import _ "github.com/opencontainers/distribution-spec/conformance"
