/**
 * How long the SDK waits for a connection and for an answer, per attempt: by default it would wait for ever. As the HTTP
 * client of the other adapters, with more time for answers that hold a hundred manifests.
 */
export const sdkTimeouts = { connectionTimeout: 10_000, requestTimeout: 60_000, throwOnRequestTimeout: true } as const;
