#!/usr/bin/env bash
# The tag step of an image workflow as people write it by hand: sanitise the ref, split the version, print the tags.
# One line "ref sha" per decision on standard input; without any, REF and SHA decide once, as in a workflow step.
set -euo pipefail

decide() {
  local ref="$1" sha="$2" name version major minor
  echo "$IMAGE:sha-$(echo "$sha" | cut -c1-7)"
  case "$ref" in
    refs/tags/*)
      name="${ref#refs/tags/}"
      version="$(echo "$name" | sed -E 's/^v//')"
      echo "$IMAGE:$(echo "$name" | sed -E 's/[^A-Za-z0-9._-]+/-/g')"
      if echo "$version" | grep -qE '^[0-9]+\.[0-9]+\.[0-9]+$'; then
        major="$(echo "$version" | cut -d. -f1)"
        minor="$(echo "$version" | cut -d. -f2)"
        echo "$IMAGE:$version"
        echo "$IMAGE:$major.$minor"
        echo "$IMAGE:latest"
      fi
      ;;
    refs/heads/*)
      echo "$IMAGE:$(echo "${ref#refs/heads/}" | sed -E 's/[^A-Za-z0-9._-]+/-/g')"
      ;;
    refs/pull/*)
      echo "$IMAGE:pr-$(echo "$ref" | cut -d/ -f3)"
      ;;
  esac
}

if [[ -n "${REF+set}" ]]; then
  decide "$REF" "${SHA:-}"
else
  while read -r ref sha; do decide "$ref" "$sha"; done
fi
