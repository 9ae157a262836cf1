#!/usr/bin/env bash
# Pushes the images that were built and scanned as .data/images/NAME.tar, signs each by its digest, and attests what it
# contains and what it was made from. Writes .data/images/digests, "NAME IMAGE@DIGEST" a line. Part of the pipeline: docker
# is logged in, and cosign finds its identity token.
set -euo pipefail
cd "$(dirname "$0")/../../../.data/images"

: "${REGISTRY:?}" "${CIRCLE_TAG:?}" "${CIRCLE_SHA1:?}" "${CIRCLE_BUILD_URL:?}" "${CIRCLE_REPOSITORY_URL:?}"

# SLSA's provenance, version 1: https://slsa.dev/spec/v1.0/provenance
cat >provenance.json <<END
{
  "buildDefinition": {
    "buildType": "$CIRCLE_REPOSITORY_URL#zarf/deploy/docker/Dockerfile",
    "externalParameters": {"repository": "$CIRCLE_REPOSITORY_URL", "tag": "$CIRCLE_TAG"},
    "resolvedDependencies": [{"uri": "git+$CIRCLE_REPOSITORY_URL", "digest": {"gitCommit": "$CIRCLE_SHA1"}}]
  },
  "runDetails": {"builder": {"id": "https://circleci.com"}, "metadata": {"invocationId": "$CIRCLE_BUILD_URL"}}
}
END

: >digests.part
for name in sales metrics sales-admin; do
  pushed=$REGISTRY/$name:${CIRCLE_TAG#v}
  docker load --input "$name.tar"
  docker tag "garagesale/$name:$CIRCLE_SHA1" "$pushed"
  docker push "$pushed"
  image=$(docker image inspect --format '{{ range .RepoDigests }}{{ println . }}{{ end }}' "$pushed" | grep -F "$REGISTRY/$name@sha256:")
  cosign sign --yes "$image"
  cosign attest --yes --type cyclonedx --predicate "$name.cdx.json" "$image"
  cosign attest --yes --type slsaprovenance1 --predicate provenance.json "$image"
  echo "$name $image" >>digests.part
done
mv digests.part digests
