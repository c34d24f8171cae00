export {
  createDescriptorMemory,
  type DescriptorMemory,
  type DescriptorMemoryOptions,
} from "./descriptor-memory.ts";
export { errorFromResponse, type FailedResponse } from "./error-from-response.ts";
export type { FetchLike, FetchLikeInit, FetchLikeResponse } from "./fetch-like.ts";
export { createFileJournal, type FileJournal, type FileJournalOptions } from "./file-journal.ts";
export { createHttpClient, type HttpClient, type HttpClientOptions } from "./http-client.ts";
export type { HttpHeaders } from "./http-headers.ts";
export type { HttpRequest } from "./http-request.ts";
export type { HttpResponse, HttpStreamResponse } from "./http-response.ts";
export { createInTurn, type InTurn } from "./in-turn.ts";
export { isLoopbackHost } from "./loopback.ts";
export { createManifestCache, type ManifestCacheOptions } from "./manifest-cache.ts";
export { onwardRefusal } from "./onward-refusal.ts";
export { redactText, redactUrl } from "./redact.ts";
export { parseRetryAfter } from "./retry-after.ts";
export { createSharedWork, type SharedWork, untilCancelled } from "./shared-work.ts";
export { systemClock } from "./system-clock.ts";
